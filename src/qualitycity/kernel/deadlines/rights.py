"""Rights on clocks. The laboratory's role sees the clocks of its own rooms alone (row security)."""

from qualitycity.kernel.access.rights import Rights

RIGHTS = {
    "deadlines_deadline": Rights(desk="SIU", lab="SIU"),
    "deadlines_deadlinechange": Rights(desk="SI", lab="SI"),
}
