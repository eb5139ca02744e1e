"""What the public sees of a draw: one payload, made whole at each public step, published as the next version.

Nothing sealed enters the payload: names, tickets and pairs are read only where the secret behind them is open.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from qualitycity.kernel.clock import today
from qualitycity.kernel.disclosure import publish
from qualitycity.kernel.disclosure.models import Publication, Version

from .bundling import bundle_of, papers_of, stamp
from .models import Draw, Frame, Round
from .witnesses import label

KIND = "draw"


def republish(draw: Draw, change: str = "", /, **values: Any) -> Version:
    """Publish the draw as it now stands; inside an act. `change` says what changed since the version before.

    It is a message of the catalogue (`gettext_noop`) with its values: what is published is Chinese, whoever acts.
    """
    fresh = Draw.objects.select_related("plan__category", "plan__unit", "frame").get(pk=draw.pk)
    with override("zh-hans"):
        reason = _(change) % values if change else ""
        return publish(
            KIND,
            fresh.slug,
            fresh.plan.title,
            payload_of(fresh, reason),
            subject=fresh,
            reason=reason,
            files={
                "frame.csv": ("text/csv; charset=utf-8", fresh.frame.canonical.encode()),
                "bundle.zip": ("application/zip", bundle_of(fresh)),
            },
        )


def payload_of(draw: Draw, reason: str = "") -> dict[str, Any]:
    """Everything the public page is drawn from. Keys: see docs/reference/draw-payload.md."""
    plan, frame = draw.plan, draw.frame
    rounds = list(draw.rounds.select_related("draw_secret", "match_secret").order_by("number_in_draw"))
    return {
        "format": "qualitycity-draw-page/1",
        "number": draw.number,
        "title": plan.title,
        "state": draw.state,
        "state_title": str(draw.WORKFLOW.states[draw.state].title),
        "mode": draw.mode,
        "mode_title": draw.get_mode_display(),
        "odds": draw.odds,
        "odds_title": draw.get_odds_display(),
        "kind_title": plan.get_kind_display(),
        "category": str(plan.category),
        "unit": str(plan.unit or ""),
        "implementation_rule": plan.implementation_rule,
        "cap": draw.cap,
        "announced_at": stamp(draw.announced_at),
        "opened_at": stamp(draw.opened_at),
        "frame": _frame(frame),
        "reconciliation": _reconciliation(frame),
        "rounds": [_round(item) for item in rounds],
        "papers": {str(number): papers for number, papers in papers_of(draw).items()},
        "drawn": [unit for item in rounds for unit in _names(item)],
        "void_reason": draw.void_reason,
        "replaces": draw.replaces.slug if draw.replaces else "",
        "replaced_by": _replaced_by(draw),
        "events": _events(draw, reason),
    }


def _frame(frame: Frame) -> dict[str, Any]:
    rows = list(frame.rows.all())
    return {
        "digest": frame.digest,
        "root": frame.root,
        "as_of": frame.as_of.isoformat(),
        "total": len(rows),
        "eligible": sum(1 for row in rows if row.weight),
        "rows": [
            {
                "unit": row.unit_id,
                "name": row.name,
                "town": row.town,
                "product": row.product_name,
                "class": row.supervision_class,
                "risk": row.risk_grade,
                "stratum": row.stratum,
                "weight": row.weight,
                "reason": row.reason,
                "reason_title": row.get_reason_display() if row.reason else "",
                "reason_date": row.reason_date.isoformat() if row.reason_date else "",
                "reason_note": row.reason_note,
                "origin": row.origin,
            }
            for row in rows
        ],
    }


def _reconciliation(frame: Frame) -> dict[str, Any]:
    items = list(frame.reconciliations.all())
    both = frame.rows.filter(origin="both").values("uscc").distinct().count()
    only = {kind: sum(1 for item in items if item.kind == kind) for kind in ("register_only", "list_only")}
    return {
        "register": both + only["register_only"],
        "bureau": both + only["list_only"],
        "items": [
            {
                "kind_title": item.get_kind_display(),
                "code": item.uscc,
                "name": item.name,
                "decision": item.decision,
                "decision_title": item.get_decision_display(),
                "reason": item.reason,
            }
            for item in items
        ],
    }


def _round(round_: Round) -> dict[str, Any]:
    seats = list(round_.seated)
    return {
        "round": round_.number_in_draw,
        "kind_title": round_.get_kind_display(),
        "state": round_.state,
        "state_title": str(round_.WORKFLOW.states[round_.state].title),
        "place": round_.place,
        "ceremony_at": stamp(round_.ceremony_at),
        "take": round_.take_total,
        "commitment": round_.draw_commitment,
        "match_commitment": round_.match_commitment,
        "inputs": round_.inputs,
        "rules": {
            "seats": round_.seats,
            "seats_min": round_.seats_min,
            "confirmations": round_.confirmations,
            "dice_count": round_.dice_count,
            "dice_sides": round_.dice_sides,
        },
        "digits": round_.digits,
        "beacon": round_.beacon or None,
        "fixed_at": stamp(round_.digits_at),
        "drawn_at": stamp(round_.drawn_at),
        "count": round_.count,
        "result_digest": round_.result_digest,
        "witnesses": [{"label": label(item), "struck": item.struck_reason} for item in seats],
        "postponements": [
            {"old_at": stamp(item.old_at), "new_at": stamp(item.new_at), "place": item.new_place, "reason": item.reason}
            for item in round_.postponements.all()
        ],
        "supplemented": [
            *round_.labs.filter(added_later=True).values_list("short_no", flat=True),
            *round_.samplers.filter(added_later=True).values_list("short_no", flat=True),
        ],
        "labs": [{"id": lab.short_no, "name": lab.name, "capacity": lab.capacity} for lab in round_.labs.all()],
        "samplers": list(round_.samplers.values_list("short_no", flat=True)),
        "void_reason": round_.void_reason,
        "secret": round_.sealed_draw.opened_value,
        "match_secret": round_.sealed_match.opened_value,
    }


def _names(round_: Round) -> list[dict[str, Any]]:
    """Drawn and reserve units of a round whose draw secret is open; with pairs where the match secret is open."""
    if not round_.result_out or not round_.sealed_draw.is_open:
        return []
    matched = round_.sealed_match.is_open
    found = []
    for one in round_.drawn.select_related("row", "visit__replaced_in", "lab_match__lab").prefetch_related(
        "team__sampler", "set_asides"
    ):
        visit = getattr(one, "visit", None)
        found.append(
            {
                "round": round_.number_in_draw,
                "order": one.order,
                "reserve": one.reserve,
                "unit": one.row.unit_id,
                "name": one.row.name,
                "town": one.row.town,
                "ticket": one.ticket,
                "visit": _visit_word(round_.draw, visit),
                "replaced_in": visit.replaced_in.number_in_draw if visit and visit.replaced_in else None,
                "cause": visit.get_cause_display() if visit and visit.replaced_in else "",
                "lab": one.lab_match.lab.short_no if matched and hasattr(one, "lab_match") else "",
                "team": [item.sampler.short_no for item in one.team.all()] if matched else [],
                "set_asides": [
                    {"agent": item.agent, "reason": item.reason, "words": item.reason_text}
                    for item in one.set_asides.all()
                ]
                if matched
                else [],
            }
        )
    return found


def _visit_word(draw: Draw, visit: Any) -> str:
    """The outcome of a visit is public only when all are recorded, in either mode."""
    return str(visit.WORKFLOW.states[visit.state].title) if visit and draw.state in ("opened", "closed") else ""


def _replaced_by(draw: Draw) -> str:
    following = Draw.objects.filter(replaces=draw).first()
    return following.slug if following else ""


def _events(draw: Draw, reason: str) -> list[dict[str, Any]]:
    """The public trace: what each version said about why it came, this one last."""
    found = Publication.objects.filter(kind=KIND, slug=draw.slug).first()
    first = str(_("发布公告"))
    if found is None:
        return [{"on": today().isoformat(), "what": reason or first, "version": 1}]
    before = [
        {"on": version.published_on.isoformat(), "what": version.reason, "version": version.number}
        for version in found.versions.order_by("number")
    ]
    before[0]["what"] = before[0]["what"] or first
    return [*before, {"on": today().isoformat(), "what": reason, "version": found.current + 1}]
