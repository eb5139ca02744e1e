"""The state table of a paper. It is born valid by being issued inside another act, and never changes afterwards."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.workflow import Move, State, Workflow


def issued_anew(paper: Any, *_args: Any, by: Any = None, **_given: Any) -> Any:
    """A paper is superseded by the one that is issued in its place, never by a press of a button."""
    return None if by is not None else _("所属事项重新出具文书时,旧件自动被替代。")


PAPER = Workflow(
    "documents.paper",
    _("文书"),
    states=[
        State("valid", _("有效")),
        State("superseded", _("已被替代"), closed=True, off_line=True),
        State("withdrawn", _("已撤回"), closed=True, off_line=True),
    ],
    moves=[
        Move("supersede", "valid → superseded", _("以新件替代"), "documents.paper.issue", guard=issued_anew),
        Move(
            "withdraw",
            "valid → withdrawn",
            _("撤回文书"),
            "documents.paper.withdraw",
            reason=True,
            confirm=_("公众核验页会注明本件已撤回,并公开撤回理由;撤回后不能恢复。"),
        ),
    ],
)
