"""Rights on to-dos. The laboratory reads its own through a view of front «lab» only (row security)."""

from qualitycity.kernel.access.rights import Rights

RIGHTS = {"todo_item": Rights(desk="SIU", lab="SIU")}
