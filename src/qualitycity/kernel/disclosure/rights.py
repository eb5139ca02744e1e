"""Rights on secrets and publications: the visitor reads publications and nothing else."""

from qualitycity.kernel.access.rights import Rights

RIGHTS = {
    "disclosure_secret": Rights(desk="SIU"),
    "disclosure_publication": Rights(desk="SIU", visitor="S"),
    "disclosure_version": Rights(desk="SI", visitor="S"),
    "disclosure_publicfile": Rights(desk="SI", visitor="S"),
}
