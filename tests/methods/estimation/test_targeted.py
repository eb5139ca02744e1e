"""A risk-targeted sample has a finding rate; a population rate only with known inclusion probabilities (pitfall 34)."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose

from qualitycity.methods.estimation.survey import PassRate, proportion
from qualitycity.methods.estimation.targeted import FindingRate, finding_rate, population_rate


def test_the_published_example_divides_by_tested_not_by_drawn() -> None:
    found = finding_rate(687, 5573)  # of 5,594 drawn
    assert round(float(found.finding_rate), 3) == 0.123
    assert found.low < 0.1233 < found.high


def test_the_result_says_what_it_is_and_cannot_pass_for_a_pass_rate() -> None:
    found = finding_rate([3, 0], [10, 0])
    assert found.label == "不合格发现率" and not found.is_population_rate
    assert np.isnan(found.finding_rate[1])
    own, others = ({field.name for field in dataclasses.fields(kind)} for kind in (FindingRate, PassRate))
    assert not {"p", "se", "population"} & own and not {"finding_rate"} & others
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.label = "合格率"  # type: ignore[misc]


def test_a_targeted_sample_without_chances_is_refused_a_population_rate() -> None:
    for pi, said in ((None, "pi: None"), ([0.5, np.nan], r"pi\[1\] = nan"), ([0.0, 0.5], r"pi\[0\] = 0\.0")):
        with pytest.raises(ValueError, match=f"{said}.*不合格发现率"):
            population_rate([1, 0], pi)
    with pytest.raises(ValueError, match=r"pi\[1\] = 1\.5"):
        population_rate([1, 0], [0.5, 1.5])


def test_with_known_chances_targeting_is_undone() -> None:
    """10,000 units, 10 % bad, bad-looking ones drawn ten times as often: only the weighted rate is right."""
    chance = np.random.default_rng(8)
    risky = np.arange(10_000) < 2000
    good = chance.random(10_000) >= np.where(risky, 0.4, 0.025)
    pi = np.where(risky, 0.5, 0.05)
    drawn = chance.random(10_000) < pi
    raw = finding_rate(int((~good[drawn]).sum()), int(drawn.sum()))
    rate = population_rate(good[drawn], pi[drawn], stratum=risky[drawn])
    limits = rate.ci()
    assert raw.finding_rate > 0.25
    assert limits.low[0] < good.mean() < limits.high[0] and rate.label == "合格率" and rate.is_population_rate


def test_it_is_the_weighted_proportion() -> None:
    pi = np.array([0.1, 0.2, 0.5, 0.5, 0.4])
    rate, known = population_rate([1, 0, 1, 1, 0], pi), proportion([1, 0, 1, 1, 0], 1 / pi)
    assert_allclose([rate.p[0], rate.se[0]], [known.p[0], known.se[0]])


def test_bad_counts_are_named() -> None:
    with pytest.raises(ValueError, match="x = 3 exceeds n = 2"):
        finding_rate(3, 2)
