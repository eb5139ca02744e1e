"""JCGM 106 and ILAC-G8: probabilities, acceptance limits, outcomes, specific and global risk, guard bands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats
from scipy.special import ndtr

from qualitycity.methods import conformity
from qualitycity.methods.conformity.decision import (
    Rule,
    acceptance_limits,
    conformance_probability,
    decide,
    rules,
    specific_risk,
)
from qualitycity.methods.conformity.risk import Normal, global_risk, guard_band_for, tur_guard_band


@pytest.fixture(scope="module")
def published(shared: Path) -> dict[str, Any]:
    return json.loads((shared / "golden/labstats/conformity/jcgm106_and_rp19_published.json").read_text())


@pytest.fixture(scope="module")
def suncal(shared: Path) -> dict[str, Any]:
    return json.loads((shared / "golden/labstats/conformity/risk_suncal.json").read_text())


# -- golden


def test_printed_conformance_probability(published: dict[str, Any]) -> None:
    for row in published["conformance_probability"]:
        found = conformance_probability(row["y"], row["u"], row["TL"], row["TU"])
        assert round(float(found), 2) == row["printed"]


def test_specific_risk_of_the_peer(suncal: dict[str, Any]) -> None:
    for row in suncal["specific"]:
        found = conformance_probability(row["y"], row["u"], row["LL"], row["UL"])
        assert found == pytest.approx(row["p_conform"], abs=1e-12)
        assert specific_risk(row["y"], row["u"], row["LL"], row["UL"]) == pytest.approx(1 - float(found), abs=1e-12)


def test_global_risk_of_the_peer(suncal: dict[str, Any]) -> None:
    for row in suncal["pfa_pfr"]:
        prior, tolerance = Normal(row["mu_process"], row["sigma_process"]), (row["LL"], row["UL"])
        accept = (row["LL"] + row["guard"], row["UL"] - row["guard"])
        found = global_risk(prior, row["sigma_meas"], tolerance, accept)
        assert found == pytest.approx((row["PFA"], row["PFR"], row["CPFA"]), abs=1e-10)


def test_printed_global_risks(published: dict[str, Any]) -> None:
    for row in published["rp19_tur4"]:  # TUR here is the ratio of the process's to the measurement's deviation
        prior = Normal.in_tolerance(row["itp"], -1, 1)
        found = global_risk(prior, np.asarray(prior.sd) / 4, (-1, 1), (-1, 1))
        assert 100 * found.consumer == pytest.approx(row["ufar_percent"], abs=1e-4)
        assert 100 * found.conditional == pytest.approx(row["cfar_percent"], abs=1e-4)
    for row in published["deaver"]:
        limit, accept = row["SL"], row["SL"] * row["GB"]
        found = global_risk(Normal(0, 1), limit / row["TUR"] / 2, (-limit, limit), (-accept, accept))
        assert (round(float(found.consumer), 3), round(float(found.producer), 3)) == (row["PFA"], row["PFR"])


def test_guard_bands_of_the_peer(suncal: dict[str, Any]) -> None:
    for row in suncal["tur_guardband"]:
        for method in ("rss", "dobbert", "test95", "rp10"):
            assert tur_guard_band(row["TUR"], method) == pytest.approx(row[method], abs=1e-12)  # type: ignore[arg-type]
        prior = Normal.in_tolerance(0.95, -1, 1)
        width = guard_band_for(0.02, "global", u=0.5 / row["TUR"], lower=-1, upper=1, prior=prior)
        assert 1 - width == pytest.approx(row["pfa2pct"], abs=1e-10)


def test_the_rules_of_ilac_g8_hold_the_risks_printed_for_them(published: dict[str, Any]) -> None:
    ours = {rule.r: rule for rule in rules().values()}
    for row in published["ilac_g8_2019_guard_bands"]:
        rule = ours[row["w_over_U"]]
        _low, accept = acceptance_limits(None, 100.0, 2.0, rule)
        risk = specific_risk(accept, 1.0, upper=100.0)  # U = 2 u
        if rule.r < 0:
            risk = 1 - risk  # a rejected item that conforms
        assert risk <= row.get("specific_risk_lt", 0.025) == rule.risk
        assert risk == pytest.approx(float(ndtr(-2 * abs(rule.r))), rel=1e-9)


# -- pitfall 10


def test_specific_and_global_unconditional_and_conditional_are_different_numbers() -> None:
    """At TUR 4: 0.0080 among all, 0.0084 among the accepted; an item measured on the limit has 0.5."""
    found = global_risk(Normal(0, 1), 0.25, (-2, 2), (-2, 2))
    assert (round(float(found.consumer), 4), round(float(found.conditional), 4)) == (0.0080, 0.0084)
    assert specific_risk(2.0, 0.25, -2, 2) == pytest.approx(0.5)


# -- quadrature


@pytest.mark.parametrize("u", [1e-3, 0.05, 0.5, 3.0])
@pytest.mark.parametrize("accept", [(-1.0, 1.5), (-1.5, 2.5), (None, 1.9), (-5.0, 5.0)])
def test_the_quadrature_equals_an_adaptive_one(u: float, accept: tuple[float | None, float]) -> None:
    prior = stats.norm(0.3, 0.8)
    found = global_risk(Normal(0.3, 0.8), u, (-1.2, 2.0), accept)
    low, high = (-np.inf if accept[0] is None else accept[0]), accept[1]

    def taken(x: float) -> float:
        return float(ndtr((high - x) / u) - ndtr((low - x) / u))

    def area(f: Any, a: float, b: float) -> float:
        turns = sorted(t for t in (low, high, low - 6 * u, high - 6 * u, low + 6 * u, high + 6 * u) if a < t < b)
        ends = [a, *turns, b]
        return sum(integrate.quad(f, *pair, epsabs=1e-14, limit=200)[0] for pair in zip(ends, ends[1:], strict=False))

    bad = area(lambda x: prior.pdf(x) * taken(x), -8, -1.2) + area(lambda x: prior.pdf(x) * taken(x), 2, 9)
    good = area(lambda x: prior.pdf(x) * (1 - taken(x)), -1.2, 2)
    assert (found.consumer, found.producer) == pytest.approx((bad, good), abs=1e-11)


def test_another_production_and_batches() -> None:
    """A production of any shape; arrays in the prior and in u give what each problem gives by itself."""
    gamma = stats.gamma(4, scale=0.5)
    found = global_risk(gamma, 0.2, (None, 3.0), (None, 2.8))
    due = integrate.quad(lambda x: gamma.pdf(x) * ndtr((2.8 - x) / 0.2), 3.0, 12.0, epsabs=1e-13)[0]
    assert found.consumer == pytest.approx(due, abs=1e-11)
    u, mean = np.array([[0.1], [0.3]]), np.array([0.0, 0.2, 0.4])
    batch = global_risk(Normal(mean, 1.0), u, (-2, 2), (-1.8, 1.8))
    assert batch.consumer.shape == (2, 3)
    for i in range(2):
        for j in range(3):
            one = global_risk(Normal(mean[j], 1.0), u[i, 0], (-2, 2), (-1.8, 1.8))
            assert [part[i, j] for part in batch] == pytest.approx(one, abs=1e-14)
    scipys = global_risk(stats.norm(mean, 1.0), u, (-2, 2), (-1.8, 1.8))
    assert scipys.producer == pytest.approx(batch.producer, abs=1e-13)


@given(st.floats(0.05, 2), st.floats(-1, 1), st.floats(0.1, 2), st.floats(-0.3, 0.6))
def test_risks_know_no_unit_and_no_origin_and_add_up(u: float, mean: float, sd: float, guard: float) -> None:
    tolerance, accept = np.array([-1.5, 1.7]), np.array([-1.5 + guard, 1.7 - guard])
    found = global_risk(Normal(mean, sd), u, tuple(tolerance), tuple(accept))
    moved = global_risk(Normal(9 * mean + 4, 9 * sd), 9 * u, tuple(9 * tolerance + 4), tuple(9 * accept + 4))
    mirrored = global_risk(Normal(-mean, sd), u, tuple(-tolerance[::-1]), tuple(-accept[::-1]))
    assert moved == pytest.approx(found, abs=1e-10)
    assert mirrored == pytest.approx(found, abs=1e-10)
    whole = stats.norm(mean, np.hypot(sd, u))
    taken = whole.cdf(accept[1]) - whole.cdf(accept[0])
    assert found.conditional * taken == pytest.approx(float(found.consumer), abs=1e-10)
    good = stats.norm(mean, sd).cdf(tolerance[1]) - stats.norm(mean, sd).cdf(tolerance[0])
    assert good - found.producer + found.consumer == pytest.approx(taken, abs=1e-10)


# -- guard bands


def test_a_guard_band_holds_the_risk_it_was_made_for() -> None:
    prior, u = Normal(0.1, 0.6), np.array([0.05, 0.1, 0.2])
    for kind in ("global", "conditional"):
        width = guard_band_for(0.004, kind, u=u, lower=-1, upper=1, prior=prior)  # type: ignore[arg-type]
        found = global_risk(prior, u, (-1, 1), (-1 + width, 1 - width))
        assert (found.consumer if kind == "global" else found.conditional) == pytest.approx(0.004, abs=1e-12)
    width = guard_band_for([0.05, 0.01], u=0.1, lower=-1, upper=1)
    assert specific_risk(1 - width, 0.1, -1, 1) == pytest.approx([0.05, 0.01], abs=1e-12)
    narrow = guard_band_for(0.05, u=1.0, lower=-2, upper=2)  # the other limit counts too
    assert narrow > guard_band_for(0.05, u=1.0, upper=2)
    assert guard_band_for(0.05, u=1.0, lower=2) == pytest.approx(stats.norm.isf(0.05), rel=1e-12)
    far = guard_band_for(0.01, "global", u=0.1, upper=0.0, prior=Normal(5000.0, 1.0))  # a production quite beyond
    assert global_risk(Normal(5000.0, 1.0), 0.1, (None, 0.0), (None, -far)).consumer == pytest.approx(0.01, rel=1e-6)


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda: guard_band_for(0.05, u=1.0, lower=-1, upper=1), "cannot be held by any guard band"),
        (lambda: guard_band_for(0.9, "global", u=1.0, upper=1, prior=Normal(0, 1)), "is not reached"),
        (lambda: guard_band_for(0.05, "global", u=1.0, upper=1), "prior: is for global"),
        (lambda: guard_band_for(0.05, u=1.0, upper=1, prior=Normal(0, 1)), "prior: is for global"),
        (lambda: guard_band_for(0.05, "exact", u=1.0, upper=1), "kind: 'exact'"),  # type: ignore[arg-type]
        (lambda: guard_band_for(1.0, u=1.0, upper=1), "risk: 1.0 is not below 1"),
        (lambda: guard_band_for(0.1, u=1.0), "at least one limit"),
        (lambda: tur_guard_band(0.9, "rss"), "tur: 0.9 is below 1"),
        (lambda: tur_guard_band(2, "guess"), "method: 'guess'"),  # type: ignore[arg-type]
        (lambda: Normal(0, 0), "sd: 0.0 must be positive"),
        (lambda: Normal.in_tolerance(1.0, -1, 1), "share: 1.0 is not below 1"),
        (lambda: Normal.in_tolerance(0.9, -np.inf, 1), "both limits"),
        (lambda: global_risk(Normal(0, 1), 0.0, (-1, 1), (-1, 1)), "u: 0.0 must be positive"),
        (lambda: global_risk(Normal(0, 1), 1.0, (1, -1), (-1, 1)), "lower: 1.0 is not below upper"),
        (lambda: conformance_probability(1.0, [1.0, -1.0], upper=1), r"u\[1\]: -1.0 must be positive"),
        (lambda: conformance_probability(1.0, 1.0), "at least one limit"),
        (lambda: conformance_probability(1.0, 1.0, upper=1, dist="cauchy"), "dist: 'cauchy'"),  # type: ignore[arg-type]
        (lambda: conformance_probability(1.0, 1.0, upper=1, dist="t"), "dof"),
        (lambda: conformance_probability(1.0, 1.0, upper=1, dof=5), "dof"),
        (lambda: conformance_probability(np.nan, 1.0, upper=1), "y: nan is not finite"),
        (lambda: acceptance_limits(1.0, 2.0, 0.6, "guarded"), "U: 0.6 leaves no value"),
        (lambda: acceptance_limits(1.0, 2.0, 0.1, "strict"), "rule: there is no 'strict'"),
        (lambda: decide([1.0, np.inf], 0.1, upper=2), r"y\[1\]: inf is not finite"),
        (lambda: decide(1.0, -0.1, upper=2), "U: -0.1 must be not negative"),
        (lambda: decide(1.0, 0.1, np.nan, 2), "lower: nan"),
        (lambda: Rule("own", np.nan), "r: nan"),
        (lambda: Rule("own", -1.0, conditional=True), "needs a positive guard band"),
    ],
)
def test_bad_arguments_are_named(call: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        call()


# -- decisions


def test_four_outcomes_around_both_limits() -> None:
    y = [8.4, 8.6, 9.1, 9.6, 10.4, 10.6, 11.4, 11.6]
    due = ["fail", "conditional fail", "conditional pass", "pass", "pass", "conditional pass", "conditional fail"]
    found = decide(y, 0.5, 9.0, 11.0, "non_binary")
    assert found.outcome.tolist() == [*due, "fail"]
    assert found.rule.source.startswith("ILAC-G8")
    assert (found.lower_acceptance, found.upper_acceptance) == (9.5, 10.5)


@pytest.mark.parametrize(
    ("rule", "last_pass"), [("simple", 10.0), ("guarded", 9.5), ("uncritical", 10.5), (0.83, 9.585), (Rule("o", 2), 9)]
)
def test_each_rule_accepts_up_to_its_limit(rule: Any, last_pass: float) -> None:
    found = decide([last_pass, last_pass + 1e-9], 0.5, upper=10.0, rule=rule)
    assert found.outcome.tolist() == ["pass", "fail"]


def test_an_edge_result_is_marked_whatever_the_rule() -> None:
    found = decide([9.4, 9.5, 10.5, 10.6], 0.5, upper=10.0)
    assert found.edge.tolist() == [False, True, True, False]
    assert decide(5.0, 0.5, upper=10.0).outcome.item() == "pass"


@given(
    st.integers(0, 400),
    st.integers(1, 60),
    st.sampled_from(["simple", "guarded", "uncritical", "non_binary"]),
    st.sampled_from([0.001, 0.01, 0.1, 1.0]),
)
def test_the_unit_does_not_decide(value: int, wide: int, rule: str, unit: float) -> None:
    """A value exactly on an acceptance limit lies on it in any unit, though binary fractions say otherwise."""
    whole = decide(value, wide, 70, 300, rule)
    found = decide(value * unit, wide * unit, 70 * unit, 300 * unit, rule)
    assert (found.outcome == whole.outcome) and (found.edge == whole.edge)


@given(st.lists(st.floats(8, 12), min_size=1, max_size=30), st.sampled_from(list(rules())))
def test_rules_are_ordered_and_rows_do_not_disturb_one_another(y: list[float], rule: str) -> None:
    found = decide(y, 0.1, 9, 11, rule)
    assert [decide(one, 0.1, 9, 11, rule).outcome.item() for one in y] == found.outcome.tolist()
    stricter = decide(y, 0.1, 9, 11, rules()[rule].r + 0.5)
    assert not np.any((stricter.outcome == "pass") & (found.outcome != "pass"))


def test_shapes_of_the_measurement() -> None:
    at = np.linspace(-3, 3, 25)
    for dist, due in (
        ("normal", stats.norm.cdf(at)),
        ("rectangular", stats.uniform(-(3**0.5), 2 * 3**0.5).cdf(at)),
        ("triangular", stats.triang(0.5, -(6**0.5), 2 * 6**0.5).cdf(at)),
    ):
        assert conformance_probability(0.0, 1.0, upper=at, dist=dist) == pytest.approx(due, abs=1e-14)  # type: ignore[arg-type]
    found = conformance_probability(0.0, 2.0, upper=2 * at, dist="t", dof=4)
    assert found == pytest.approx(stats.t(4).cdf(at), abs=1e-14)
    # 1.3e-12, to its digits, from either side
    assert specific_risk(0.0, 1.0, upper=7.0) == pytest.approx(stats.norm.sf(7), rel=1e-12)
    for found in (conformance_probability(0.0, 1.0, 7.0, 9.0), conformance_probability(0.0, 1.0, -9.0, -7.0)):
        assert found == pytest.approx(stats.norm.sf(7) - stats.norm.sf(9), rel=1e-12)


def test_the_package_offers_decisions_and_risks_itself() -> None:
    assert conformity.decide is decide
    assert conformity.global_risk is global_risk
    with pytest.raises(AttributeError, match="no attribute 'wish'"):
        conformity.wish  # noqa: B018
