"""Rights on uploads: the desk alone; the lab and the public upload no sheets."""

from qualitycity.kernel.access.rights import Rights

RIGHTS = {"sheets_upload": Rights(desk="SIU")}
