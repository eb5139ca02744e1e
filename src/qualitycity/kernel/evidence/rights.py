"""Rights on files. A file may arrive before the act that uses it, so its rows stand outside the one door; attaching and
publishing stand behind it. The laboratory has no right here; the public reads what was published and nothing else."""

from qualitycity.kernel.access.rights import Rights

RIGHTS = {
    "evidence_storedfile": Rights(desk="SIUD", guarded=False),
    "evidence_originalname": Rights(desk="SID", guarded=False),
    "evidence_picturemetadata": Rights(desk="SID", guarded=False),
    "evidence_attachment": Rights(desk="SI"),
    "evidence_publicfile": Rights(desk="SID", visitor="S"),
}
