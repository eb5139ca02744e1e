"""Firms, products' standards and laboratories in the one search."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.actor import Actor
from qualitycity.kernel.search import Hit, Search

from . import standards
from .models import Lab, Standard
from .queries import find_enterprises


def enterprises(text: str, actor: Actor, limit: int) -> list[Hit]:
    """Firms by name fragment, pinyin initials or code."""
    return [
        Hit(firm.name, f"{firm.code} · {firm.region or firm.region_basis}", firm.get_absolute_url())
        for firm in find_enterprises(text, actor, limit)
    ]


def numbers(text: str, actor: Actor, limit: int) -> list[Hit]:
    """Standards by number or title."""
    rows = Standard.objects.filter(Q(number__icontains=standards.normalise(text)) | Q(title__icontains=text))[:limit]
    return [Hit(str(row), str(STATES[row.state].title), row.get_absolute_url()) for row in rows]


def labs(text: str, actor: Actor, limit: int) -> list[Hit]:
    """Laboratories by short number, name or code."""
    rows = Lab.objects.filter(Q(number__iexact=text) | Q(name__icontains=text) | Q(uscc__istartswith=text))[:limit]
    return [Hit(row.name, row.number, row.get_absolute_url()) for row in rows]


STATES = Standard.WORKFLOW.states
SEARCHES = [
    Search("enterprise", _("企业"), "registry.enterprise.view", enterprises),
    Search("standard", _("标准"), "registry.standard.view", numbers),
    Search("lab", _("检验机构"), "registry.lab.view", labs),
]
