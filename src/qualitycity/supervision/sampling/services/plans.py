"""Verbs of a sampling plan: draft, edit, file, approve, amend, complete."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _

from qualitycity.kernel import clock
from qualitycity.kernel.access.models import Region, Unit
from qualitycity.kernel.acts import Fault, Faults
from qualitycity.kernel.acts.engine import act, note
from qualitycity.kernel.documents import next_number
from qualitycity.kernel.rulebook import rule
from qualitycity.registry.models import ProductCategory

from ..models import Mode, Odds, Plan, PlanStratum, TaskKind
from ..models.plan import Stratify
from ..workflow import PLAN

CODE = re.compile("[A-Za-z0-9][A-Za-z0-9_-]*")  # as the frame file has it; a constraint holds it too
LARGEST = 2**31 - 1


@act(PLAN, "draft")
def draft_plan(
    *,
    title: str,
    category: ProductCategory,
    region: Region,
    strata: list[dict[str, Any]],
    unit: Unit | None = None,
    kind: str = TaskKind.SPECIAL,
    cause: str = "",
    implementation_rule: str = "",
    mode: str | None = None,
    odds: str = Odds.EQUAL,
    stratify: str = Stratify.WHOLE,
    cap: int | None = None,
    team_size: int | None = None,
) -> Plan:
    """Draft a plan. `strata` = [{"code", "title", "key", "take", "reserve"}]; the rulebook gives what is not given."""
    check_strata(strata, mode or rule("sampling.mode").value)
    plan = Plan.objects.create(
        number=next_number("sampling.number.plan", year=clock.today().year),
        title=title,
        category=category,
        region_path=region.path,
        unit=unit,
        kind=kind,
        cause=cause,
        implementation_rule=implementation_rule,
        mode=mode or rule("sampling.mode").value,
        odds=odds,
        stratify=stratify,
        cap=cap or int(rule("sampling.per_firm_cap").amount),
        team_size=team_size or int(rule("sampling.team_size").amount),
    )
    _write_strata(plan, strata)
    note(title=title, take=plan.take, mode=plan.mode, odds=plan.odds)
    return plan


@act(PLAN, "edit")
def edit_plan(plan: Plan, *, strata: list[dict[str, Any]] | None = None, **fields: Any) -> None:
    """Change terms of a plan that is not approved yet; `strata` replaces all strata."""
    for name, value in fields.items():
        setattr(plan, name, value)
    if strata is not None:
        check_strata(strata, plan.mode)
        plan.strata.all().delete()
        _write_strata(plan, strata)
    note(changed=sorted([*fields, *(["strata"] if strata is not None else [])]), take=plan.take)


@act(PLAN, "file")
def file_plan(plan: Plan, *, filed_with: str = "") -> None:
    """File the plan with the level above (备案, Order 18 Art.11)."""
    plan.filed_with = filed_with
    note(filed_with=filed_with, version=plan.version)


@act(PLAN, "return_")
def return_plan(plan: Plan) -> None:
    """Send a filed plan back to be mended."""


@act(PLAN, "approve")
def approve_plan(plan: Plan) -> None:
    """Approve the plan; from here on frames may be built."""
    note(version=plan.version, take=plan.take)


@act(PLAN, "amend")
def amend_plan(plan: Plan) -> None:
    """Take an approved plan up again; it becomes the next version and has to be filed and approved anew."""
    plan.version += 1
    note(version=plan.version)


@act(PLAN, "complete")
def complete_plan(plan: Plan) -> None:
    """Close a plan all of whose draws are open or void."""


def check_strata(strata: list[dict[str, Any]], mode: str) -> None:
    """All faults of a list of strata at once; reserves exist in mode 当场公开 alone."""
    faults = []
    seen: dict[str, set[str]] = {"code": set(), "key": set()}
    if not strata:
        faults.append(Fault(_("至少要有一层"), field="strata"))
    for row, stratum in enumerate(strata, 1):
        take, reserve = stratum["take"], stratum.get("reserve", 0)
        for field, message in (("code", _("层代码重复")), ("key", _("与另一层的依据相同"))):
            value = stratum.get(field, "")
            if value in seen[field]:
                faults.append(Fault(message, row=row, field=field, value=value))
            seen[field].add(value)
        faults += _form_faults(row, stratum)
        if take < 0 or reserve < 0:
            faults.append(Fault(_("数量不能是负数"), row=row, field="take", value=str(take)))
        if reserve and mode != Mode.ON_STAGE:
            hint = _("检查后公开时,停业企业由新一轮摇号递补")
            faults.append(Fault(_("只有当场公开才有备选名单"), row=row, field="reserve", value=str(reserve), hint=hint))
    if faults:
        raise Faults(faults)


def _form_faults(row: int, stratum: dict[str, Any]) -> list[Fault]:
    """What of a stratum its columns do not hold: texts too long, numbers too large, a code of other signs."""
    faults = []
    for field in ("code", "title", "key"):
        value, most = stratum.get(field, ""), getattr(PlanStratum._meta.get_field(field), "max_length", None)
        if most is not None and len(value) > most:
            faults.append(Fault(_("最多 %(most)d 个字") % {"most": most}, row=row, field=field, value=value[:most]))
    if not CODE.fullmatch(stratum["code"]):
        hint = _("只用字母、数字、- 和 _,以字母或数字开头")
        faults.append(Fault(_("层代码写法不对"), row=row, field="code", value=stratum["code"][:40], hint=hint))
    for field in ("take", "reserve"):
        if stratum.get(field, 0) > LARGEST:
            faults.append(Fault(_("数量太大"), row=row, field=field, value=str(stratum[field])[:40]))
    return faults


def _write_strata(plan: Plan, strata: list[dict[str, Any]]) -> None:
    PlanStratum.objects.bulk_create(
        PlanStratum(
            plan=plan,
            code=item["code"],
            title=item.get("title") or item["code"],
            key=item.get("key", ""),
            take=item["take"],
            reserve=item.get("reserve", 0),
        )
        for item in strata
    )
