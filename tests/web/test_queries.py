"""How often a page asks the database: bounded for each kind of page, and no more often where there is more to show."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from qualitycity.kernel import clock
from qualitycity.kernel.access.models import Region, Unit
from qualitycity.registry import services as registry
from qualitycity.registry.models import CategoryProposal, ProductCategory
from qualitycity.registry.uscc import make
from qualitycity.supervision.sampling import services
from qualitycity.supervision.sampling.models import Draw, Plan
from tests import crawl
from tests.supervision.sampling import play

# Queries a page may ask, of which some dozen are those of every page: session, account, posts, clock, role, to-dos.
BOUNDS = {"landing": 20, "list": 18, "detail": 26, "other": 22, "public": 12, "account": 8}
REPEATS = 4  # one statement with other parameters: more of them is one for each row
QUICK = ("section", "s03", "labm", "")


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements asked within the block, without their parameters.

    Not Django's log of queries: it keeps the last 9,000 of a connection only, and writes the parameters into them.
    """
    asked: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield asked


class Counting(Client):
    """A client that keeps what the last answer cost."""

    asked: list[str]

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """As Django's, counted."""
        with counted() as self.asked:
            return super().get(*args, **kwargs)


def counting(login: str) -> Counting:
    """A counting client, signed in."""
    found = Counting(raise_request_exception=False)
    found.cookies = crawl.client(login).cookies
    found.cookies["django_language"] = "zh-hans"
    return found


def kind_of(address: str, context: Any) -> str:
    """Which bound a page is held to."""
    door = address.strip("/").split("/")[0].partition("?")[0]
    if door not in ("desk", "lab"):
        return "account" if door == "accounts" else "public"
    if address.partition("?")[0] in ("/desk/", "/lab/"):
        return "landing"
    if context and context.get("record") is not None and "tab" in context:
        return "detail"
    return "list" if context and context.get("listing") is not None else "other"


def faults_of(address: str, context: Any, asked: list[str]) -> list[str]:
    """Too many queries in all, or one of them too often."""
    kind, found = kind_of(address, context), []
    if len(asked) > BOUNDS[kind]:
        found.append(f"{address}: {len(asked)} queries, a page of kind {kind} may ask {BOUNDS[kind]}")
    often = [(sql, n) for sql, n in Counter(asked).items() if n > (REPEATS if kind != "account" else 2 * REPEATS)]
    return found + [f"{address}: {n} × {sql[:200]}" for sql, n in often]


def walked(login: str, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, int], list[str]]:
    """(kind → the most queries a page of it asked, faults) of all that links lead an account to."""
    asked = counting(login)
    most: dict[str, int] = {}
    faults: list[str] = []
    get = asked.get

    def watched(address: str, *args: Any, **kwargs: Any) -> Any:
        answer = get(address, *args, **kwargs)
        if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
            kind = kind_of(address, answer.context)
            most[kind] = max(most.get(kind, 0), len(asked.asked))
            faults.extend(faults_of(address, answer.context, asked.asked))
        return answer

    asked.get = watched  # type: ignore[method-assign]
    monkeypatch.setattr(crawl, "client", lambda *_args: asked)
    pages = sum(1 for _page in crawl.walk(login, each=2, whole=False))
    monkeypatch.undo()
    assert pages > 5
    return most, faults


def test_queries_of_each_kind_of_page_are_bounded(played: None, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {login: walked(login, monkeypatch) for login in QUICK}
    faults = [f"{login or 'nobody'} {one}" for login, (_most, wrong) in found.items() for one in wrong]
    assert not faults, "\n".join(faults)
    reached = {kind: max(most.get(kind, 0) for most, _wrong in found.values()) for kind in BOUNDS}
    loose = {kind: (n, BOUNDS[kind]) for kind, n in reached.items() if n < BOUNDS[kind] - 6}
    assert not loose, f"bounds that hold nothing: {loose}"


@pytest.mark.long
def test_queries_of_everybodys_pages_are_bounded(played: None, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = [one for login in crawl.LOGINS for one in walked(login, monkeypatch)[1]]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("login", "address"),
    [
        ("section", "/desk/registry/enterprises/"),
        ("section", "/desk/registry/products/"),
        ("section", "/desk/registry/proposals/"),
        ("auditor", "/desk/acts/lines/"),
        ("section", "/desk/measures/registry.enterprises/"),
        ("admin", "/desk/access/accounts/"),
        ("section", "/desk/registry/categories/"),
        ("section", "/desk/rulebook/"),
    ],
)
def test_a_longer_list_asks_no_more(pack: None, as_login: Any, login: str, address: str) -> None:
    """Twenty rows or a hundred of them, of a list that has more than twenty."""
    if "/registry/" in address or "/registry." in address:
        _firms(as_login, 110)
    asked = counting(login)
    costs, shown = [], []
    for per in (20, 20, 100):
        answer = asked.get(address, {"per": per})
        costs.append(len(asked.asked))
        shown.append(len(answer.context["listing"].page.object_list))
    assert shown[2] > shown[1] == 20, "too few rows to tell"
    assert costs[2] <= costs[1], dict(zip(shown, costs, strict=True))


def _firms(as_login: Any, count: int) -> None:
    """More firms, through the door of imports; half of the proposed products are confirmed."""
    codes = [make("91339999", f"MAD3{number:04}") for number in range(count)]
    rows = [f"示例{code[-6:]}针织厂,{code},有限责任公司,制造:袜子,示例省,示例地区,示例市东河镇" for code in codes]
    text = "\n".join(["企业名称,统一社会信用代码,企业类型,经营范围,所在省份,地区,注册地址", *rows])
    with as_login("section"):
        county = Region.objects.get(code="339999")
        batch = registry.receive(io.BytesIO(text.encode()), filename="登记.csv", region=county)
        registry.commit_import(registry.read_import(batch))
        waiting = CategoryProposal.objects.filter(decision="pending").values_list("pk", flat=True)
        registry.decide_proposals(confirm=list(waiting[: count // 2]))


SCREENS = {
    "section": (
        "/desk/", "/desk/todo/", "/desk/todo/box/started/", "/desk/sampling/plans/?per=100",
        "/desk/registry/leads/?per=100", "/desk/registry/interests/?per=100", "/desk/search/?q=抽查",
    ),
    "leader": ("/desk/", "/desk/todo/", "/desk/sampling/plans/?per=100", "/desk/deadlines/?per=100"),
    "auditor": ("/desk/acts/lines/?per=100",),
}  # fmt: skip


def test_ten_times_as_many_cases_ask_no_more(pack: None, as_login: Any) -> None:
    """Two or three plans and leads, then some thirty: lists, to-dos, landing pages and the search."""
    _cases(as_login, 0, 2)
    before = _costs(SCREENS)
    _cases(as_login, 2, 30)
    more = {one: (n, before[one]) for one, n in _costs(SCREENS).items() if n > before[one]}
    assert not more, f"(queries now, before): {more}"
    listing = crawl.client("section").get("/desk/sampling/plans/?per=100").context["listing"]
    assert len(listing.page.object_list) > 28


def _cases(as_login: Any, first: int, last: int) -> None:
    with clock.on(play.J2_DAY), as_login("section"):
        socks, county = ProductCategory.objects.get(code="TEX.SOCK"), Region.objects.get(code="339999")
        for number in range(first, last):
            plan = services.draft_plan(
                    title=f"第 {number} 次抽查", category=socks, region=county, unit=Unit.objects.get(code="JDK"),
                    cause="演示", implementation_rule="袜子", strata=[{"code": "socks", "title": "袜子", "take": 1}],
                )  # fmt: skip
            services.file_plan(plan, filed_with="上级市场监管部门")
            registry.report_lead(source="complaint", text=f"抽查 {number}", region=county, category=socks)


def _costs(screens: dict[str, tuple[str, ...]]) -> dict[str, int]:
    found = {}
    for login, addresses in screens.items():
        asked = counting(login)
        for address in addresses:
            asked.get(address)  # what is computed once and kept is not counted
            answer = asked.get(address)
            assert answer.status_code == 200, f"{login} {address} answers {answer.status_code}"
            found[f"{login} {address}"] = len(asked.asked)
    return found


def test_six_times_as_many_firms_drawn_ask_no_more(pack: None, as_login: Any) -> None:
    """One draw takes one firm, another six (what the three labs can bear): every page of the desk and the public's."""
    costs = []
    for title, take in (("少", 1), ("多", 6)):
        draw = _drawn(as_login, title, take)
        assert play.first_round(draw).count == take
        with clock.on(date(2027, 4, 8)):
            costs.append(_costs(_screens_of(draw)))
    visits = crawl.client("section").get("/desk/sampling/visits/?per=100").context["listing"].page.object_list
    assert len(visits) == 7
    before, after = (list(one.items()) for one in costs)
    more = [
        f"{name}: {now}, with one firm {then}"
        for (name, now), (_same, then) in zip(after, before, strict=True)
        if now > then
    ]
    assert not more, "\n".join(more)


def _drawn(as_login: Any, title: str, take: int) -> Draw:
    """A draw that has been held, its names public."""
    with clock.on(play.J2_DAY):
        with as_login("section"):
            plan: Plan = services.draft_plan(
                title=f"袜子抽查({title})", category=ProductCategory.objects.get(code="TEX.SOCK"),
                region=Region.objects.get(code="339999"), unit=Unit.objects.get(code="JDK"), cause="演示",
                implementation_rule="袜子", strata=[{"code": "socks", "title": "袜子", "take": take}],
            )  # fmt: skip
            services.file_plan(plan, filed_with="上级市场监管部门")
        with as_login("leader"):
            services.approve_plan(plan)
    draw = play.publish(as_login, play.build(as_login, plan), mode="on_stage", draw_secret=None, match_secret=None)
    play.hold(as_login, play.first_round(draw))
    return draw


def _screens_of(draw: Draw) -> dict[str, tuple[str, ...]]:
    """The pages of a draw, in the same order for every draw."""
    round_, visit = play.first_round(draw), sorted(one.pk for one in play.visits(draw).values())[0]
    of_draw, of_round = f"/desk/sampling/draws/{draw.pk}/", f"/desk/sampling/rounds/{round_.pk}/"
    tabs = ("", "?tab=names", "?tab=materials", "?tab=history", "?tab=related")
    return {
        "section": (
            *(of_draw + tab for tab in tabs), *(of_round + tab for tab in tabs if tab != tabs[1]), of_round + "stage/",
            f"/desk/sampling/frames/{draw.frame_id}/", f"/desk/sampling/frames/{draw.frame_id}/?tab=reconcile",
            f"/desk/sampling/plans/{draw.plan_id}/?tab=related", f"/desk/sampling/visits/{visit}/",
            "/desk/sampling/visits/?per=100",
        ),
        "host": (of_draw, of_round, of_round + "stage/"),
        "": (f"/p/draw/{draw.slug}/", f"/p/draw/{draw.slug}/data.json", f"/p/draw/{draw.slug}/?code={play.firm(1)}"),
    }  # fmt: skip
