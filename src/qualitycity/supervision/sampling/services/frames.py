"""Verbs of a frame: build, reconcile, exclude, rehearse. All of them only before publication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.translation import gettext as _

from qualitycity.kernel import clock
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.acts.engine import act, given_reason, note
from qualitycity.kernel.rulebook import rule
from qualitycity.kernel.todo import services as todo

from .. import framing, guards
from ..models import Frame, FrameRow, Odds, Plan, Reconciliation, Rehearsal
from ..models.frame import Reason
from ..rehearsing import rehearse as run_rehearsal
from ..sources import Candidate, bureau_list, candidates, listed_only
from ..workflow import FRAME, PLAN


@act(FRAME, "build")
def build_frame(*, plan: Plan, replaces: Frame | None = None) -> Frame:
    """Build the frame of an approved plan: reconcile the two lists, judge bans, give odds."""
    if plan.state != "approved":
        raise Refused(_("计划还没有批准,不能编制名单。"))
    why_not = guards.no_frame_at_hand(plan)
    if why_not:
        raise Refused(why_not, link=plan.get_absolute_url())
    frame = Frame.objects.create(
        plan=plan,
        number=f"{plan.number}-{plan.frames.count() + 1}",
        as_of=clock.today(),
        replaces=replaces,
        region_path=plan.region_path,
    )
    decided = {} if replaces is None else {item.uscc: item for item in replaces.reconciliations.all()}
    _fill(frame, decided, [] if replaces is None else list(replaces.rows.filter(by_hand=True)))
    todo.review(plan)
    return frame


@act(PLAN, "frame")
def frame_plan(plan: Plan) -> Frame:
    """Build the frame of an approved plan: the plan's own next step, written into its 办理记录 too."""
    return build_frame(plan=plan)


@act(FRAME, "rebuild")
def rebuild_frame(frame: Frame) -> None:
    """Read both lists again as of today; decisions and exclusions made by hand stay."""
    decided = {item.uscc: item for item in frame.reconciliations.all()}
    by_hand = list(frame.rows.filter(by_hand=True))
    frame.reconciliations.all().delete()
    frame.rows.all().delete()
    frame.as_of = clock.today()
    _fill(frame, decided, by_hand)


@act(FRAME, "add")
def add_to_frame(frame: Frame, *, items: Sequence[Reconciliation]) -> None:
    """Take firms of one list only into the frame."""
    items = _open_items(frame, items)
    registered = [item.uscc for item in items if item.kind == framing.REGISTER_ONLY]
    listed = [item for item in items if item.kind != framing.REGISTER_ONLY]
    found = candidates(frame.plan, frame.as_of, registered) if registered else []
    _write_rows(frame, found, dict.fromkeys(registered, FrameRow.Origin.REGISTER))
    unknown = [item.uscc for item in listed if item.enterprise is None]
    found = [listed_only(item.enterprise, frame.plan) for item in listed if item.enterprise is not None]
    found += candidates(frame.plan, frame.as_of, unknown) if unknown else []
    _write_rows(frame, found, dict.fromkeys([item.uscc for item in listed], FrameRow.Origin.LIST))
    Reconciliation.objects.filter(pk__in=[item.pk for item in items]).update(decision=Reconciliation.Decision.ADDED)
    note(added=[item.uscc for item in items])


@act(FRAME, "excuse")
def excuse_from_frame(frame: Frame, *, items: Sequence[Reconciliation]) -> None:
    """Leave firms of one list only out of the frame, for a reason that is published."""
    items = _open_items(frame, items)
    Reconciliation.objects.filter(pk__in=[item.pk for item in items]).update(
        decision=Reconciliation.Decision.EXCUSED, reason=given_reason()
    )
    note(excused=[item.uscc for item in items])


@act(FRAME, "exclude")
def exclude_row(frame: Frame, *, row: FrameRow, code: str, on: date | None = None) -> None:
    """Exclude a unit by hand: code, reason and date are published. Bans and cancellations come from records only."""
    row = _own_row(frame, row)
    if row.reason:
        raise Refused(_("这一行已经排除:%(reason)s。") % {"reason": row.get_reason_display()})
    if code in (Reason.REPEAT_BAN, Reason.DEREGISTERED):
        raise Refused(
            _("「%(reason)s」只由登记库和抽查记录得出,不能手工填写。") % {"reason": Reason(code).label}, field="code"
        )
    row.weight, row.reason, row.reason_note, row.reason_date, row.by_hand = 0, code, given_reason(), on, True
    row.save()
    note(excluded=row.unit_id, code=code)


@act(FRAME, "include")
def include_row(frame: Frame, *, row: FrameRow) -> None:
    """Take an exclusion made by hand back; one that follows from a rule stays."""
    row = _own_row(frame, row)
    if not row.by_hand:
        raise Refused(_("这一行按规则排除,不能撤销。"))
    row.reason, row.reason_note, row.reason_date, row.by_hand = "", "", None, False
    row.weight = draw_weight(frame.plan.odds, row.supervision_class, row.risk_grade)
    row.save()
    note(included=row.unit_id)


@act(FRAME, "rehearse")
def rehearse_frame(frame: Frame) -> Rehearsal:
    """Hold dummy draws with thrown-away seeds: chances, forced pairs, whether the matching works out."""
    draws = int(rule("sampling.rehearsal_draws").amount)
    digest, report = run_rehearsal(frame, draws)
    note(draws=draws, frame=digest, feasible=report["feasible"])
    return Rehearsal.objects.create(frame=frame, draws=draws, frame_digest=digest, report=report, held_at=clock.now())


def draw_weight(odds: str, supervision_class: str, risk_grade: str) -> int:
    """The weight of an eligible unit under the plan's odds; class B and grade II stand where none is recorded."""
    if odds == Odds.EQUAL:
        return 1
    return framing.weight(
        supervision_class or "B", risk_grade or "II", rule("sampling.odds").value, rule("sampling.odds_risk").value
    )


def judge_today(plan: Plan, one: Candidate, as_of: date | None = None) -> framing.Exclusion | None:
    """Whether a candidate is out by rule on a day (today where none is given)."""
    months = int(rule("D09").amount) if plan.repeat_ban_applies else None
    return framing.judge(
        as_of or clock.today(), deregistered_on=one.deregistered_on, last=one.last_sampled, ban_months=months
    )


def _fill(frame: Frame, decided: dict[str, Reconciliation], by_hand: list[FrameRow]) -> None:
    """Reconcile and write the rows; earlier decisions on the same firm and kind are kept."""
    register = candidates(frame.plan, frame.as_of)
    listed = bureau_list(frame.plan)
    firms = {one.uscc: one.enterprise_id for one in register} | {code: firm.pk for code, firm in listed.items()}
    names = {one.uscc: one.name for one in register}
    origins = dict.fromkeys(names.keys() & listed.keys(), FrameRow.Origin.BOTH)
    only_listed = []
    for kind, uscc, name in framing.reconcile(names, {code: firm.name for code, firm in listed.items()}):
        old = decided.get(uscc)
        kept = old if old is not None and old.kind == kind else None
        item = Reconciliation.objects.create(
            frame=frame,
            kind=kind,
            uscc=uscc,
            name=name,
            enterprise_id=firms[uscc],
            decision=kept.decision if kept else "",
            reason=kept.reason if kept else "",
        )
        if item.decision == Reconciliation.Decision.ADDED:
            origins[uscc] = FrameRow.Origin.REGISTER if kind == framing.REGISTER_ONLY else FrameRow.Origin.LIST
            if kind == framing.LIST_ONLY:
                only_listed.append(listed_only(listed[uscc], frame.plan))
    _write_rows(frame, [*[one for one in register if one.uscc in origins], *only_listed], origins)
    for old_row in by_hand:
        frame.rows.filter(unit_id=old_row.unit_id, reason="").update(
            weight=0,
            reason=old_row.reason,
            reason_note=old_row.reason_note,
            reason_date=old_row.reason_date,
            by_hand=True,
        )
    note(
        register=len(names),
        listed=len(listed),
        rows=frame.rows.count(),
        open=frame.reconciliations.filter(decision="").count(),
    )


def _write_rows(frame: Frame, found: list[Candidate], origins: Mapping[str, str]) -> None:
    plan = frame.plan
    strata = {stratum.key: stratum.code for stratum in plan.strata.all()}
    found = sorted(found, key=lambda one: (one.uscc, one.product_key))
    rows, homeless = [], []
    for one, unit_id in zip(found, framing.unit_ids(one.uscc for one in found), strict=True):
        stratum = framing.stratum_of(one.stratum_key(plan.stratify), strata)
        if stratum is None:
            homeless.append(one.uscc)
            continue
        out = judge_today(plan, one, frame.as_of)
        rows.append(_row(frame, one, unit_id, stratum, out, origins[one.uscc]))
    if homeless:
        raise Refused(
            _("这些企业不属于计划的任何一层:%(codes)s") % {"codes": "、".join(homeless[:20])},
            link=plan.get_absolute_url(),
        )
    FrameRow.objects.bulk_create(rows)


def _row(
    frame: Frame, one: Candidate, unit_id: str, stratum: str, out: framing.Exclusion | None, origin: str
) -> FrameRow:
    weight = 0 if out else draw_weight(frame.plan.odds, one.supervision_class, one.risk_grade)
    return FrameRow(
        frame=frame,
        unit_id=unit_id,
        enterprise_id=one.enterprise_id,
        product_id=one.product_id,
        uscc=one.uscc,
        name=one.name,
        product_name=one.product_name,
        town=one.town,
        town_path=one.town_path or frame.region_path,
        supervision_class=one.supervision_class,
        risk_grade=one.risk_grade,
        stratum=stratum,
        weight=weight,
        reason=out.reason if out else "",
        reason_date=out.on if out else None,
        reason_note=out.note if out else "",
        origin=origin,
    )


def _open_items(frame: Frame, items: Sequence[Reconciliation]) -> list[Reconciliation]:
    wanted = {item.pk for item in items}
    found = list(frame.reconciliations.select_for_update().filter(pk__in=wanted, decision=""))
    if not wanted:
        raise Refused(_("还没有选中任何一家。"))
    if len(found) < len(wanted):
        raise Refused(_("选中的差异里有已经处理的,请刷新后再选。"))
    return found


def _own_row(frame: Frame, row: FrameRow) -> FrameRow:
    found = frame.rows.select_for_update().filter(pk=row.pk).first()
    if found is None:
        raise Refused(_("名单里没有这一行。"))
    return found
