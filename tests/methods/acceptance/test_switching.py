"""Switching rules: every arrow of the state machine, and the scheme's curve against its own simulation."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualitycity.methods.acceptance import oc
from qualitycity.methods.acceptance.switching import Lot, SwitchState, inspected, resume, scheme_oc, step, tighter_ac
from qualitycity.methods.acceptance.tables import plan

GOOD, BAD = Lot(True, 1), Lot(False, 1)
lots = st.builds(Lot, st.booleans(), st.integers(0, 4), st.booleans(), st.booleans(), st.booleans(), st.booleans())


def run(*seen: Lot, start: SwitchState | None = None) -> SwitchState:
    return list(accumulate(seen, step, initial=start or SwitchState()))[-1]


@pytest.mark.parametrize("between", [0, 1, 2, 3])
def test_two_of_five_lots_not_accepted_tighten(between: int) -> None:
    assert run(BAD, *[GOOD] * between, BAD) == SwitchState("tightened", reason="two_of_five")


def test_two_of_six_do_not_tighten() -> None:
    assert run(BAD, *[GOOD] * 4, BAD).severity == "normal"


def test_five_accepted_in_a_row_lead_back_and_four_do_not() -> None:
    tight = SwitchState("tightened")
    assert run(*[GOOD] * 4, BAD, *[GOOD] * 4, start=tight).severity == "tightened"
    assert run(*[GOOD] * 4, BAD, *[GOOD] * 5, start=tight) == SwitchState("normal", reason="five_accepted")


def test_the_window_begins_anew_after_a_switch() -> None:
    back = run(BAD, BAD, *[GOOD] * 5)
    assert back.severity == "normal"
    assert run(BAD, start=back).severity == "normal"


def test_five_cumulated_on_tightened_stop_inspection_however_far_apart() -> None:
    seen = [BAD, *[GOOD] * 4] * 4
    state = run(*seen, start=SwitchState("tightened"))
    assert (state.cumulated, state.suspended) == (4, False)
    stopped = run(BAD, start=state)
    assert (stopped.suspended, stopped.reason) == (True, "five_cumulated")
    with pytest.raises(ValueError, match="^state: inspection is discontinued"):
        step(stopped, GOOD)
    assert resume(stopped) == SwitchState("tightened", reason="resumed")
    with pytest.raises(ValueError, match="^state: inspection is not discontinued"):
        resume(SwitchState())


def test_the_cumulated_count_ends_with_tightened_inspection() -> None:
    state = run(*[BAD] * 4, *[GOOD] * 5, BAD, BAD, start=SwitchState("tightened"))
    assert (state.severity, state.cumulated) == ("tightened", 0)


def test_resubmitted_lots_never_count() -> None:
    again = Lot(False, 1, original=False)
    state = run(BAD, GOOD)
    assert run(again, again, again, start=state) == state


def test_the_score_adds_two_for_small_and_three_for_large_acceptance_numbers() -> None:
    assert run(Lot(True, 0), Lot(True, 1), Lot(True, 2, tighter=True), Lot(True, 9, tighter=True)).score == 10
    assert run(GOOD, GOOD, Lot(True, 2, tighter=False)).score == 0
    assert run(GOOD, GOOD, BAD).score == 0


def test_reduced_needs_thirty_points_steady_production_and_consent() -> None:
    willing = Lot(True, 1, consent=True)
    assert run(*[willing] * 14).severity == "normal"
    assert run(*[willing] * 15) == SwitchState("reduced", reason="score")
    assert run(*[Lot(True, 2, tighter=True, consent=True)] * 10).severity == "reduced"
    assert run(*[GOOD] * 40).severity == "normal"
    assert run(*[GOOD] * 40).score == 80
    assert run(*[Lot(True, 1, consent=True, steady=False)] * 40).severity == "normal"
    assert run(*[GOOD] * 40, willing).severity == "reduced"


@pytest.mark.parametrize(
    ("lot", "reason"),
    [(BAD, "not_accepted"), (Lot(True, 1, steady=False), "irregular"), (Lot(True, 1, other=True), "other")],
)
def test_reduced_ends_with_any_trouble(lot: Lot, reason: str) -> None:
    assert run(lot, start=SwitchState("reduced")) == SwitchState("normal", reason=reason)
    assert run(GOOD, start=SwitchState("reduced", reason="score")) == SwitchState("reduced")


def test_one_step_tighter_at_aql_15_is_10() -> None:
    assert tighter_ac("J", "15") == plan(501, "II", "10").ac == 14
    assert tighter_ac("A", "0.010") is None


def test_three_points_are_not_added_where_the_tighter_plan_has_another_sample() -> None:
    made = plan(100, "II", "100", regime="per100")  # letter F: arrow up to E, n 13; AQL 65 is F itself, n 20
    assert (made.letter, made.ac, tighter_ac("F", "100")) == ("E", 21, None)
    lot = inspected(made, 0)
    assert (lot.accepted, lot.tighter) == (True, False)
    assert run(lot, start=SwitchState(score=20)).score == 0


def test_a_lot_is_judged_on_its_plan_and_one_step_tighter() -> None:
    made = plan(1000, "II", "1.0")  # J, Ac 2; AQL 0.65: Ac 1
    assert [(lot.accepted, lot.tighter) for lot in (inspected(made, d) for d in (1, 2, 3))] == [
        (True, True),
        (True, False),
        (False, False),
    ]
    assert not inspected(plan(1000, "II", "1.0", "reduced"), 0).tighter


@given(st.lists(lots, max_size=60))
def test_states_keep_their_bounds_and_say_why_they_change(seen: list[Lot]) -> None:
    state = SwitchState()
    for lot in seen:
        after = step(state, lot)
        assert len(after.window) <= 5
        assert after.window.count(False) <= 1
        assert after.cumulated <= 5
        assert after.score == 0 or after.severity == "normal"
        if after is not state:
            assert bool(after.reason) == (after.severity != state.severity or after.suspended)
        state = resume(after) if after.suspended else after


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(["0.65", "1.0", "4.0"]), st.floats(0, 1), st.booleans())
def test_shares_add_up_and_the_scheme_lies_between_its_plans(aql: str, p: float, reduced: bool) -> None:
    found = scheme_oc(1000, "II", aql, p, reduced=reduced)
    assert found.normal + found.tightened + found.reduced == pytest.approx(1, abs=1e-9)
    curves = [oc.oc(plan(1000, "II", aql, severity), p) for severity in ("normal", "tightened", "reduced")]
    assert min(curves) - 1e-9 <= found.pa[0] <= max(curves) + 1e-9
    assert reduced or found.reduced[0] == 0


def test_a_perfect_supplier_ends_on_reduced_and_a_hopeless_one_stops_every_fifth_lot() -> None:
    found = scheme_oc(1000, "II", "1.0", [0.0, 1.0])
    assert found.reduced[0] == pytest.approx(1)
    assert found.asn.tolist() == pytest.approx([32, 80])
    assert found.tightened[1] == pytest.approx(1)
    assert found.suspension[1] == pytest.approx(0.2)


def test_per_100_schemes_follow_poisson() -> None:
    found = scheme_oc(1000, "II", "65", [0.5, 0.8], dist="poisson")
    assert found.pa[0] > 0.99
    assert found.pa[0] > found.pa[1]


@pytest.mark.parametrize("reduced", [True, False])
def test_the_scheme_equals_a_simulated_ledger(reduced: bool) -> None:
    p, count = 0.012, 60_000
    chance = np.random.default_rng(2012)
    made = {severity: plan(1000, "II", "1.0", severity) for severity in ("normal", "tightened", "reduced")}
    drawn = {severity: chance.binomial(each.n, p, count).tolist() for severity, each in made.items()}
    state, accepted, stops = SwitchState(), 0, 0
    shares = dict.fromkeys(made, 0)
    for at in range(count):
        shares[state.severity] += 1
        lot = inspected(made[state.severity], drawn[state.severity][at], consent=reduced)
        accepted += lot.accepted
        state = step(state, lot)
        if state.suspended:
            stops, state = stops + 1, resume(state)
    found = scheme_oc(1000, "II", "1.0", p, reduced=reduced)
    assert found.pa[0] == pytest.approx(accepted / count, abs=0.008)
    for severity, share in shares.items():
        assert getattr(found, severity)[0] == pytest.approx(share / count, abs=0.03)
    assert found.suspension[0] == pytest.approx(stops / count, abs=0.002)


def test_a_scheme_that_inspects_whole_lots_has_no_curve() -> None:
    with pytest.raises(ValueError, match="sampling risk is undefined"):
        scheme_oc(40, "II", "0.25", 0.01)
    with pytest.raises(ValueError, match="^dist: "):
        scheme_oc(1000, "II", "1.0", 0.01, dist="hypergeometric")
    with pytest.raises(ValueError, match="^p: "):
        scheme_oc(1000, "II", "1.0", 1.01)
