"""Chained acts a second with one and eight writers, beside a bare insert; five busy pages beside a bare Django view."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles
from typing import Any

SECONDS = 3.0
PAGES = ("/desk/", "/desk/todo/", "/desk/registry/enterprises/", "/desk/sampling/draws/", "/")


def run() -> list[dict[str, Any]]:
    """Rows {work, ours, peer, ratio, unit, target} measured in a throw-away city with fsync on."""
    with tempfile.TemporaryDirectory(prefix="city-bench-") as folder:
        cluster = _city(Path(folder))
        try:
            return [*_acts(), *_pages()]
        finally:
            from django.db import connections

            connections.close_all()
            cluster.stop()
            cluster.remove()


def _city(folder: Path) -> Any:
    """A cluster with the demonstration pack; Django set up as `web`."""
    import psycopg

    from qualitycity.cli.postgres import Cluster, ensure_roles, prepare_database

    cluster = Cluster(folder / "pg")
    cluster.start()
    with psycopg.connect(cluster.url("owner", "postgres"), autocommit=True) as raw:
        ensure_roles(raw)
    cluster.create_database("city")
    with psycopg.connect(cluster.url("owner", "city"), autocommit=True) as raw:
        prepare_database(raw)
    os.environ |= {
        "CITY_MODE": "demo",
        "CITY_DATA": str(folder),
        "CITY_DATABASE_URL": cluster.url("owner", "city"),
        "DJANGO_SETTINGS_MODULE": "qualitycity.web.settings",
    }
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    for command in (("migrate",), ("install_rights",), ("load_rules",), ("load_demo", "pack")):
        call_command(*command, verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115
    connections["default"].close()
    connections["default"].settings_dict["USER"] = "web"
    return cluster


def _rate(work: Callable[[str], None], writers: int) -> float:
    """How often a second `work(unique name)` was done by so many threads."""
    done = [0] * writers
    stop = time.perf_counter() + SECONDS

    def loop(index: int) -> None:
        from django.db import connections

        while time.perf_counter() < stop:
            work(f"b{writers}x{index}x{done[index]}")
            done[index] += 1
        connections.close_all()

    threads = [threading.Thread(target=loop, args=(index,)) for index in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / SECONDS


def _acts() -> list[dict[str, Any]]:
    from django.db import connection

    from qualitycity.kernel.access.actor import SYSTEM, acting
    from qualitycity.kernel.access.dbrole import role
    from qualitycity.kernel.access.models import Region
    from qualitycity.kernel.access.services import list_unit
    from qualitycity.kernel.acts.engine import reading
    from qualitycity.kernel.acts.verify import verify

    with role("desk"):
        city = Region.objects.get(code="339999")

    def chained(name: str) -> None:
        with role("desk"), acting(SYSTEM):
            list_unit(code=name, name=name, kind="other", region=city)

    def bare(name: str) -> None:
        with role("desk"), reading(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO access_unit (code, name, kind, region_id, protocol_order, uscc, active)"
                " VALUES (%s, %s, 'other', %s, 1, '', true)",
                [f"p{name}", name, city.pk],
            )

    rows = []
    for writers in (1, 8):
        ours, peer = _rate(chained, writers), _rate(bare, writers)
        rows.append(
            _row(f"acts, {writers} writer(s): whole act, chained, fsync", ours, peer, "acts/s; peer: bare insert")
        )
    with role("desk"):
        report = verify()
    assert report.consistent, "the chain must hold after the load"
    return rows


def _pages() -> list[dict[str, Any]]:
    from django.conf import settings
    from django.db import connection
    from django.http import HttpRequest, HttpResponse
    from django.test import Client, RequestFactory

    from qualitycity.demo.people import demo_account

    settings.ALLOWED_HOSTS = ["*"]
    client = Client()
    client.force_login(demo_account("section"), backend="django.contrib.auth.backends.ModelBackend")

    def view(request: HttpRequest) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return HttpResponse(str(cursor.fetchone()))

    request = RequestFactory().get("/")
    peer, _p95 = _pace(lambda: view(request))
    rows = []
    for path in PAGES:
        assert client.get(path).status_code == 200, path
        rate, p95 = _pace(lambda path=path: client.get(path))  # type: ignore[misc]
        rows.append(_row(f"page {path} (p95 {p95 * 1000:.0f} ms)", rate, peer, "pages/s; peer: bare view, one query"))
    return rows


def _pace(work: Callable[[], Any], count: int = 60) -> tuple[float, float]:
    """(times a second, p95 in seconds) of sequential calls."""
    work()
    times = []
    for _index in range(count):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return count / sum(times), quantiles(times, n=20)[-1]


def _row(work: str, ours: float, peer: float, unit: str) -> dict[str, Any]:
    return {"work": work, "ours": round(ours, 1), "peer": round(peer, 1), "ratio": round(ours / peer, 3), "unit": unit}
