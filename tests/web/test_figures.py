"""Figures open to their rows: as many as the number says, in one click from wherever they are shown."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from qualitycity.demo.people import accounts, demo_account
from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import acting, actor_of
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.measures import Figure, load

BACKEND = "django.contrib.auth.backends.ModelBackend"


def test_every_figure_opens_to_as_many_rows_as_it_shows(pack: None) -> None:
    seen = 0
    for row in accounts():
        account = demo_account(row["login"])
        actor = actor_of(account, clock.today())
        client = Client()
        client.force_login(account, backend=BACKEND)
        for code, measure in load().items():
            address = f"/desk/measures/{code}/"
            if not actor.can(measure.duty):
                assert client.get(address).status_code == 403, (row["login"], code)
                continue
            with role("desk"), acting(actor):
                figure = measure.figure()
                count = figure.count
                if figure.value is None:
                    assert figure.shown == count
            text = client.get(address).content.decode()
            assert f"下面是这个数的 {count} 行记录" in text, (row["login"], code)
            seen += 1
    assert seen >= 5


def test_figures_on_a_landing_page_lead_to_their_rows(pack: None) -> None:
    client = Client()
    client.force_login(demo_account("auditor"), backend=BACKEND)
    page = client.get("/desk/").content.decode()
    links = re.findall(r'href="(/desk/measures/[^"]+)"', page)
    assert links, "no figure on the auditor's page"
    for link in links:
        assert client.get(link).status_code == 200


@pytest.mark.parametrize("rows", [[], [1], [1, 2, 3]])
def test_a_figure_counts_its_rows(rows: list[int]) -> None:
    assert Figure(rows, [("x", "x")]).shown == len(rows)
    assert Figure(rows, [("x", "x")], value=0.5).shown == 0.5


def test_an_unknown_figure_is_404(pack: None) -> None:
    client = Client()
    client.force_login(demo_account("auditor"), backend=BACKEND)
    assert client.get("/desk/measures/no.such/").status_code == 404


def test_the_rows_of_a_figure_are_in_words_and_local_time(pack: None) -> None:
    client = Client()
    client.force_login(demo_account("admin"), backend=BACKEND)
    text = client.get("/desk/measures/acts.today/").content.decode()
    table = text[text.index("<tbody") : text.index("</tbody>")]
    assert "access." not in table and "sampling." not in table and "+00:00" not in table
    lines = client.get(f"/desk/acts/lines/?outcome=done&since={clock.today():%Y-%m-%d}").content.decode()
    assert re.search(r"下面是这个数的 (\d+) 行记录", text)
    assert "办理" in lines
