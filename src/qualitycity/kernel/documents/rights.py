"""Rights on papers: the public reads the view of what a code discloses, nothing else; the laboratory nothing."""

from qualitycity.kernel.access.rights import Rights

RIGHTS = {
    "documents_paper": Rights(desk="SIU"),
    "documents_numberseries": Rights(desk="SIU"),
    "documents_publicpaper": Rights(visitor="S", desk="S", guarded=False),
}
