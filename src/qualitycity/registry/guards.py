"""Why a move may not be made: one sentence, or None."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from qualitycity.kernel.access.models import Region

    from .models import Enterprise, Standard


def town_of_county(enterprise: Enterprise, *, region: Region, **_rest: Any) -> str | None:
    """A firm is settled in a town of today inside the county whose register holds it."""
    county = enterprise.region_path.split("/")[0]
    if region.valid_to is not None:
        return _("%(town)s已撤并,请选现在的镇街。") % {"town": region.name}
    if region.path.split("/")[0] != county:
        return _("%(town)s不在本辖区。") % {"town": region.name}
    return None


def merge_target(enterprise: Enterprise, *, into: Enterprise, **_rest: Any) -> str | None:
    """A record is merged into another living one."""
    if into.pk == enterprise.pk:
        return _("不能并入自身。")
    if into.state == "merged":
        return _("%(name)s本身已并入另一条。") % {"name": into.name}
    return None


def has_effective_date(standard: Standard, **_rest: Any) -> str | None:
    """A standard enters into force on a day."""
    return None if standard.effective_on else _("没有实施日期,请先「修改」。")


def replaced_by_another(standard: Standard, *, replaced_by: Standard, **_rest: Any) -> str | None:
    """A standard is replaced by another one."""
    return _("不能被自身代替。") if replaced_by.pk == standard.pk else None
