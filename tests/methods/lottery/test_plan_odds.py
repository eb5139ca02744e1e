"""Plans against R, odds against direct integration, and both against draws."""

from __future__ import annotations

import csv
import math
from collections import Counter

import pytest
from scipy import integrate, stats

from qualitycity.methods.lottery.draw import draw
from qualitycity.methods.lottery.faults import InputFaults
from qualitycity.methods.lottery.frame import Frame
from qualitycity.methods.lottery.odds import inclusion_probabilities
from qualitycity.methods.lottery.plan import StratumPlan, plan_all, plan_stratum
from qualitycity.methods.lottery.seed import draw_key

from .city import SHARED, needs_shared

SAMPFORD = [0.2, 0.25, 0.35, 0.4, 0.5, 0.5, 0.55, 0.65, 0.7, 0.9]  # of his paper of 1967; sum 5
SAMPFORD_PLAN = plan_stratum("s", Counter(round(100 * p) for p in SAMPFORD).items(), 5)


def mu284() -> list[dict[str, str]]:
    with (SHARED / "r_pik_mu284_p75_n40.csv").open() as file:
        return list(csv.DictReader(file))


def by_quadrature(plan: StratumPlan, weight: int) -> float:
    """The same probability by adaptive quadrature over u and by multiplying out the Poisson-binomial law."""
    others = [plan.target(w) for w, count in plan.classes for _ in range(count) if plan.target(w) < 1]
    others.remove(plan.target(weight))

    def few_below(u: float) -> float:
        q = u / (1 - u) * (1 - plan.target(weight)) / plan.target(weight)
        law = [1.0]
        for target in others:
            p = q * target / (q * target + 1 - target)
            law = [a * (1 - p) + b * p for a, b in zip([*law, 0.0], [0.0, *law], strict=True)]
        return sum(law[: plan.m])

    return integrate.quad(few_below, 0, 1, epsabs=1e-10, limit=200)[0]


@needs_shared
def test_targets_equal_those_of_r_with_its_certain_units() -> None:
    rows = mu284()
    plan = plan_stratum("s", Counter(int(row["P75"]) for row in rows).items(), 40)
    assert plan.n - plan.m == 3 == sum(float(row["pik"]) == 1 for row in rows)
    assert max(abs(plan.target(int(row["P75"])) - float(row["pik"])) for row in rows) < 1e-15


@needs_shared
def test_targets_equal_those_of_r_in_strata() -> None:
    strata: dict[str, list[float]] = {}
    with (SHARED / "r_pik_strata.csv").open() as file:
        for row in csv.DictReader(file):
            strata.setdefault(row["s"], []).append(float(row["pik"]))
    histogram = [(stratum, 1, len(values)) for stratum, values in strata.items()]
    plans = plan_all(histogram, {stratum: round(sum(values)) for stratum, values in strata.items()})
    for plan in plans:
        assert all(abs(plan.target(1) - value) < 1e-15 for value in strata[plan.stratum])


@pytest.mark.parametrize(
    ("histogram", "n", "m", "total", "cut"),
    [
        ([(1, 10)], 4, 4, 10, None),
        ([(1, 10)], 0, 0, 10, None),
        ([(1, 10)], 10, 0, 0, 1),
        ([(8, 1), (4, 5), (2, 3), (1, 1)], 4, 4, 35, None),
        ([(100, 2), (1, 10)], 3, 1, 10, 100),
        ([(100, 1), (50, 1), (1, 3)], 3, 1, 3, 50),  # one certain unit makes the next one certain
        ([(10, 3), (1, 1)], 3, 3, 31, None),  # just below certainty
        ([(2**31 - 1, 4_000_000)], 5, 5, (2**31 - 1) * 4_000_000, None),
    ],
)
def test_plans_in_integers(histogram: list, n: int, m: int, total: int, cut: int | None) -> None:
    plan = plan_stratum("s", histogram, n)
    assert (plan.m, plan.total, plan.cut) == (m, total, cut)
    assert math.isclose(sum(plan.target(w) * count for w, count in plan.classes), n, abs_tol=1e-9)


def test_all_that_is_wrong_with_the_numbers_is_told_at_once() -> None:
    histogram = [("a", 1, 3), ("b", 2**31 - 1, 2**23)]
    with pytest.raises(InputFaults) as caught:
        plan_all(histogram, {"a": 3, "b": 1, "c": 1, "d": 1, "e": -1}, {"a": 1}, known=["d", "e"])
    told = [(fault.code, fault.field) for fault in caught.value.faults]
    assert [code for code, _ in told] == ["take_too_large", "weight_total", "take_unknown", "take_too_large", "take"]
    assert "另备 1,可抽的只有 3" in str(caught.value) and "名单里的层:a、b、d、e" in str(caught.value)


@pytest.mark.parametrize(
    "plan",
    [
        SAMPFORD_PLAN,
        plan_stratum("s", [(1, 1), (2, 1)], 1),
        plan_stratum("s", [(1, 3), (2, 2), (5, 3)], 1),
        plan_stratum("s", [(1, 10), (2, 10), (4, 10), (8, 7)], 2),
        plan_stratum("s", [(1, 10), (2, 10), (4, 10), (8, 7)], 20),
        plan_stratum("s", [(1, 3), (1000, 1), (7, 2)], 4),
        plan_stratum("s", [(1, 12), (2, 1)], 12),
    ],
)
def test_odds_against_direct_integration(plan: StratumPlan) -> None:
    exact = inclusion_probabilities(plan)
    assert list(exact) == [weight for weight, _ in plan.classes]
    assert math.isclose(sum(exact[w] * count for w, count in plan.classes), plan.n, abs_tol=1e-10)
    for weight, probability in exact.items():
        assert probability == 1 if plan.target(weight) == 1 else abs(probability - by_quadrature(plan, weight)) < 1e-8


def test_two_units_of_weight_one_and_two_in_closed_form() -> None:
    """Pr(Q2 < Q1) = integral of u·4/(1 + 3u) du = 4/3 - 4/9 ln 4: far from the target 2/3."""
    exact = inclusion_probabilities(plan_stratum("s", [(1, 1), (2, 1)], 1))
    assert abs(exact[2] - (4 / 3 - 4 / 9 * math.log(4))) < 1e-12
    assert abs(exact[1] + exact[2] - 1) < 1e-12


@needs_shared
@pytest.mark.parametrize(("n", "worst"), [(10, 7.34e-4), (40, 5.02e-5)])
def test_odds_of_the_swedish_municipalities(n: int, worst: float) -> None:
    plan = plan_stratum("s", Counter(int(row["P75"]) for row in mu284()).items(), n)
    exact = inclusion_probabilities(plan)
    errors = [abs(exact[w] / plan.target(w) - 1) for w, _ in plan.classes if plan.target(w) < 1]
    assert 0.98 * worst < max(errors) < worst
    assert abs(sum(exact[w] * count for w, count in plan.classes) - n) < 1e-10


def test_odds_of_a_million_units_come_quickly_and_add_up() -> None:
    plan = plan_stratum("s", [(w, 250_000) for w in (1, 2, 4, 8)], 20_000)
    exact = inclusion_probabilities(plan)
    assert abs(sum(exact[w] * 250_000 for w in exact) - 20_000) < 1e-6
    assert all(abs(exact[w] / plan.target(w) - 1) < 1e-9 for w in exact)


def frequencies(weights: list[int], n: int, runs: int, salt: str) -> tuple[list[int], list[float]]:
    """How often each unit came in so many draws under different keys, and its exact probability."""
    frame = Frame.of([(f"U{at:04d}", "s", weight, "") for at, weight in enumerate(weights)])
    counts: Counter[str] = Counter()
    for run in range(runs):
        result = draw(frame, draw_key(f"{salt}{run}"), {"s": n})
        counts.update(result.ids)
    exact = inclusion_probabilities(result.strata[0].plan)
    return [counts[unit.id] for unit in frame.units], [exact[unit.weight] for unit in frame.units]


def chi_square(counts: list[int], exact: list[float], runs: int) -> float:
    """Chi-square distance; draws of n without replacement make it a little smaller than that of independent units."""
    return sum((c - runs * p) ** 2 / (runs * p * (1 - p)) for c, p in zip(counts, exact, strict=True) if p < 1)


def test_real_draws_follow_the_published_odds_not_the_targets() -> None:
    runs = 4000
    counts, exact = frequencies([1, 2], 1, runs, "two")
    assert chi_square(counts[1:], exact[1:], runs) < stats.chi2.ppf(0.999, 1)
    assert chi_square(counts[1:], [2 / 3], runs) > stats.chi2.ppf(1 - 1e-6, 1)  # the target would be found out
    counts, exact = frequencies([1, 1, 2, 2, 4, 4, 4, 8, 8, 8, 30], 4, runs, "eleven")
    assert counts[-1] == runs and exact[-1] == 1
    assert chi_square(counts, exact, runs) < stats.chi2.ppf(0.9999, 10)


def test_equal_weights_are_simple_random_sampling() -> None:
    counts, exact = frequencies([3] * 20, 5, 3000, "equal")
    assert set(exact) == {0.25}
    assert 2 < chi_square(counts, exact, 3000) < stats.chi2.ppf(0.9999, 19)


@needs_shared
@pytest.mark.long
def test_twenty_thousand_draws_of_the_swedish_municipalities() -> None:
    weights = [int(row["P75"]) for row in mu284()]
    counts, exact = frequencies(weights, 40, 20_000, "mu284")
    certain = [count for count, p in zip(counts, exact, strict=True) if p == 1]
    assert certain == [20_000] * 3
    found = chi_square(counts, exact, 20_000)
    assert stats.chi2.ppf(0.0001, 281) < found < stats.chi2.ppf(0.9999, 281)
