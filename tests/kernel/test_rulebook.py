"""The rulebook: what is in it, which version binds a case, how it changes, and what nobody can do to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import SYSTEM, Actor, acting
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.acts import Faults, Refused
from qualitycity.kernel.acts.models import Act
from qualitycity.kernel.clock import snapshot
from qualitycity.kernel.rulebook import RuleNotInForce, UnknownRule, files, regime_of, rule, services, versions
from qualitycity.kernel.rulebook.models import Edition, RuleVersion
from qualitycity.kernel.rulebook.queries import compared, newest, rule_lines
from qualitycity.kernel.rulebook.reference import reference_markdown

SNEAK = "INSERT INTO rulebook_edition (recorded_at, recorded_on, reason, state) VALUES (now(), now(), '', '')"
ADMIN = Actor(ref="admin-1", account_id=None, posts=frozenset({"admin"}))

# domain.md 10.1: id → (amount or value, unit, event, confidence), and what stands beside it there.
CATALOGUE: dict[str, tuple[Any, str, str, str]] = {
    "D01": (15, "calendar_day", "receipt", "high ✓"),
    "D02": (7, "calendar_day", "retest_notice", "medium"),
    "D03": (10, "calendar_day", "formalities_done", "medium"),
    "D04": (5, "working_day", "acceptance", "high ✓"),
    "D05": (7, "calendar_day", "obstacle_removed", "high ✓"),
    "D06": (60, "calendar_day", "order", "high ✓"),
    "D07": (75, "calendar_day", "order", "high ✓"),
    "D08": ({"after": 60, "before": 90}, "calendar_day", "announcement", "high ✓"),
    "D09": (6, "month", "last_sampling", "high ✓"),
    "D10": (30, "calendar_day", "receipt", "high ✓"),
    "D11": (15, "calendar_day", "request", "high ✓"),
    "D12": (30, "calendar_day", "order", "high ✓"),
    "D13": (20, "working_day", "formed", "high ✓"),
    "D14": (20, "working_day", "decision", "high ✓"),
    "D15": (3, "working_day", "revocation", "high ✓"),
    "D16": (7, "working_day", "receipt", "high ✓"),
    "D17": (45, "working_day", "acceptance", "high ✓"),
    "D18": (15, "working_day", "discovery", "high ✓"),
    "D19": (5, "working_day", "decision", "high ✓"),
    "D20": (90, "calendar_day", "filing", "high ✓"),
    "D21": (30, "calendar_day", "measure", "high ✓"),
    "D22": (2, "working_day", "discovery", "medium"),
    "D23a": (10, "working_day", "finding", "low"),
    "D23b": (5, "working_day", "notice", "low"),
    "D24a": (3, "month", "recall_start", "medium"),
    "D24b": (15, "working_day", "recall_end", "medium"),
    "D25": (5, "working_day", "acceptance", "high ✓"),
    "D26": (3, "month", "expiry", "high ✓"),
    "D27a": ({"month": 6, "day": 30}, "annual_date", "", "high ✓"),
    "D27b": ({"month": 7, "day": 15}, "annual_date", "", "high ✓"),
    "D28": (1, "month", "notification", "medium"),
    "D29": (20, "working_day", "check_end", "medium"),
}


@pytest.fixture
def desk(db: None) -> Iterator[None]:
    """The test runs as the desk's database role."""
    with role("desk"):
        yield


@contextmanager
def day(text: str) -> Iterator[date]:
    with clock.on(date.fromisoformat(text)):
        yield clock.today()


@contextmanager
def package(monkeypatch: pytest.MonkeyPatch, rule_id: str, **changes: Any) -> Iterator[None]:
    """A new package whose rules.toml says something else of one rule."""
    entries = [replace(entry, **changes) if entry.rule_id == rule_id else entry for entry in files.read_all()]
    with monkeypatch.context() as patch, acting(SYSTEM):
        patch.setattr(files, "read_all", lambda: entries)
        yield


def test_the_deadline_catalogue_is_loaded_as_the_handbook_has_it(desk: None) -> None:
    with day("2019-06-03"):
        old = {rule_id: rule(rule_id) for rule_id in ("D10", "D11", "D12")}
    with day("2027-04-06"):
        found = {rule_id: old.get(rule_id) or rule(rule_id) for rule_id in CATALOGUE}
    assert {key: (r.value, r.unit, r.from_event, r.confidence) for key, r in found.items()} == CATALOGUE
    assert set(range(1, 30)) == {int(rule_id.strip("Dab")) for rule_id in CATALOGUE}
    extensions = {
        key: (r.extension.amount, r.extension.times, r.extension.ask_before) for key, r in found.items() if r.extension
    }
    assert extensions == {"D10": (30, 1, 5), "D18": (15, 1, 0), "D21": (30, 1, 0), "D25": (15, 1, 0)}
    assert [key for key, r in found.items() if r.suspendable] == ["D17", "D21"]
    assert [key for key, r in found.items() if r.before] == ["D26"]
    assert {key for key, r in found.items() if r.unit == "working_day" and r.roll != "none"} == set()
    assert not any(r.is_model for r in found.values()), "a period of the law is never called ours"


def test_our_own_values_and_unsure_articles_are_marked(desk: None) -> None:
    assert "[MODEL]" in rule("light.near_days").mark and "[MODEL]" in rule("calendar.roll_weekends").basis
    assert rule("D23a").mark and rule("D02").mark
    assert rule("D06").mark == ""
    assert "[MODEL]" in rule("retention.viewlog").mark, "the law speaks of credit queries only; the rest is ours"


def test_values_are_exact_and_of_their_unit(desk: None) -> None:
    assert rule("D01").amount == 15 and isinstance(rule("D01").amount, int)
    with pytest.raises(ValueError, match="D08"):
        _ = rule("D08").amount
    with pytest.raises(ValueError, match="calendar.roll_weekends"):
        _ = rule("calendar.roll_weekends").amount
    assert rule("D08").text == "第 61 至第 89 个自然日"
    assert (rule("D27a").text, rule("D13").text, rule("calendar.roll_weekends").text) == (
        "每年 6 月 30 日",
        "20 个工作日",
        "关",
    )


def test_an_unknown_rule_is_named(desk: None) -> None:
    with pytest.raises(UnknownRule, match="D99") as error:
        rule("D99")
    assert isinstance(error.value, KeyError) and "'" not in str(error.value)


def test_regime_by_sampling_date(desk: None) -> None:
    assert [regime_of(date(2019, 12, 31)), regime_of(date(2020, 1, 1)), regime_of(date(2010, 5, 1))] == [
        "AQSIQ133",
        "SAMR18",
        "AQSIQ133",
    ]
    assert "上级" in rule("D01", at=date(2019, 12, 31)).note
    assert rule("D01", at=date(2020, 1, 1)).regime == "SAMR18"
    assert rule("D01", at=datetime(2016, 3, 1, 23, 0)).regime == "AQSIQ133"


def test_a_case_of_the_old_regime_keeps_its_rules_after_the_reform(desk: None) -> None:
    """Sampled in December 2019, ordered to rectify in March 2020: thirty days by Order 133, not sixty by Order 18."""
    sampled, ordered = date(2019, 12, 20), date(2020, 3, 2)
    assert rule("D10", at=ordered, regime=regime_of(sampled)).amount == 30
    with pytest.raises(RuleNotInForce, match="D06"):
        rule("D06", at=ordered, regime="AQSIQ133")
    with pytest.raises(RuleNotInForce, match="D10"):
        rule("D10", at=ordered)
    with pytest.raises(RuleNotInForce, match="D13.*2016"):
        rule("D13", at=date(2016, 5, 1))


def test_loading_twice_changes_nothing(desk: None) -> None:
    before = (Edition.objects.count(), RuleVersion.objects.count(), Act.objects.count())
    call_command("load_rules", verbosity=0)
    assert (Edition.objects.count(), RuleVersion.objects.count(), Act.objects.count()) == before
    assert all(line.value.version >= 1 for line in rule_lines())


def test_a_changed_package_makes_a_version_that_does_not_reach_back(
    desk: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with day("2027-04-06") as today:
        with package(monkeypatch, "D13", value=15):
            assert services.load_rules().added == ["D13"]
        assert rule("D13").amount == 20, "cases of today keep what held this morning"
        assert rule("D13", at=today + timedelta(days=1)).amount == 15
        assert rule("D13", at=date(2020, 1, 1)).amount == 20
        assert [row.version for row in versions("D13")] == [1, 2]
        with package(monkeypatch, "D13", value=15):
            assert services.load_rules().added == []
    with day("2027-04-07"):
        assert rule("D13").amount == 15


def test_an_amended_law_binds_from_its_own_day(desk: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with day("2027-04-06"), package(monkeypatch, "D20", value=60, in_force_from=date(2028, 1, 1)):
        services.load_rules()
        assert rule("D20", at=date(2027, 12, 31)).amount == 90
        assert rule("D20", at=date(2028, 1, 1)).amount == 60


def test_history_that_nothing_held_before_is_added_where_it_belongs(
    desk: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A term before the first one never bound anybody, so it may be loaded afterwards at its own dates."""
    with (
        day("2027-04-06"),
        package(monkeypatch, "D20", value=100, in_force_from=date(2018, 1, 1), in_force_to=date(2021, 7, 14)),
    ):
        services.load_rules()
        assert rule("D20", at=date(2019, 5, 5)).amount == 100
        assert rule("D20", at=date(2021, 7, 15)).amount == rule("D20").amount == 90


def revision(rule_id: str, **changes: Any) -> dict[str, Any]:
    base = newest(rule_id, changes.pop("regime", None))
    assert base is not None
    return {"base": base, "changes": {"in_force_from": clock.today() + timedelta(days=1), **changes}}


def test_the_administrator_revises_a_rule_and_running_cases_keep_theirs(desk: None) -> None:
    with day("2027-04-06") as today, acting(ADMIN):
        edition = services.revise_rule(**revision("light.near_days", value=4), reason="全市统一")
        assert rule("light.near_days", at=today).amount == 3
        assert rule("light.near_days", at=today + timedelta(days=1)).amount == 4
        first, second = versions("light.near_days")
        assert (first.value, second.value, second.is_model) == (3, 4, True)
        values = dict(compared("light.near_days"))["值"]
        assert values == ["4 个工作日", "3 个工作日"], "versions stand side by side, the newest first"
        line = Act.objects.get(subject_type="rulebook.edition", subject_id=str(edition.pk), verb="revise").line
        assert '"reason":"全市统一"' in line and '"after":{"unit":"working_day","value":4}' in line


def test_a_packages_new_value_does_not_undo_the_citys_own(desk: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with day("2027-04-06"):
        with acting(ADMIN):
            services.revise_rule(**revision("light.near_days", value=4), reason="全市统一")
        with package(monkeypatch, "light.near_days", value=5):
            assert services.load_rules().kept == ["light.near_days"]
        assert versions("light.near_days")[-1].value == 4


def test_who_may_not_revise_and_what_may_not_be_written(desk: None) -> None:
    with day("2027-04-06") as today:
        for posts in ({"coordinator"}, {"security_admin"}, {"leader"}, set()):
            with acting(Actor(ref="x", posts=frozenset(posts))), pytest.raises(Refused, match="没有「修订规则」的职责"):
                services.revise_rule(**revision("D06", regime="SAMR18", value=90), reason="试")
        with acting(ADMIN):
            with pytest.raises(Refused, match="请写明理由"):
                services.revise_rule(**revision("light.near_days", value=4))
            with pytest.raises(Faults) as wrong:
                bad = {"value": "很多", "source": "", "confidence": "sure", "in_force_from": today}
                services.revise_rule(**revision("light.near_days", **bad), reason="试")
            assert {fault.field for fault in wrong.value.faults} == {"value", "source", "confidence"}
            with pytest.raises(Faults, match="不得溯及"):
                services.revise_rule(**revision("light.near_days", value=4, in_force_from=today), reason="试")
            with pytest.raises(Faults, match="完全相同"):
                services.revise_rule(**revision("light.near_days"), reason="试")
            stale = revision("light.near_days", value=4)
            services.revise_rule(**stale, reason="全市统一")
            with pytest.raises(Refused, match="刚刚有了新版本"):
                services.revise_rule(**stale, reason="全市统一")
    assert RuleVersion.objects.filter(origin="desk").count() == 1


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE rulebook_ruleversion SET value = '99' WHERE rule_id = 'D01'",
        "UPDATE rulebook_ruleversion SET binds_from = '2011-01-01' WHERE rule_id = 'D06'",
        "DELETE FROM rulebook_ruleversion WHERE rule_id = 'D01'",
        "DELETE FROM rulebook_edition",
        "UPDATE rulebook_edition SET reason = 'x'",
        "SET session_replication_role = replica; UPDATE rulebook_ruleversion SET value = '99'",
    ],
)
def test_nobody_changes_or_deletes_a_version_not_even_the_owner(owner_sql: Any, sql: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"):
        owner_sql(sql)


def test_rules_are_read_by_all_and_written_through_the_one_door(db: None) -> None:
    for name in ("desk", "lab", "visitor"):
        with role(name):
            assert rule("D01").amount == 15
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(SNEAK)


def test_what_is_rolled_back_is_not_remembered(desk: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with day("2027-04-06") as today:
        with pytest.raises(RuntimeError), transaction.atomic():
            with package(monkeypatch, "D13", value=15):
                services.load_rules()
                assert rule("D13", at=today + timedelta(days=1)).amount == 15
            raise RuntimeError
        assert rule("D13", at=today + timedelta(days=1)).amount == 20


def test_a_request_looks_once_and_sees_its_own_writes(desk: None, django_assert_num_queries: Any) -> None:
    rule("D01")
    snapshot._begin()
    try:
        with clock.on(date(2027, 4, 6)), django_assert_num_queries(1):
            for _ in range(20):
                rule("D01")
                rule("light.near_days")
        with day("2027-04-06"), acting(ADMIN):
            services.revise_rule(**revision("light.near_days", value=4), reason="全市统一")
            assert rule("light.near_days", at=date(2027, 4, 7)).amount == 4
    finally:
        snapshot._end()


def test_all_faults_of_a_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(
        """
        [a.days]
        title = "甲"
        amount = -3
        unit = "calendar_day"
        source = "某办法"
        confidence = "sure"
        in_force_from = 2020-01-01
        [b]
        title = "乙"
        unit = "fortnight"
        colour = "red"
        [[c]]
        title = "丙"
        value = { after = 90, before = 60 }
        unit = "calendar_day"
        source = "某办法"
        confidence = "high"
        in_force_from = 2020-01-01
        in_force_to = 2019-01-01
        extension = { amount = 0 }
        [[c]]
        title = "丙"
        amount = 3
        value = 4
        unit = "calendar_day"
        source = "某办法"
        model = "yes"
        in_force_from = "2020-01-01"
        """,
        encoding="utf-8",
    )
    entries, faults = files.read(path, "room")
    assert entries == []
    found = {(fault.rule_id, fault.field) for fault in faults}
    assert found >= {
        ("a.days", "amount"),
        ("a.days", "confidence"),
        ("b", "unit"),
        ("b", "colour"),
        ("b", "source"),
        ("b", "in_force_from"),
        ("c", "value"),
        ("c", "extension"),
        ("c", "amount"),
        ("c", "model"),
        ("c", "confidence"),
        ("c", "in_force_from"),
    }
    assert "room [a.days] amount = -3" in str(files.RuleFaults(faults))
    path.write_text("[x\n", encoding="utf-8")
    assert "TOML" in files.read(path, "room")[1][0].message


def test_the_same_entry_twice_and_the_same_id_in_two_rooms(tmp_path: Path) -> None:
    text = '[[c]]\ntitle="丙"\namount=3\nunit="count"\nsource="某"\nconfidence="high"\nin_force_from=2020-01-01\n'
    path = tmp_path / "rules.toml"
    path.write_text(text * 2, encoding="utf-8")
    assert [fault.field for fault in files.read(path, "room")[1]] == ["in_force_from"]


def test_nested_and_quoted_ids_read_alike(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    tail = 'amount=1\nunit="count"\nsource="某"\nmodel=true\nin_force_from=2020-01-01\n'
    path.write_text(f'["x.y"]\ntitle="一"\n{tail}[z]\ntitle="二"\n{tail}[z.w]\ntitle="三"\n{tail}', encoding="utf-8")
    entries, faults = files.read(path, "room")
    assert faults == []
    assert {(entry.rule_id, entry.title, entry.confidence) for entry in entries} == {
        ("x.y", "一", "model"),
        ("z", "二", "model"),
        ("z.w", "三", "model"),
    }


def test_the_reference_page_has_a_line_for_every_entry_of_every_file() -> None:
    page = reference_markdown()
    entries = files.read_all()
    assert page.count("\n| `") == len(entries) > 40
    lines = {line.split("`")[1]: line for line in page.splitlines() if line.startswith("| `")}
    assert set(lines) == {entry.rule_id for entry in entries}
    assert all("[MODEL]" in lines[entry.rule_id] for entry in entries if entry.is_model)
    assert "15 个自然日" in lines["D01"] and "可延长 30(1 次)" in lines["D21"] and "可中止计时" in lines["D21"]
    assert "之前" in lines["D26"] and "低(引用前须核实)" in lines["D23a"]
