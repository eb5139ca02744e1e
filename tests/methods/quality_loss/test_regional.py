"""Rates of regions, and what may be published of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualitycity.methods.quality_loss.disclosure import DisclosureRule, publish
from qualitycity.methods.quality_loss.filings import Filings
from qualitycity.methods.quality_loss.rates import loss_rates
from qualitycity.methods.quality_loss.regional import regional

from .tables import table

RULE = DisclosureRule(min_firms=3, max_share=0.7)


def test_a_region_is_the_sum_of_losses_over_the_sum_of_output_never_the_mean_of_rates() -> None:
    filings = table(3, scrap=[1, 40, 0], output=[10, 8000, 0])
    found = regional(filings, ["east"] * 3)
    assert found.rates.f.tolist() == [41 / 8010]
    assert np.nanmean(loss_rates(filings).f) == pytest.approx(0.0525)  # ten times too much
    assert (found.firms.tolist(), found.not_applicable.tolist()) == ([2], [1])
    assert found.total.f == 41 / 8010


def test_losses_of_a_firm_without_output_stand_outside_the_rate() -> None:
    found = regional(table(2, scrap=[1, 99], output=[100, 0]), ["east", "east"])
    assert found.rates.f.tolist() == [0.01]


def test_a_group_that_stands_still_has_no_rate() -> None:
    found = regional(table(2, output=[0, 100]), ["idle", "east"])
    assert found.group.tolist() == ["east", "idle"]
    assert np.isnan(found.rates.f[1]) and found.rates.f[0] == 0


def test_twelve_filings_of_one_firm_are_one_firm() -> None:
    filings = table(12, firm=["A"] * 12, period=np.arange(12), scrap=1.0)
    found = regional(filings, ["east"] * 12)
    assert (found.firms.tolist(), found.largest_share.tolist()) == ([1], [1.0])
    assert publish(filings, ["east"] * 12, RULE).status.tolist() == ["too few firms"]


def test_a_shape_that_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match=r"group: shape \(1,\) where there are 2"):
        regional(table(2), ["east"])


# -- disclosure


def test_few_firms_and_one_that_dominates_are_withheld() -> None:
    groups = ["few"] * 2 + ["big"] * 3 + ["loss"] * 3 + ["open"] * 4
    output = [100, 100, 800, 100, 100, 100, 100, 100, 500, 500, 500, 500]
    scrap = [1, 1, 1, 1, 1, 8, 1, 1, 1, 1, 1, 1]
    found = publish(table(12, output=output, scrap=scrap), groups, RULE)
    status = dict(zip(found.group.tolist(), found.status.tolist(), strict=True))
    assert status == {
        "few": "too few firms",
        "big": "one firm dominates",
        "loss": "one firm dominates",
        "open": "published",
    }
    hidden = found.status != "published"
    for part in (found.rates.ci, found.rates.ce, found.rates.output, found.rates.f):
        assert np.isnan(part[hidden]).all() and not np.isnan(part[~hidden]).any()
    assert (found.firms[hidden] == 0).all()
    assert found.total_status == "published"


def test_a_share_of_exactly_the_limit_may_be_published() -> None:
    for unit in (0.1, 1.0, 3.0):
        filings = table(3, output=np.array([70, 20, 10]) * unit, scrap=unit)
        assert publish(filings, ["a"] * 3, RULE).status.tolist() == ["published"]


def test_a_single_withheld_cell_takes_the_smallest_other_with_it() -> None:
    """Else it would be the total less the rest."""
    groups = ["few"] * 2 + ["small"] * 3 + ["large"] * 3
    found = publish(table(8, output=[100.0] * 5 + [900.0] * 3, scrap=1.0), groups, RULE)
    status = dict(zip(found.group.tolist(), found.status.tolist(), strict=True))
    assert status == {"few": "too few firms", "small": "withheld for another cell", "large": "published"}


def test_without_another_cell_the_total_is_withheld() -> None:
    found = publish(table(2, scrap=1.0), ["a", "b"], RULE)
    assert found.total_status == "too few firms"
    assert np.isnan(found.total.f)
    lone = publish(table(5, output=[900, 20, 20, 30, 30], scrap=1.0), ["a"] * 5, RULE)
    assert lone.total_status == "one firm dominates"


def test_a_cell_without_output_hides_nothing() -> None:
    filings = table(4, output=[0, 100, 100, 100], scrap=[0, 1, 1, 1])
    found = publish(filings, ["idle", "east", "east", "east"], RULE)
    assert found.status.tolist() == ["published", "too few firms"]
    assert found.total_status == "published"


def test_bad_rules_are_named() -> None:
    with pytest.raises(ValueError, match="min_firms: 0"):
        DisclosureRule(0, 0.7)
    with pytest.raises(ValueError, match="max_share: 70"):
        DisclosureRule(3, 70)


def _reveals(filings: Filings, groups: np.ndarray, rows: np.ndarray) -> bool:
    """Whether a sum over these filings would break the rule, reckoned the slow way."""
    running = rows & (filings.output > 0)
    firms = set(filings.firm[running].tolist())
    if not firms:
        return False
    for amount in (filings.ci + filings.ce, filings.output):
        whole = amount[running].sum()
        parts = [amount[running & (filings.firm == firm)].sum() for firm in firms]
        if whole > 0 and max(parts) > RULE.max_share * whole + 1e-9:
            return True
    return len(firms) < RULE.min_firms


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 12), st.integers(0, 9), st.integers(0, 5)), min_size=1, max_size=30
    )
)
def test_nothing_published_shows_a_firm_not_even_by_subtraction(rows: list[tuple[int, int, int, int]]) -> None:
    group, firm, output, scrap = np.array(rows).T
    filings = table(
        len(rows), firm=firm.astype(str), period=np.arange(len(rows)), output=output * 10.0, scrap=scrap * 1.0
    )
    found = publish(filings, group, RULE)
    shown = found.status[np.searchsorted(found.group, group.astype(str))] == "published"
    for name in found.group[found.status == "published"]:
        assert not _reveals(filings, group, group.astype(str) == name)
    if found.total_status == "published":
        assert not _reveals(filings, group, np.ones(len(rows), dtype=bool))
        assert not _reveals(filings, group, ~shown)
        assert found.total.output == filings.output.sum()


@given(st.permutations(range(9)))
def test_the_order_of_the_rows_does_not_matter(order: list[int]) -> None:
    output = np.array([5, 5, 5, 7, 7, 7, 9, 9, 100]) * 10.0
    group = np.array(list("aaabbbccd"))
    straight = publish(table(9, output=output, scrap=1.0), group, RULE)
    firm = np.array([f"F{row:02d}" for row in range(9)])
    mixed = publish(table(9, firm=firm[order], output=output[order], scrap=1.0), group[order], RULE)
    assert mixed.status.tolist() == straight.status.tolist()
    assert np.array_equal(mixed.rates.f, straight.rates.f, equal_nan=True)
