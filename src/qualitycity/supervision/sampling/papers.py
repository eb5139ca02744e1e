"""Papers and files of supervision sampling."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.documents import PaperKind
from qualitycity.kernel.evidence import FileKind

PAPERS = [
    PaperKind("sampling.minutes", _("公开摇号会议纪要"), duty="sampling.draw.view", series="sampling.number.minutes"),
]
FILES = [FileKind("sampling.shut_photo", _("企业状况照片"), duty="sampling.visit.check", accepts=("picture",))]
