"""Why not: the conditions of the state tables, one sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import current_actor

if TYPE_CHECKING:
    from .models import Draw, DrawnUnit, Frame, Plan, Round, Visit

LIVE = ("announced", "drawn")
ON_STAGE = ("convened", "dice", "confirmed")
PENDING = ("planned", "shut_reported")


def plan_has_strata(plan: Plan, *_args: Any, **_given: Any) -> str | None:
    """A plan says how many are drawn, at least one."""
    return None if plan.pk and plan.take > 0 else _("计划还没有抽取数量。")


def no_frame_at_hand(plan: Plan, *_args: Any, **_given: Any) -> str | None:
    """No frame of this plan is being built, and none is in a draw that is still going on."""
    if plan.frames.filter(state="building").exists():
        return _("这个计划已经有一份名单在编制。")
    live = plan.draws.filter(state__in=LIVE).first()
    return _("摇号 %(number)s 还在进行,不能另编名单。") % {"number": live.number} if live else None


def no_live_draw(plan: Plan, *_args: Any, **_given: Any) -> str | None:
    """No draw of this plan is announced and unfinished."""
    live = plan.draws.filter(state__in=LIVE).first()
    return _("摇号 %(number)s 还在进行,计划不能调整。") % {"number": live.number} if live else None


def all_draws_over(plan: Plan, *_args: Any, **_given: Any) -> str | None:
    """Every draw of the plan is wholly open or void, and there is one that is open."""
    states = set(plan.draws.values_list("state", flat=True))
    if not states - {"voided"}:
        return _("这个计划还没有摇过号。")
    return None if states <= {"closed", "voided"} else _("还有摇号没有全部公开。")


def frame_reconciled(frame: Frame, *_args: Any, **_given: Any) -> str | None:
    """Every difference between the bureau's list and the register is decided."""
    left = frame.reconciliations.filter(decision="").count()
    if left:
        return _("名录与登记库还有 %(left)d 处差异没有处理,须补入或说明理由。") % {"left": left}
    return None if frame.rows.filter(weight__gt=0).exists() else _("名单里没有可抽的企业。")


def not_on_stage(draw: Draw, *_args: Any, **_given: Any) -> str | None:
    """A draw is voided before or between ceremonies, not while one is on stage."""
    return _("摇号会议正在进行,须由主持人宣布本轮作废。") if draw.rounds.filter(state__in=ON_STAGE).exists() else None


def round_wanted(draw: Draw, *_args: Any, **_given: Any) -> str | None:
    """A later round is announced only in the place of a void one, or for firms confirmed shut."""
    from .models import Visit

    last = draw.rounds.order_by("number_in_draw").last()
    if last is not None and last.state == "void":
        return None
    if Visit.objects.filter(drawn__round__draw=draw, state="shut").exists():
        return None
    return _("没有作废的一轮,也没有核实停业、等待递补的企业。")


def draw_is_voided(frame: Frame, *_args: Any, **_given: Any) -> str | None:
    """A published frame falls only with its draw."""
    return None if frame.draw.state == "voided" else _("名单已公布,不能单独作废;唯一的办法是对摇号「作废并重新公布」。")


def all_visits_recorded(draw: Draw, *_args: Any, **_given: Any) -> str | None:
    """All visits of all rounds are recorded and every shut firm is replaced, or left with a reason."""
    from .models import Visit

    last = draw.rounds.order_by("number_in_draw").last()
    if last is None or last.state not in ("matched", "minuted", "signed"):
        return _("还有一轮摇号没有完成。")
    visits = Visit.objects.filter(drawn__round__draw=draw)
    pending = visits.filter(state__in=PENDING).count()
    if pending:
        return _("还有 %(pending)d 项抽样任务没有记录。") % {"pending": pending}
    waiting = visits.filter(state="shut").count()
    if waiting:
        return _("还有 %(waiting)d 家停业企业没有递补。") % {"waiting": waiting}
    return None if visits.exists() else _("还没有抽样任务。")


def all_reports_signed(draw: Draw, *_args: Any, **_given: Any) -> str | None:
    """The last report of every round that drew is signed off."""
    left = draw.rounds.filter(drawn_at__isnull=False, reports_signed_at__isnull=True).count()
    return _("还有 %(left)d 轮的报告没有全部签发。") % {"left": left} if left else None


def ceremony_day(round_: Round, *_args: Any, **_given: Any) -> str | None:
    """A ceremony opens on its announced day, not before and not on another."""
    day = localtime(round_.ceremony_at).date()
    if clock.today() == day:
        return None
    return _("公告的摇号日期是 %(day)s,今天是 %(today)s;须改期时请写明理由。") % {"day": day, "today": clock.today()}


def witnesses_present(round_: Round, *_args: Any, **_given: Any) -> str | None:
    """Every seat is signed in or struck out, and enough witnesses are there."""
    seats = list(round_.seated)
    present = [item for item in seats if item.present]
    waiting = [item for item in seats if not item.present and item.struck_at is None]
    if len(seats) < round_.seats or waiting:
        return _("见证人还没有到齐:%(present)d / %(seats)d。缺席的须记缺席。") % {
            "present": len(present),
            "seats": round_.seats,
        }
    if len(present) < round_.seats_min:
        return _("到场见证人不足 %(least)d 人,须改期。") % {"least": round_.seats_min}
    return None


def digits_complete(round_: Round, *_args: Any, **_given: Any) -> str | None:
    """The written string has exactly the announced length."""
    if not round_.wants_digits:
        return _("本轮不掷骰子。")
    written = len(written_digits(round_))
    if written == round_.dice_count:
        return None
    return _("已输入 %(written)d 个数字,须正好 %(count)d 个。") % {"written": written, "count": round_.dice_count}


def beacon_wanted(round_: Round, *_args: Any, **_given: Any) -> str | None:
    """A beacon record is taken only where one was announced, once."""
    if round_.beacon_input is None:
        return _("本轮公告没有使用信标。")
    return _("信标已经录入,不能更改。") if round_.beacon else None


def inputs_complete(round_: Round, *_args: Any, **_given: Any) -> str | None:
    """Digits confirmed by enough witnesses, beacon record in where announced."""
    if round_.wants_digits:
        complete = digits_complete(round_)
        if complete:
            return complete
        given = round_.confirmed_by.filter(attempt=round_.attempt, digits=written_digits(round_)).count()
        if given < round_.confirmations:
            return _("还需 %(left)d 名见证人确认。") % {"left": round_.confirmations - given}
    if round_.beacon_input is not None and not round_.beacon:
        return _("还没有录入公告的信标。")
    return None


def all_signed(round_: Round, *_args: Any, **_given: Any) -> str | None:
    """Every witness present has signed, or a reason stands why not."""
    left = [item for item in round_.seated if item.present and not item.signed_off_at and not item.unsigned_reason]
    return _("还有 %(left)d 名见证人没有签字。") % {"left": len(left)} if left else None


def reports_may_be_signed(round_: Round, *_args: Any, **_given: Any) -> str | None:
    """The names are open, and the last report is recorded once."""
    if round_.reports_signed_at is not None:
        return _("本轮最后一份报告已经记录。")
    return None if round_.draw.state == "opened" else _("抽样任务还没有全部记录,名单尚未公开。")


def own_visit(visit: Visit, *_args: Any, **_given: Any) -> str | None:
    """A sampler records only visits of the own team; the section may record any."""
    actor = current_actor()
    if actor.can("sampling.drawn.view"):
        return None
    mine = visit.drawn.team.filter(sampler__account_id=actor.account_id).exists() if actor.account_id else False
    return None if mine else _("这项抽样任务不是派给您的。")


def reserve_left(visit: Visit, *_args: Any, **_given: Any) -> str | None:
    """Reserves exist in mode 当场公开 alone, and are called in their order."""
    if visit.drawn.round.draw.mode != "on_stage":
        return _("检查后公开的摇号没有备选名单,停业企业由新一轮摇号递补。")
    return None if next_reserve(visit) is not None else _("备选名单已经用完,须另摇一轮递补。")


def next_reserve(visit: Visit) -> DrawnUnit | None:
    """The first reserve of the same round and stratum that was not called yet."""
    same = visit.drawn.round.drawn.filter(reserve=True, row__stratum=visit.drawn.row.stratum, visit=None)
    return same.select_related("row", "round__draw").order_by("order").first()


def written_digits(round_: Round) -> str:
    """The string the witnesses have written in the present attempt."""
    return "".join(round_.entries.filter(attempt=round_.attempt).order_by("position").values_list("digits", flat=True))
