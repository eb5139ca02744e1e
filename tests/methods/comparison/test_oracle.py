"""Against pt13528, a careful program that does one round at a time, and against simulation and quadrature."""

from __future__ import annotations

import numpy as np
import pytest
from pt13528 import assigned_value, homogeneity, robust, scores

from qualitycity.methods.comparison import pairwise
from qualitycity.methods.comparison import precision as pr
from qualitycity.methods.comparison import proficiency as pt
from qualitycity.methods.comparison import robust as ours_robust


def data(kind: str) -> np.ndarray:
    rng = np.random.default_rng(135)
    found = rng.normal(10, 1, (120, 17))
    found[:, :2] += rng.normal(0, 8, (120, 2))
    if kind == "tied":
        found = found.round(1)
    if kind == "coarse":
        found = found.round(0) + 100
    if kind == "two camps":
        found = np.concatenate([found[:, 2:9], found[:, 2:9] + 9], axis=1).round(1)
    if kind == "missing":
        found[rng.random(found.shape) < 0.4] = np.nan
        found[:, :3] = rng.normal(size=(120, 3))
    if kind == "few":
        found = found[:, 2:5]
    return found


@pytest.mark.parametrize("kind", ["plain", "tied", "coarse", "two camps", "missing", "few"])
def test_every_estimate_is_that_of_pt13528(kind: str) -> None:
    many = data(kind)
    a, q, h, qn = pt.algorithm_a(many), pt.q_method(many), pt.q_hampel(many), pt.qn(many)
    for at, line in enumerate(many):
        x = line[~np.isnan(line)]
        theirs = robust.algorithm_a(x)
        assert a.location[at] == pytest.approx(theirs.location, rel=1e-12)
        assert a.scale[at] == pytest.approx(theirs.scale, rel=1e-12)
        assert bool(a.degenerate[at]) is theirs.degenerate and int(a.p[at]) == len(x)
        assert q[at] == pytest.approx(robust.q_method(x), rel=1e-12)
        assert h.location[at] == pytest.approx(robust.hampel(x, robust.q_method(x)), rel=1e-10)
        assert qn[at] == pytest.approx(robust.qn(x), rel=1e-12)


def test_the_q_method_with_replicates_is_that_of_pt13528() -> None:
    rng = np.random.default_rng(5)
    many = rng.normal(10, 1, (60, 9, 3)).round(1)
    many[rng.random(many.shape) < 0.3] = np.nan
    many[:, :4, 0] = 10.0 + rng.normal(size=(60, 4)).round(1)
    found = pt.q_hampel(many)
    for at, line in enumerate(many):
        labs = [lab[~np.isnan(lab)] for lab in line if not np.isnan(lab).all()]
        theirs = robust.q_hampel(labs)
        assert found.scale[at] == pytest.approx(theirs.scale, rel=1e-12)
        assert found.location[at] == pytest.approx(theirs.location, rel=1e-10)
        assert int(found.p[at]) == len(labs)


def test_replicates_of_one_are_no_replicates() -> None:
    many = data("tied")
    np.testing.assert_allclose(pt.q_method(many[:, :, None]), pt.q_method(many), rtol=1e-12)


def test_algorithm_s_is_that_of_pt13528() -> None:
    rng = np.random.default_rng(4)
    spreads = np.abs(rng.normal(size=(80, 12))) + rng.random((80, 1))
    spreads[::7, :9] = 0.0
    for nu in (1, 2, 9):
        found = pt.algorithm_s(spreads, nu)
        for at, line in enumerate(spreads):
            theirs = robust.algorithm_s(line, nu)
            assert found.scale[at] == pytest.approx(theirs.scale, rel=1e-9)
            assert bool(found.degenerate[at]) is theirs.degenerate


@pytest.mark.parametrize("method", ["algorithm_a", "q_hampel", "niqr", "made", "mean"])
def test_assigned_values_are_those_of_pt13528(method: str) -> None:
    many = data("plain")
    found = pt.assigned_value(many, method)
    name = "median" if method in ("niqr", "made") else method
    spread = method if name == "median" else "niqr"
    for at, line in enumerate(many):
        theirs = assigned_value.consensus(line, name, median_scale=spread)
        assert (found.x_pt[at], found.u_x_pt[at]) == pytest.approx((theirs.x_pt, theirs.u_x_pt), rel=1e-10)


def test_scores_are_those_of_pt13528() -> None:
    many = data("missing")
    rng = np.random.default_rng(9)
    x_pt, sigma, u_pt = rng.uniform(9, 11, 120), rng.uniform(0.5, 2, 120), rng.uniform(0.1, 0.9, 120)
    u = rng.uniform(0.1, 1, many.shape)
    found = pt.scores(many, x_pt, sigma, u_pt, u)
    for name, theirs in (
        ("z", lambda x, r, c: scores.z_score(x, x_pt[r], sigma[r])),
        ("z_prime", lambda x, r, c: scores.z_prime_score(x, x_pt[r], sigma[r], u_pt[r])),
        ("zeta", lambda x, r, c: scores.zeta_score(x, x_pt[r], u[r, c], u_pt[r])),
        ("En", lambda x, r, c: scores.en_score(x, x_pt[r], 2 * u[r, c], 2 * u_pt[r])),
        ("D_percent", lambda x, r, c: scores.percent_difference(x, x_pt[r])),
        ("PA", lambda x, r, c: scores.percent_allowed(x, x_pt[r], 3 * sigma[r])),
    ):
        ours = getattr(found, name)
        assert (np.isnan(ours) == np.isnan(many)).all()
        for r, c in np.argwhere(~np.isnan(many))[::11]:
            assert ours[r, c] == pytest.approx(theirs(many[r, c], r, c), rel=1e-12), name
    for z, said in zip(np.linspace(-4, 4, 81), pt.grade(np.linspace(-4, 4, 81)), strict=True):
        assert said == scores.classify_z(z)
    assert (found.use_prime == (u_pt >= 0.3 * sigma)).all()


def test_homogeneity_and_stability_are_those_of_pt13528() -> None:
    rng = np.random.default_rng(6)
    cells = rng.normal(10, 0.3, (40, 10, 3)) + rng.normal(0, 0.2, (40, 10, 1))
    found = pt.homogeneity(cells, 1.0)
    for at, one in enumerate(cells):
        theirs = homogeneity.homogeneity(one, 1.0)
        assert (found.s_x[at], found.s_w[at], found.s_s[at]) == pytest.approx((theirs.s_x, theirs.s_w, theirs.s_s))
        assert found.expanded_limit[at] == pytest.approx(theirs.expanded_criterion)
        assert bool(found.sufficient[at]) == theirs.sufficient
        assert bool(found.sufficient_expanded[at]) == theirs.sufficient_expanded
    moved = pt.stability(cells[:, 0], cells[:, 1], 1.0, 0.05, 0.1)
    for at, one in enumerate(cells):
        theirs = homogeneity.stability(one[0], one[1], 1.0, u_y1=0.05, u_y2=0.1)
        assert moved.difference[at] == pytest.approx(theirs.difference)
        assert moved.expanded_limit == pytest.approx(theirs.expanded_criterion)
        assert (bool(moved.stable[at]), bool(moved.stable_expanded[at])) == (theirs.stable, theirs.stable_expanded)


def test_the_compiled_loops_are_the_python_ones() -> None:
    many = data("tied")[:6]
    rows, counts, _ = ours_robust.sorted_rounds(many, "X", 1)
    middle = ours_robust._middle(rows, counts)
    for kernel, rest in (
        (ours_robust._algorithm_a, (middle, 1e-10, False, 1.134, 1000)),
        (ours_robust._algorithm_a, (middle, 0.0, True, 1.134, 1000)),
        (ours_robust._algorithm_s, (middle, 1e-10, 1.5, 1.05, 1000)),
        (pairwise._differences, ()),
    ):
        fast, plain = kernel(rows, counts, *rest), kernel.py_func(rows, counts, *rest)
        for one, other in zip(fast, plain, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-13)
    pairs = np.sort(pairwise._differences(rows, counts), axis=1)
    ones, total = np.ones_like(pairs), np.full(len(rows), pairs.shape[1] * 1.0)
    fast = pairwise._quarter_point(pairs, ones, total, np.full(len(rows), 1e-14))
    plain = pairwise._quarter_point.py_func(pairs, ones, total, np.full(len(rows), 1e-14))
    np.testing.assert_allclose(fast, plain, rtol=1e-13)
    units = rows - middle[:, None]
    corners = np.sort((units[:, :, None] + pairwise._CORNERS).reshape(len(rows), -1), axis=1)
    np.testing.assert_allclose(
        pairwise._nearest_root(units, corners, counts),
        pairwise._nearest_root.py_func(units, corners, counts),
        atol=1e-13,
    )


def test_the_loops_say_when_they_did_not_converge() -> None:
    rows, counts, _ = ours_robust.sorted_rounds(data("plain")[:3], "X", 1)
    middle = ours_robust._middle(rows, counts)
    assert not ours_robust._algorithm_a(rows, counts, middle, 1e-10, False, 1.134, 3)[3].any()
    assert not ours_robust._algorithm_s(rows, counts, middle, 1e-10, 1.5, 1.05, 1)[2].any()


@pytest.mark.parametrize(
    ("p", "one", "five"),
    # Printed in ISO 5725-2, the columns for two outlying values (after Grubbs and Beck, 1972)
    [(5, 0.0018, 0.0090), (6, 0.0116, 0.0349), (7, 0.0308, 0.0708), (8, 0.0563, 0.1101), (9, 0.0851, 0.1492)],
)
def test_the_computed_law_of_an_outlying_pair_gives_the_printed_table(p: int, one: float, five: float) -> None:
    assert float(pr.grubbs_critical(p, 0.01, "two")) == pytest.approx(one, abs=6e-5)
    assert float(pr.grubbs_critical(p, 0.05, "two")) == pytest.approx(five, abs=6e-5)


@pytest.mark.parametrize("p", [4, 10, 30])
def test_the_computed_law_of_an_outlying_pair_is_the_simulated_one(p: int) -> None:
    rng = np.random.default_rng(p)
    x = np.sort(rng.normal(size=(200_000, p)), axis=1)
    share = x[:, :-2].var(axis=1) * (p - 2) / (x.var(axis=1) * p)
    for probability in (0.005, 0.025, 0.5):
        g = pr.pair_critical(p, probability)
        assert pr.pair_probability(p, g) == pytest.approx(probability, abs=1e-6)
        error = (probability * (1 - probability) / len(x)) ** 0.5
        assert np.mean(share < g) == pytest.approx(probability, abs=4 * error)


def test_the_law_of_an_outlying_pair_is_a_probability() -> None:
    for p in (4, 5, 17, 60, 100):
        assert pr.pair_probability(p, 1.0) == pytest.approx(1.0, abs=3e-6)
        assert pr.pair_probability(p, 0.0) == pytest.approx(0.0, abs=1e-9)
