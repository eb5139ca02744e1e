"""What an edit would move, before it is saved."""

from __future__ import annotations

from datetime import date

import pytest

from qualitycity.methods.scheduling import Edits, Links, Task, back_schedule, what_if

from .cases import AFTER, EVERY_DAY, invented_2027, programme
from .test_planning import START, check, random_tasks


def nine(**days: int):  # noqa: ANN201
    return back_schedule(programme(**days), AFTER, date(2027, 6, 29), invented_2027(), {}, today=date(2027, 3, 15))


def test_a_rest_day_more_moves_eight_tasks_and_not_the_ninth() -> None:
    found = what_if(nine(T5=20), Edits(calendars=invented_2027((date(2027, 6, 18),))))
    assert [one.task for one in found.moved] == ["T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8"]
    moves = {one.task: one for one in found.moved}
    assert moves["T8"].start == (date(2027, 6, 17), date(2027, 6, 16))
    assert (moves["T1"].start[1], moves["T1"].finish[1]) == (date(2027, 3, 17), date(2027, 4, 7))
    assert found.margin == (3, 2)


def test_a_longer_task_changes_what_is_critical() -> None:
    plan = nine(T5=20)
    found = what_if(plan, Edits(durations={"T6": 37}))
    assert found.after.margin == 0 and set(found.now_critical) == {"T1", "T2", "T6", "T7", "T8", "T9"}
    assert found.no_longer_critical == ()
    back = what_if(found.after, Edits(durations={"T6": 20}))
    assert set(back.no_longer_critical) == set(found.now_critical)


def test_nothing_edited_moves_nothing() -> None:
    for seed in range(5):
        tasks, links, capacity = random_tasks(seed, kinds=1)
        plan = back_schedule(tasks, links, date(2027, 12, 1), EVERY_DAY, capacity, today=START)
        found = what_if(plan, Edits())
        assert not found.moved and not found.clashes and found.before is plan and found.margin[0] == found.margin[1]


def test_a_pinned_task_that_overdraws_a_department_is_a_clash_with_its_days() -> None:
    tasks = [Task("a", 4, demand={"x": 10}), Task("b", 4, demand={"x": 10})]
    plan = back_schedule(tasks, Links.of([]), date(2027, 4, 1), EVERY_DAY, {"x": 10}, today=START)
    pins = {"a": date(2027, 3, 10), "b": date(2027, 3, 12)}
    found = what_if(plan, Edits(starts=pins))
    assert [(one.department, one.first, one.last, one.peak, one.capacity) for one in found.clashes] == [
        ("x", date(2027, 3, 12), date(2027, 3, 13), 20, 10)
    ]
    assert not what_if(plan, Edits(starts={"a": date(2027, 3, 10)})).clashes


def test_a_pin_that_breaks_a_link_is_told() -> None:
    tasks = [Task("a", 4), Task("b", 4)]
    plan = back_schedule(tasks, Links.of([(0, 1)]), date(2027, 4, 1), EVERY_DAY, {}, today=START)
    assert what_if(plan, Edits(starts={"b": date(2027, 3, 3)})).broken == (("a", "b"),)
    kept = what_if(plan, Edits(starts={"b": date(2027, 3, 29)}))
    assert kept.broken == () and str(kept.after.finishes[0]) == "2027-03-28"  # the pin holds its predecessor as well
    for kind, last in (("SS", "2027-04-01"), ("FF", "2027-04-01"), ("SF", "2027-04-05")):
        plan = back_schedule(tasks, Links.of([(0, 1, kind, 1)]), date(2027, 4, 9), EVERY_DAY, {}, today=START)
        assert str(what_if(plan, Edits(starts={"b": date(2027, 3, 30)})).after.finishes[0]) == last


def test_capacity_deadline_today_and_links_can_be_tried_and_the_plan_stays() -> None:
    tasks = [Task("a", 4, demand={"x": 10}), Task("b", 4, demand={"x": 10})]
    plan = back_schedule(tasks, Links.of([]), date(2027, 3, 6), EVERY_DAY, {"x": 10}, today=START)
    assert plan.margin == -2
    assert what_if(plan, Edits(capacity={"x": 20})).after.margin == 2
    assert what_if(plan, Edits(deadline=date(2027, 3, 10))).after.margin == 2
    assert what_if(plan, Edits(today=date(2027, 2, 26))).after.margin == 1
    assert what_if(plan, Edits(capacity={"x": 20}, links=Links.of([(0, 1)]))).after.margin == -2
    assert plan.margin == -2 and plan.model.given.capacity == {"x": 10}


def test_the_plan_after_an_edit_keeps_every_rule() -> None:
    for seed in range(5):
        tasks, links, capacity = random_tasks(seed)
        plan = back_schedule(tasks, links, date(2027, 12, 1), EVERY_DAY, capacity, today=START)
        after = what_if(plan, Edits(durations={"t3": 11}, capacity={"north": 22})).after
        check(after, after.starts, after.finishes)


def test_edits_of_strangers_are_refused_all_at_once() -> None:
    with pytest.raises(ValueError, match="'T77' is no task; edits: 'moon' is no department"):
        what_if(nine(), Edits(durations={"T77": 1}, capacity={"moon": 1}))
    with pytest.raises(ValueError, match="duration: -1 of task 'T1'"):
        what_if(nine(), Edits(durations={"T1": -1}))
