"""ISO 5725-2 beyond the printed examples: batches, pairs of outliers, the order of tests, no spread at all."""

from __future__ import annotations

import numpy as np
import pytest

from qualitycity.methods.comparison import precision as pr

NAN = float("nan")
QUIET = [[10.0, 10.1], [10.1, 10.0], [9.9, 10.0], [10.0, 9.9], [10.1, 10.1], [9.9, 9.8], [10.0, 10.2], [9.8, 9.9]]


def test_levels_in_batch_are_the_levels_one_by_one() -> None:
    rng = np.random.default_rng(1)
    cells = rng.normal(10, 1, (7, 9, 4))
    cells[rng.random(cells.shape) < 0.2] = np.nan
    whole, mandel, cochran = pr.precision(cells), pr.mandel(cells), pr.cochran(cells)
    high = pr.grubbs(np.nanmean(cells, axis=2)).high
    for at, one in enumerate(cells):
        single = pr.precision(one)
        assert (whole.m[at], whole.s_r[at], whole.s_R[at]) == (single.m, single.s_r, single.s_R)
        np.testing.assert_array_equal(mandel.k[at], pr.mandel(one).k)
        np.testing.assert_array_equal(mandel.k_critical[at], pr.mandel(one).k_critical)
        assert cochran.statistic[at] == pr.cochran(one).statistic
        assert high.p_value[at] == pr.grubbs(np.nanmean(one, axis=1)).high.p_value


def test_a_ragged_list_is_the_array_filled_up_with_nan() -> None:
    ragged = [[1.0, 1.2], [1.4, 1.5, 1.6], [0.9]]
    filled = [[1.0, 1.2, NAN], [1.4, 1.5, 1.6], [0.9, NAN, NAN]]
    assert float(pr.precision(ragged).s_R) == float(pr.precision(np.array(filled)).s_R)


def test_two_outlying_means_hide_each_other_and_the_pair_is_found() -> None:
    cells = [[value + shift for value in cell] for cell, shift in zip(QUIET, [0, 0, 3, 0, 3, 0, 0, 0], strict=True)]
    means = [np.mean(cell) for cell in cells]
    assert not [one for one in (pr.grubbs(means).high, pr.grubbs(means).low) if str(one.verdict) == "outlier"]
    found = pr.screen(cells)
    assert np.flatnonzero(~found.kept).tolist() == [2, 4]
    assert {entry.test for entry in found.log if entry.action == "excluded"} == {
        "Grubbs' test for two outlying values (7.3.4)"
    }


def test_an_outlier_at_either_end_is_found_one_after_the_other() -> None:
    more = [*QUIET, *QUIET]
    shifts = [0.0] * 16
    shifts[3], shifts[9] = 8.0, -6.0
    found = pr.screen([[value + shift for value in cell] for cell, shift in zip(more, shifts, strict=True)])
    assert [entry.lab for entry in found.log if entry.action == "excluded"] == [3, 9]


def test_cochran_is_repeated_until_no_outlier_is_left() -> None:
    cells = [list(cell) for cell in QUIET]
    cells[1][1], cells[6][1] = 19.0, 12.2
    found = pr.screen(cells)
    assert [(entry.lab, entry.test.split()[0]) for entry in found.log][:2] == [(1, "Cochran's"), (6, "Cochran's")]


def test_the_log_names_the_level() -> None:
    quiet, loud = [list(cell) for cell in QUIET], [list(cell) for cell in QUIET]
    loud[5] = [14.0, 14.1]
    found = pr.screen(np.array([quiet, loud, quiet]))
    assert {(entry.level, entry.lab) for entry in found.log if entry.action == "excluded"} == {(1, 5)}
    assert found.kept.shape == (3, 8) and found.after.p.tolist() == [8, 7, 8]


def test_cochran_takes_the_commonest_cell_size() -> None:
    cells = [[1.0, 1.1, 1.2], [1.0, 1.3, 1.1], [1.1, 1.2, 1.3], [1.0, 1.6]]
    assert float(pr.cochran(cells).straggler_limit) == float(pr.cochran_critical(4, 3, 0.05))
    assert float(pr.cochran(cells[1:] + [[1.0, 1.2]]).straggler_limit) == float(pr.cochran_critical(4, 2, 0.05))


@pytest.mark.parametrize("kind", ["one", "two"])
def test_equal_means_have_no_suspect_even_where_binary_numbers_differ(kind: str) -> None:
    means = [0.3, 0.1 + 0.2, 0.3, 0.6 / 2, 0.3]
    assert len(set(means)) > 1
    found = pr.grubbs(means, kind)
    for test in (found.high, found.low):
        assert np.isnan(test.statistic) and np.all(test.lab == -1) and str(test.verdict) == ""
    assert (pr.mandel([[value, value] for value in means]).h == 0).all()


def test_without_any_spread_nothing_is_screened() -> None:
    found = pr.screen([[5.0, 5.0]] * 5)
    assert found.kept.all() and not found.log
    assert float(found.after.s_R) == 0
    assert (pr.mandel([[5.0, 5.0]] * 5).k == 0).all()


def test_a_laboratory_with_one_result_counts_for_the_mean_and_not_for_repeatability() -> None:
    cells = [[1.0, 1.2], [1.4, 1.6], [0.9]]
    found = pr.precision(cells)
    assert float(found.s_r) == pytest.approx((0.02 + 0.02) ** 0.5 / 2**0.5) and int(found.n) == 5
    assert np.isnan(pr.mandel(cells).k[2]) and not np.isnan(pr.mandel(cells).h[2])


def test_false_alarms_of_the_pair_test_come_at_the_stated_rate() -> None:
    rng = np.random.default_rng(77)
    found = pr.grubbs(rng.normal(size=(2_000, 7)), "two")
    limit = float(pr.grubbs_critical(7, 0.05, "two"))
    assert np.mean(found.high.statistic < limit) == pytest.approx(0.025, abs=0.0105)
    assert ((found.high.p_value < 0.05) == (found.high.statistic < limit)).all()
