"""Duties of evidence."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.duties import Duty

DUTIES = [
    Duty(
        "evidence.original.view",
        _("查看含拍摄信息的照片原件"),
        posts=("section_chief", "sampler", "keeper", "auditor", "coordinator"),
    ),
]
