"""The state table of an uploaded sheet: checked, then taken in as a whole or given up."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.workflow import Move, State, Workflow


def is_mine(upload: Any, **_given: Any) -> str | None:
    """Only whoever uploaded a sheet goes on with it: nobody else saw the preview."""
    return None if current_actor().ref == upload.received_by else _("只能由上传人本人继续办理。")


def is_faultless(upload: Any, **_given: Any) -> str | None:
    """A sheet with a fault is never taken in in part."""
    if upload.faults:
        return _("还有 %(n)d 处要改,改好后重新上传。") % {"n": len(upload.faults)}
    return None if upload.rows else _("没有可以入库的行。")


UPLOAD = Workflow(
    "sheets.upload",
    gettext_lazy("表格上传"),
    states=[
        State("checked", gettext_lazy("已检查")),
        State("committed", gettext_lazy("已入库")),
        State("discarded", gettext_lazy("已放弃"), closed=True, off_line=True),
        State("cleared", gettext_lazy("明细已清除"), closed=True),
    ],
    moves=[
        Move("receive", " → checked", gettext_lazy("上传表格"), "sheets.upload"),
        Move(
            "commit",
            "checked → committed",
            gettext_lazy("确认入库"),
            "sheets.upload",
            guard=(is_mine, is_faultless),
            confirm=gettext_lazy("整份表格一次入库;任何一行不能入库,就一行也不入库。"),
        ),
        Move("discard", "checked → discarded", gettext_lazy("放弃这次上传"), "sheets.upload", guard=is_mine),
        Move("clear", "checked|committed|discarded → cleared", gettext_lazy("清除上传明细"), "sheets.clear"),
    ],
)
