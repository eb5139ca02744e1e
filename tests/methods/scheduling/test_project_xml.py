"""Microsoft Project XML: every date of the golden files, there and back, hostile and broken files."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from qualitycity.methods.scheduling import (
    Links,
    Task,
    WorkCalendar,
    back_schedule,
    cpm,
    from_mspdi,
    to_mspdi,
)

from .cases import AFTER, EVERY_DAY, invented_2027, programme, rows
from .test_planning import START, random_tasks, two_calendars

SPACE = 'xmlns="http://schemas.microsoft.com/project"'
HEAD = "<StartDate>2027-01-04T08:00:00</StartDate><FinishDate>2027-03-01T17:00:00</FinishDate>"
MINUTES = "<MinutesPerDay>lots</MinutesPerDay>"


def task(uid: int, inner: str = "", level: int = 1, duration: str = "PT8H0M0S") -> str:
    return (
        f"<Task><UID>{uid}</UID><ID>{uid}</ID><Name>n{uid}</Name><OutlineLevel>{level}</OutlineLevel>"
        f"<Duration>{duration}</Duration>{inner}</Task>"
    )


def link(uid: int, kind: int = 1, lag: int = 0, unit: int = 7) -> str:
    return (
        f"<PredecessorLink><PredecessorUID>{uid}</PredecessorUID><Type>{kind}</Type>"
        f"<LinkLag>{lag}</LinkLag><LagFormat>{unit}</LagFormat></PredecessorLink>"
    )


def file(tasks: str, more: str = "") -> bytes:
    return f"<Project {SPACE}>{HEAD}{more}<Tasks>{tasks}</Tasks></Project>".encode()


@pytest.mark.parametrize("size", [60, 90])
def test_every_date_of_the_golden_files_is_read_and_computed(golden: Path, size: int) -> None:
    found = from_mspdi((golden / f"mpxj_forward_{size}.xml").read_bytes())
    table = rows(golden / f"mpxj_forward_{size}_tasks.csv")
    pairs = rows(golden / f"mpxj_forward_{size}_links.csv")
    assert len(found.tasks) == len(table) == size and len(found.links) == len(pairs) and found.from_start
    for column, name in (("start", "Start"), ("finish", "Finish"), ("early_start", "EarlyStart"),
                         ("early_finish", "EarlyFinish"), ("late_start", "LateStart"),
                         ("late_finish", "LateFinish")):  # fmt: skip
        assert found.dates[name].astype(str).tolist() == [row[column] for row in table]
    assert [f"{slack}d" for slack in found.total_slack] == [row["total_slack"] for row in table]
    assert [f"{slack}d" for slack in found.free_slack] == [row["free_slack"] for row in table]
    assert [str(flag) for flag in found.critical] == [row["critical"] for row in table]
    (calendar,) = found.calendars.values()
    tasks, links = found.leaves()
    days = [one.duration for one in tasks]
    assert days == [int(row["duration_days"]) for row in table]
    start = calendar.index(found.start, "forward")
    computed = cpm(days, links, start=start)
    worked = np.array(days) > 0
    assert (calendar.dates(computed.ls[worked]) == found.dates["LateStart"][worked].astype("datetime64[D]")).all()
    assert (calendar.dates(computed.lf[worked] - 1) == found.dates["LateFinish"][worked].astype("datetime64[D]")).all()


def test_backwards_from_the_finish_of_a_golden_file_gives_its_late_dates(golden: Path) -> None:
    for size in (60, 90):
        found = from_mspdi((golden / f"mpxj_forward_{size}.xml").read_bytes())
        (calendar,) = found.calendars.values()
        tasks, links = found.leaves()
        plan = back_schedule(tasks, links, found.finish, calendar, {}, today=found.start)
        worked = np.array([one.duration > 0 for one in tasks])
        for mine, theirs in ((plan.starts, "LateStart"), (plan.finishes, "LateFinish"),
                             (plan.early_starts, "EarlyStart"), (plan.early_finishes, "EarlyFinish")):  # fmt: skip
            assert (mine[worked] == found.dates[theirs][worked].astype("datetime64[D]")).all()
        assert plan.total_slack.tolist() == found.total_slack.tolist()


def test_the_golden_calendar_is_the_official_one(golden: Path) -> None:
    (calendar,) = from_mspdi((golden / "mpxj_forward_90.xml").read_bytes()).calendars.values()
    table = {row["date"]: row["kind"] == "makeup_workday" for row in
             rows(golden / "cn_calendar_exceptions_2004_2026.csv") if row["date"] >= "2025"}  # fmt: skip
    assert {day.isoformat(): works for day, works in calendar.exceptions()} == table


@pytest.mark.parametrize("mixed", [False, True])
def test_a_plan_comes_back_as_it_went_out(mixed: bool) -> None:
    tasks, links, capacity = random_tasks(4)
    tasks[0] = Task("<&>", 4, "north", {"north": 5}, "甲 & 乙")
    calendars = two_calendars(4) if mixed else EVERY_DAY
    frozen = {"t1": date(2027, 3, 1)}
    plan = back_schedule(tasks, links, date(2027, 12, 1), calendars, capacity, today=START, frozen=frozen)
    found = from_mspdi(to_mspdi(plan, name="一 & 二"))
    assert found.name == "一 & 二" and not found.from_start and found.capacity == capacity
    assert [(one.id, one.duration, one.department, one.demand) for one in found.tasks] == [
        (one.id, one.duration, one.department, one.demand) for one in tasks
    ]
    assert found.tasks[0].name == "甲 & 乙" and list(found.frozen) == ["t1"]
    by_succ = np.argsort(links.succ, kind="stable")
    for name in ("pred", "succ", "kind", "lag"):
        assert (getattr(found.links, name) == getattr(links, name)[by_succ]).all()
    for mine, theirs in ((plan.starts, "Start"), (plan.finishes, "LateFinish"), (plan.early_starts, "EarlyStart")):
        assert (found.dates[theirs].astype("datetime64[D]") == mine).all()
    assert found.total_slack.tolist() == plan.total_slack.tolist() and (found.critical == plan.critical).all()
    for calendar in plan.model.calendars:
        again = found.calendars[calendar.version]
        offset = (calendar.first - again.first).days
        assert (again.working[offset : offset + calendar.working.size] == calendar.working).all()


def test_the_nine_tasks_of_the_city_as_a_file_give_the_same_plan() -> None:
    plan = back_schedule(programme(T5=20), AFTER, date(2027, 6, 29), invented_2027(), {}, today=date(2027, 3, 15))
    found = from_mspdi(to_mspdi(plan))
    tasks, links = found.leaves()
    again = back_schedule(tasks, links, found.finish, found.calendars["2027 invented"], {}, today=found.start)
    assert (again.starts == plan.starts).all() and again.margin == 3


def test_the_file_is_wellformed_and_milestones_end_a_day() -> None:
    plan = back_schedule([Task("m", 0), Task("w", 2)], Links.of([(1, 0)]), date(2027, 4, 1), EVERY_DAY, {}, today=START)
    root = ElementTree.fromstring(to_mspdi(plan))
    first = root.find("{*}Tasks/{*}Task")
    assert first is not None and first.findtext("{*}Milestone") == "1"
    assert first.findtext("{*}Start") == first.findtext("{*}Finish") == "2027-04-01T17:00:00"


def test_summary_tasks_fall_away_and_their_links_bind_the_leaves() -> None:
    found = from_mspdi(file(task(1) + task(2, level=2) + task(3, level=2) + task(4, link(1, lag=4800))))
    assert found.parent.tolist() == [-1, 0, 0, -1]
    tasks, links = found.leaves()
    assert [one.id for one in tasks] == ["2", "3", "4"]
    assert (links.pred.tolist(), links.succ.tolist(), links.lag.tolist()) == ([0, 1], [2, 2], [1, 1])


def test_a_calendar_beyond_its_notices_is_provisional_from_there_on() -> None:
    text = to_mspdi(back_schedule(programme(), AFTER, date(2027, 6, 29), invented_2027(), {}, today=date(2027, 3, 15)))
    later = text.replace(b"<FinishDate>2027-06-29", b"<FinishDate>2029-06-29")
    (calendar,) = from_mspdi(later).calendars.values()
    assert calendar.last == date(2029, 12, 31) and calendar.provisional_from == date(2028, 1, 1)


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"not xml", "data: no XML"),
        (b"<a/>", "data: the root is 'a'"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "document type declaration"),
        ('<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'.encode("utf-16"),
         "document type declaration"),
        (b'<?xml version="1.0" encoding="no-such"?><x/>', "data: no XML"),
        (file(task(1, duration="PT9H0M0S")), "task 1: Duration PT9H0M0S is no whole number"),
        (file(task(1, duration="soon")), "task 1: Duration 'soon' is none of the form"),
        (file(task(1) + task(2, link(1, lag=100))), "task 2: link from UID 1: the lag is no whole"),
        (file(task(1) + task(2, link(1, lag=4800, unit=8))), "the lag is no whole number of working days"),
        (file(task(1) + task(2, link(9))), "task 2: link from UID 9: no such task"),
        (file(task(1) + task(2, link(1, kind=7))), "Type 7 is none of 0 to 3"),
        (file(task(1, "<Start>yesterday</Start>")), "task 1: Start 'yesterday' is no date"),
        (file(task(1, "<TotalSlack>much</TotalSlack>")), "task 1: TotalSlack 'much' is no whole number"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_by_name(data: bytes, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        from_mspdi(data)


def test_all_faults_of_a_file_come_together() -> None:
    with pytest.raises(ValueError) as caught:
        from_mspdi(file(task(1, duration="x") + task(2, link(5) + link(1, kind=9)), MINUTES))
    assert str(caught.value).count(";") == 3


def test_texts_that_no_xml_can_hold_are_refused_before_anything_is_written() -> None:
    plan = back_schedule([Task("a\x01", 2)], Links.of([]), date(2027, 4, 1), EVERY_DAY, {}, today=START)
    with pytest.raises(ValueError, match="holds characters that XML cannot"):
        to_mspdi(plan)
    far = back_schedule([Task("a", 40)], Links.of([]), date(2027, 1, 5), EVERY_DAY, {}, today=date(2027, 1, 4))
    with pytest.raises(ValueError, match="outside calendar"):
        to_mspdi(far)
    assert isinstance(far.model.calendars[0], WorkCalendar)
