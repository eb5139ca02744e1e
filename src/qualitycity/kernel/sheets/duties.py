"""Duties of sheets. What a sheet may do stands with its intake; this one is for uploading as such."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.duties import Duty

DUTIES = [
    Duty(
        "sheets.upload",
        _("上传表格"),
        posts=(
            "leader",
            "coordinator",
            "section_chief",
            "clerk",
            "town",
            "sampler",
            "keeper",
            "enterprise",
            "assessor",
            "admin",
            "security_admin",
        ),
    ),
    Duty("sheets.clear", _("清除到期的上传明细"), posts=()),
]
