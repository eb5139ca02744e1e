"""Rehearsal of a frame before publication: what dummy draws say about chances, forced pairs and feasibility."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _

from qualitycity.kernel import clock
from qualitycity.kernel.acts import Faults, Refused
from qualitycity.methods.lottery.draw import PythonSource
from qualitycity.methods.lottery.rehearsal import Part, PartReport
from qualitycity.methods.lottery.rehearsal import rehearse as run

from .bundling import pool_of
from .drawing import LABS, TEAMS, frame_file, takes_fault
from .models import Frame
from .sources import interests, labs_for, samplers_for

SHOWN = 2000  # units whose chances are kept with the report


def rehearse(frame: Frame, draws: int) -> tuple[str, dict[str, Any]]:
    """Hold `draws` dummy draws on a frame in building. Returns the frame digest and the report as plain data.

    Refused for an empty frame; Faults where the plan takes what the frame does not have.
    """
    plan, today = frame.plan, clock.today()
    strata = list(plan.strata.all())
    if not frame.rows.filter(weight__gt=0).exists():
        raise Refused(_("名单里没有可抽的企业。"))
    if faults := takes_fault(frame, {item.code: {"take": item.take, "reserve": item.reserve} for item in strata}):
        raise Faults(faults)
    source = PythonSource(frame_file(frame))
    rows = [row for row in frame.rows.all() if row.enterprise_id]
    asides = interests({row.enterprise_id for row in rows if row.enterprise_id}, today)
    found = pool_of(rows, asides, labs_for(plan, today), samplers_for(plan, today))
    report = run(
        source,
        {item.code: item.take for item in strata},
        [Part(LABS, found[LABS], 1), Part(TEAMS, found[TEAMS], plan.team_size)],
        runs=draws,
        reserves={item.code: item.reserve for item in strata},
        cap=plan.cap,
    )
    return source.digest(), {
        "runs": report.runs,
        "feasible": report.runs - max((part.failures for part in report.parts), default=0),
        "units": [asdict(unit) for unit in report.units[:SHOWN]],
        "parts": [_part(part) for part in report.parts],
    }


def _part(part: PartReport) -> dict[str, Any]:
    return {
        "label": part.label,
        "agents": [asdict(one) for one in part.agents],
        "forced": [asdict(pair) for pair in part.forced[:50]],
        "largest": asdict(part.largest) if part.largest else None,
        "smallest": asdict(part.smallest) if part.smallest else None,
        "failures": part.failures,
        "first_failure": part.first_failure,
    }
