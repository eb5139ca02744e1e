"""Acts on laboratories, samplers and declared interests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from qualitycity.kernel import clock
from qualitycity.kernel.access.models import Account, Region, Unit
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.acts.engine import act, note

from .. import standards, uscc
from ..models import DeclaredInterest, Enterprise, Lab, LabQualification, LabScope, ProductCategory, SamplerRecord
from ..workflow import INTEREST, LAB, SAMPLER


@act(LAB, "register")
def register_lab(
    *, number: str, name: str, code: str, region: Region, capacity: int, unit: Unit | None = None, cnas_no: str = ""
) -> Lab:
    """Register a laboratory under its published short number (L1); `capacity` = tasks a round."""
    try:
        found = uscc.parse(code)
    except uscc.BadCode as bad:
        raise Refused(str(bad), field="code") from bad
    if Lab.objects.filter(number=number).exists():
        raise Refused(_("编号“%(number)s”已有。") % {"number": number}, field="number")
    if Lab.objects.filter(uscc=found.value).exists():
        raise Refused(_("该机构已登记。"), field="code")
    return Lab.objects.create(
        number=number,
        name=name,
        uscc=found.value,
        region=region,
        region_path=region.path,
        capacity=capacity,
        unit=unit,
        cnas_no=cnas_no,
    )


@act(LAB, "edit")
def edit_lab(lab: Lab, **fields: Any) -> None:
    """Change name, capacity, cnas_no or unit."""
    for name, value in fields.items():
        if name not in {"name", "capacity", "cnas_no", "unit"}:
            raise Refused(_("这一项不能这样修改。"), field=name)
        setattr(lab, name, value)
    note(**{name: str(value) for name, value in fields.items()})


@act(LAB, "qualify")
def qualify_lab(lab: Lab, *, cma_no: str, issued_on: date, valid_to: date) -> LabQualification:
    """Record a CMA certificate: 12 digits, from a day to a day. Old ones stay."""
    if len(cma_no) != 12 or not cma_no.isdecimal():
        raise Refused(_("资质认定证书编号应为 12 位数字。"), field="cma_no")
    if valid_to <= issued_on:
        raise Refused(_("有效期止须晚于发证日期。"), field="valid_to")
    note(cma_no=cma_no, valid_to=valid_to)
    return LabQualification.objects.create(lab=lab, cma_no=cma_no, issued_on=issued_on, valid_to=valid_to)


@act(LAB, "extend")
def extend_lab(lab: Lab, *, category: ProductCategory, items: Sequence[Mapping[str, str]]) -> int:
    """Add lines to a laboratory's scope: mappings with item, method, and standard_no, limits where known."""
    rows = []
    for line in items:
        number = line.get("standard_no", "")
        try:
            number = standards.parse(number).text if number else ""
        except standards.BadNumber as bad:
            raise Refused(str(bad), field="standard_no") from bad
        rows.append(
            LabScope(
                lab=lab,
                category=category,
                item=line["item"],
                method=standards.normalise(line["method"]),
                standard_no=number,
                limits=line.get("limits", ""),
            )
        )
    before = lab.scope.count()
    LabScope.objects.bulk_create(rows, ignore_conflicts=True)
    added = lab.scope.count() - before
    note(category=category.code, lines=added)
    return added


@act(LAB, "suspend")
def suspend_lab(lab: Lab) -> None:
    """Give a laboratory no tasks for now."""


@act(LAB, "resume")
def resume_lab(lab: Lab) -> None:
    """Give a laboratory tasks again."""


@act(LAB, "leave")
def leave_lab(lab: Lab) -> None:
    """A laboratory leaves the pool for good."""


@act(SAMPLER, "enlist")
def enlist_sampler(
    *, number: str, employer: Unit, account: Account | None = None, certificate_valid_to: date | None = None
) -> SamplerRecord:
    """Register a sampler under a published short number (S01). A laboratory's people do not sample (办法第9条)."""
    if employer.kind == Unit.Kind.LAB:
        raise Refused(_("检验机构人员不能担任抽样人员(抽检分离)。"), field="employer")
    if SamplerRecord.objects.filter(number=number).exists():
        raise Refused(_("编号“%(number)s”已有。") % {"number": number}, field="number")
    return SamplerRecord.objects.create(
        number=number,
        employer=employer,
        account=account,
        region_path=employer.region.path,
        certificate_valid_to=certificate_valid_to,
    )


@act(SAMPLER, "edit")
def edit_sampler(sampler: SamplerRecord, *, certificate_valid_to: date | None) -> None:
    """Change until when the certificate holds."""
    sampler.certificate_valid_to = certificate_valid_to


@act(SAMPLER, "leave")
def leave_sampler(sampler: SamplerRecord) -> None:
    """A sampler leaves the team."""


@act(INTEREST, "declare")
def declare_interest(
    *,
    enterprise: Enterprise,
    kind: str,
    sampler: SamplerRecord | None = None,
    lab: Lab | None = None,
    since: date | None = None,
    until: date | None = None,
) -> DeclaredInterest:
    """Declare an interest of a sampler or of a laboratory in a firm: kinship, client, former_employment."""
    if (sampler is None) == (lab is None):
        raise Refused(_("请填抽样人员或检验机构其中之一。"), field="sampler")
    if kind == DeclaredInterest.Kind.KINSHIP and lab is not None:
        raise Refused(_("亲属关系只能由人员申报。"), field="kind")
    return DeclaredInterest.objects.create(
        region_path=enterprise.region_path,
        enterprise=enterprise,
        kind=kind,
        sampler=sampler,
        lab=lab,
        since=since or clock.today(),
        until=until,
    )


@act(INTEREST, "end")
def end_interest(interest: DeclaredInterest, *, until: date | None = None) -> None:
    """Record since when the interest no longer holds."""
    interest.until = until or clock.today()
    if interest.until < interest.since:
        raise Refused(_("终止日期早于起始日期。"), field="until")
