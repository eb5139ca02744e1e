"""Rights on the rulebook. Rules are public; nobody changes a version, not even its edition (a trigger sees to it)."""

from qualitycity.kernel.access.rights import Rights

RIGHTS = {
    "rulebook_edition": Rights(desk="SIU", lab="S", visitor="S", web="S"),
    "rulebook_ruleversion": Rights(desk="SI", lab="S", visitor="S", web="S"),
}
