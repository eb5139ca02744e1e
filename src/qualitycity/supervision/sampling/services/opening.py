"""Opening by guard: names when all visits are recorded, matching when a round's last report is signed."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import SYSTEM, acting
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.acts.engine import act, note
from qualitycity.kernel.disclosure import open_secret
from qualitycity.kernel.todo import services as todo
from qualitycity.methods.lottery.bundle import open_result

from .. import drawing, guards
from ..models import Draw, Round
from ..publishing import republish
from ..workflow import DRAW, ROUND
from .like import like


@act(DRAW, "open_names")
def _open_names(draw: Draw) -> None:
    for round_ in draw.rounds.select_related("draw_secret").order_by("number_in_draw"):
        secret = open_secret(round_.sealed_draw)
        if round_.result_out and round_.figures != open_result(round_.number_in_draw, drawing.run_draw(round_), secret):
            raise Refused(_("重算与当时的结果不符,不能公开;请核验数据库。"))
        if round_.opened_at is None:
            round_.opened_at = clock.now()
            round_.save(update_fields=["opened_at"])
    draw.opened_at, draw.state = clock.now(), "opened"
    draw.save()
    for round_ in draw.rounds.all():
        todo.review(round_)
    republish(draw, gettext_noop("抽样任务全部记录,秘密自动开启,名单公开"))


def open_if_due(draw: Draw) -> bool:
    """Open the draw secrets by themselves as soon as all visits of all rounds are recorded."""
    draw.refresh_from_db()
    if draw.state != "drawn" or guards.all_visits_recorded(draw) is not None:
        return False
    with acting(SYSTEM):
        _open_names(draw)
    return True


@act(ROUND, "sign_reports")
def _sign_reports(round_: Round) -> None:
    open_secret(round_.sealed_match)
    round_.reports_signed_at = clock.now()
    round_.save()
    note(round=round_.number_in_draw)
    republish(round_.draw, gettext_noop("第 %(number)d 轮报告全部签发,匹配公开"), number=round_.number_in_draw)


@like(_sign_reports)
def record_last_report_signed(round_: Round) -> None:
    """The last report of a round is signed off: its match secret opens; with the last round all is public."""
    with transaction.atomic():
        _sign_reports(round_)
        close_if_due(round_.draw)


@act(DRAW, "close")
def _close(draw: Draw) -> None:
    draw.state = "closed"
    draw.save()
    todo.review(draw.plan)
    republish(draw, gettext_noop("全部公开"))


def close_if_due(draw: Draw) -> bool:
    """Close the draw when the matching of every round that drew is open."""
    draw.refresh_from_db()
    if draw.state != "opened" or guards.all_reports_signed(draw) is not None:
        return False
    with acting(SYSTEM):
        _close(draw)
    return True
