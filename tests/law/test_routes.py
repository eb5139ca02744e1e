"""Every route names its duty; every table its rights; the committed matrix of posts and addresses holds."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.urls import path

from qualitycity.kernel.access import routes
from qualitycity.kernel.access.table_rights import declared
from qualitycity.web.reference import matrix

ROOT = Path(__file__).resolve().parents[2]


def test_every_route_names_its_duty() -> None:
    assert routes.undeclared() == []
    routes.insist()


def test_a_route_without_a_duty_stops_the_application(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.urls import URLResolver
    from django.urls.resolvers import RegexPattern

    naked = path("naked/", lambda request: None, name="naked")
    resolver = URLResolver(RegexPattern(r"^/"), [naked])
    monkeypatch.setattr(routes, "get_resolver", lambda: resolver)
    with pytest.raises(ImproperlyConfigured, match="naked"):
        routes.insist()


def test_every_table_names_its_rights(db: None) -> None:
    tables = set(connection.introspection.table_names()) - {"django_migrations"}
    assert tables - set(declared()) == set(), "tables without rights"
    assert set(declared()) - set(connection.introspection.table_names(include_views=True)) == set()


def test_the_laboratory_and_the_visitor_get_no_identity(db: None) -> None:
    """What carries identity (firm, draw, sheet, photo, act) is not granted to `lab`, nor unpublished to `visitor`."""
    for name, rights in declared().items():
        if name.startswith(("registry_enterprise", "sampling_", "disclosure_secret", "evidence_", "access_viewlog")):
            assert "S" not in rights.lab, name
            assert not rights.visitor or "public" in name, name


def test_the_committed_matrix_holds() -> None:
    with (ROOT / "docs" / "reference" / "access-matrix.csv").open(newline="") as file:
        assert list(csv.reader(file)) == matrix()
