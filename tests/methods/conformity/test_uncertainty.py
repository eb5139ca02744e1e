"""Propagation: GUM H.1 and H.2, batches, degrees of freedom, simulation beside first order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, uniform

from qualitycity.methods.conformity.uncertainty import (
    expanded,
    monte_carlo,
    propagate,
    propagate_many,
    welch_satterthwaite,
)


@pytest.fixture(scope="module")
def golden(shared: Path) -> dict[str, Any]:
    return json.loads((shared / "golden/labstats/conformity/gum_examples.json").read_text())


# JCGM 100:2008, H.1: length of an end gauge in nm. Inputs: standard, three parts of the difference, differences of
# expansion and temperature, mean temperature, its cyclic variation.
H1_X = np.array([50_000_623.0, 215.0, 0.0, 0.0, 0.0, 0.0, 11.5e-6, -0.1, 0.0])
H1_U = [25.0, 5.8, 3.9, 6.7, 1e-6 / 3**0.5, 0.05 / 3**0.5, 2e-6 / 3**0.5, 0.2, 0.5 / 2**0.5]
H1_DOF = [18, 24, 5, 8, 50, 2, np.inf, np.inf, np.inf]


def gauge(x: Any) -> Any:
    ls, d1, d2, d3, d_alpha, d_theta, alpha, theta, cycle = (x[..., i] for i in range(9))
    return ls + d1 + d2 + d3 - ls * (d_alpha * (theta + cycle) + alpha * d_theta)


# H.2: resistance, reactance, impedance from voltage, current, phase.
RAW = np.array(
    [
        [5.007, 4.994, 5.005, 4.990, 4.999],
        [19.663e-3, 19.639e-3, 19.640e-3, 19.685e-3, 19.678e-3],
        [1.0456, 1.0438, 1.0468, 1.0428, 1.0433],
    ]
)


def impedance(x: Any) -> Any:
    ratio = x[..., 0] / x[..., 1]
    return np.stack([ratio * np.cos(x[..., 2]), ratio * np.sin(x[..., 2]), ratio], axis=-1)


def test_gum_h1(golden: dict[str, Any]) -> None:
    due = golden["H1_GTC"]
    found = propagate(gauge, H1_X, H1_U, dof=H1_DOF, jac="complex step")
    assert found.y == pytest.approx(due["value_nm"], rel=1e-12)
    assert found.u == pytest.approx(due["u_nm"], rel=1e-9)
    assert found.dof == pytest.approx(due["dof"], rel=1e-9)
    wide = expanded(found.u, found.dof, 0.99)
    assert float(wide.U) == pytest.approx(due["U99_nm"], rel=1e-9)
    differences = propagate(gauge, H1_X, H1_U, dof=H1_DOF)
    assert differences.u == pytest.approx(due["u_nm"], rel=1e-8)


def test_gum_h1_cuts_the_degrees_of_freedom_for_its_table(golden: dict[str, Any]) -> None:
    """Pitfall 11: 16.75 is cut to 16, which gives the printed 93 nm; uncut it is 91.9 nm."""
    found = propagate(gauge, H1_X, H1_U, dof=H1_DOF, jac="complex step")
    assert found.dof is not None
    cut = welch_satterthwaite(found.c * H1_U * np.sign(found.c * H1_U), H1_DOF, truncate=True)
    assert (cut, round(float(found.dof), 2)) == (16, 16.75)
    assert round(float(expanded(32.0, cut, 0.99).U)) == 93
    assert round(float(expanded(found.u, found.dof, 0.99).U), 1) == 91.9


def test_gum_h2_with_rounded_inputs(golden: dict[str, Any]) -> None:
    corr = np.array([[1, -0.36, 0.86], [-0.36, 1, -0.65], [0.86, -0.65, 1]])
    x, u = [4.9990, 19.6610e-3, 1.04446], [0.0032, 0.0095e-3, 0.00075]
    found = propagate_many(impedance, x, u, corr, jac="complex step")
    for name in ("H2_GTC", "H2_uncertainties"):
        due = golden[name]
        assert found.y == pytest.approx([due[key][0] for key in "RXZ"], rel=1e-9)
        assert found.u == pytest.approx([due[key][1] for key in "RXZ"], rel=1e-9)
        pairs = [found.corr[0, 1], found.corr[0, 2], found.corr[1, 2]]
        assert pairs == pytest.approx([due[key] for key in ("r_RX", "r_RZ", "r_XZ")], rel=1e-9)
    one = propagate(lambda x: impedance(x)[..., 1], x, u, corr)
    assert one.u == pytest.approx(found.u[1], rel=1e-8)


def test_gum_h2_needs_the_raw_data_for_its_printed_correlations() -> None:
    """Pitfall 11: r(R, X) is -0.588 from the readings and -0.591 from rounded u and r."""
    u = RAW.std(axis=1, ddof=1) / 5**0.5
    found = propagate_many(impedance, RAW.mean(axis=1), u, np.corrcoef(RAW))
    assert found.y.round(3).tolist() == [127.732, 219.847, 254.260]
    assert round(float(found.u[1]), 4) == 0.2956  # printed cut to 0.295
    assert round(float(found.corr[0, 1]), 3) == -0.588
    assert round(float(found.corr[0, 2]), 3) == -0.485
    assert round(float(found.corr[1, 2]), 3) == 0.993


def test_welch_satterthwaite_refuses_correlated_inputs() -> None:
    """Pitfall 12."""
    corr = [[1.0, 0.1], [0.1, 1.0]]
    with pytest.raises(ValueError, match="corr: the Welch-Satterthwaite formula does not hold"):
        welch_satterthwaite([1.0, 1.0], [5, 5], corr=corr)
    with pytest.raises(ValueError, match="does not hold"):
        propagate(lambda x: x.sum(axis=-1), [1.0, 2.0], [0.1, 0.1], corr, dof=[5, 5])
    assert welch_satterthwaite([1.0, 1.0], [5, 5], corr=np.eye(2)) == pytest.approx(10)


def test_welch_satterthwaite_ends() -> None:
    assert welch_satterthwaite([1.0, 0.0], [7, 3], truncate=True) == 7
    assert np.isinf(welch_satterthwaite([1.0, 2.0], [np.inf, np.inf]))
    assert np.isinf(welch_satterthwaite([0.0, 0.0], [4, 4]))
    assert expanded(1.0, np.inf, 0.95).k == pytest.approx(norm.ppf(0.975), rel=1e-12)


@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=6), st.floats(0.01, 100))
def test_degrees_of_freedom_lie_between_the_least_and_the_sum_and_know_no_unit(parts: list[float], unit: float) -> None:
    nu = np.arange(2.0, 2.0 + len(parts))
    found = welch_satterthwaite(parts, nu)
    assert nu.min() * (1 - 1e-12) <= found <= nu.sum() * (1 + 1e-12)
    assert welch_satterthwaite(np.array(parts) * unit, nu) == pytest.approx(float(found), rel=1e-12)
    assert welch_satterthwaite(parts[::-1], nu[::-1]) == pytest.approx(float(found), rel=1e-12)


# -- batches and derivatives


def bent(x: Any) -> Any:
    return np.exp(x[..., 0]) * x[..., 1] ** 2 / (1 + x[..., 2])


def bent_jac(x: Any) -> Any:
    y = bent(x)
    return np.stack([y, 2 * y / x[..., 1], -y / (1 + x[..., 2])], axis=-1)


def test_a_batch_equals_its_rows_for_every_way_to_differentiate() -> None:
    rng = np.random.default_rng(3)
    x, u = rng.uniform(0.5, 2, (50, 3)), rng.uniform(0.001, 0.1, (50, 3))
    corr = np.array([[1, 0.3, 0], [0.3, 1, -0.2], [0, -0.2, 1]])
    exact = propagate(bent, x, u, corr, jac=bent_jac)
    for jac in (None, "complex step"):
        found = propagate(bent, x, u, corr, jac=jac)  # type: ignore[arg-type]
        assert found.c == pytest.approx(exact.c, rel=1e-10)
        assert found.u == pytest.approx(exact.u, rel=1e-10)
        assert found.method != exact.method
    rows = [propagate(bent, x[i], u[i], corr, jac=bent_jac) for i in range(50)]
    assert np.array([row.u for row in rows]) == pytest.approx(exact.u, rel=1e-13)
    straight = propagate(lambda x: x.sum(axis=-1), x, u, jac=lambda x: np.ones(3))  # one row of derivatives for all
    assert straight.c.shape == (50, 3) and straight.u == pytest.approx(np.hypot.reduce(u, axis=1), rel=1e-14)
    dofs = propagate(bent, x, u, dof=np.full((50, 3), 9.0)).dof
    assert dofs is not None and dofs.shape == (50,)
    many = propagate_many(lambda x: np.stack([bent(x), x[..., 0]], axis=-1), x, u, corr)
    assert many.u[:, 0] == pytest.approx(exact.u, rel=1e-9)
    assert many.corr.shape == (50, 2, 2)


@given(st.floats(1e-6, 1e6))
def test_the_unit_of_an_input_does_not_matter(unit: float) -> None:
    x, u = np.array([1.2, 0.7, 0.4]), np.array([0.05, 0.02, 0.01])
    scale = np.array([1.0, unit, 1.0])
    found = propagate(lambda x: bent(x / scale), x * scale, u * scale)
    assert found.u == pytest.approx(propagate(bent, x, u).u, rel=1e-9)


def test_an_input_without_uncertainty_counts_as_a_constant() -> None:
    found = propagate(bent, [0.0, 2.0, 0.0], [0.0, 0.1, 0.0])
    assert found.c == pytest.approx(bent_jac(np.array([0.0, 2.0, 0.0])), rel=1e-9)
    assert found.u == pytest.approx(0.4, rel=1e-9)


def test_full_correlation_cancels_to_zero_not_to_nan() -> None:
    found = propagate(lambda x: x[..., 0] - x[..., 1], [1.0, 1.0], [0.1, 0.1], [[1, 1], [1, 1]], jac="complex step")
    assert found.u == 0


# -- simulation


def test_simulation_agrees_with_first_order_where_the_model_is_straight() -> None:
    rng = np.random.default_rng(11)
    found = monte_carlo(lambda x: 2 * x[..., 0] - x[..., 1], [norm(3, 0.1), norm(1, 0.2)], 200_000, rng)
    due = propagate(lambda x: 2 * x[..., 0] - x[..., 1], [3.0, 1.0], [0.1, 0.2])
    assert found.u == pytest.approx(float(due.u), rel=0.01)
    assert found.high - found.low == pytest.approx(2 * 1.96 * float(due.u), rel=0.01)
    assert np.mean((found.draws >= found.low) & (found.draws <= found.high)) == pytest.approx(0.95, abs=1e-4)


def test_the_shortest_interval_is_the_shorter_one_for_a_skewed_output() -> None:
    ways = [
        monte_carlo(lambda x: x[..., 0] ** 2, [uniform(0, 1)], 50_000, np.random.default_rng(5), way)
        for way in ("probabilistic", "shortest")
    ]
    assert ways[1].high - ways[1].low < ways[0].high - ways[0].low
    assert ways[1].low < 1e-6 and ways[0].low == pytest.approx(0.025**2, rel=0.2)
    again = monte_carlo(lambda x: x[..., 0] ** 2, [uniform(0, 1)], 50_000, np.random.default_rng(5))
    assert again.low == ways[0].low  # the generator decides, nothing else


def plus(x: Any) -> Any:
    return x.sum(axis=-1)


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda: propagate(plus, [1.0], [-1.0]), r"u\[0\]: -1.0 must be not negative"),
        (lambda: propagate(plus, [np.nan], [1.0]), r"x\[0\]: nan is not finite"),
        (lambda: propagate(plus, [[[1.0]]], [1.0]), "x: shape"),
        (lambda: propagate(plus, [1.0, 2.0], [1.0, 1.0, 1.0]), "shape"),
        (lambda: propagate(plus, [1.0], [[1.0], [1.0]]), "u: shape"),
        (lambda: propagate(lambda x: x, [1.0], [1.0]), "see propagate_many"),
        (lambda: propagate_many(lambda x: 1.0, [[1.0]], [1.0]), "last axis"),
        (lambda: propagate(lambda x: np.log(x[..., 0] - 5), [5.0], [1.0]), "f"),
        (lambda: propagate(plus, [1.0], [1.0], jac="backward"), "jac: 'backward'"),  # type: ignore[arg-type]
        (lambda: propagate(plus, [1.0, 2.0], [1.0, 1.0], jac=lambda x: np.ones(3)), "shape|jac: it returns"),
        (lambda: propagate(plus, [1.0], [1.0], jac=lambda x: np.ones((2, 1))), r"jac: it returns \(2, 1\), not \(1,\)"),
        (lambda: propagate(lambda x: abs(x[..., 0]), [1.0], [1.0], jac="complex step"), "jac: the model returns real"),
        (lambda: propagate(plus, [1.0, 1.0], [1.0, 1.0], [[1.0]]), "corr: shape"),
        (lambda: propagate(plus, [1.0, 1.0], [1.0, 1.0], [[1, 0.5], [0.4, 1]]), "differs across the diagonal"),
        (lambda: propagate(plus, [1.0, 1.0], [1.0, 1.0], [[2, 0.5], [0.5, 1]]), "on the diagonal is not 1"),
        (lambda: propagate(plus, [1.0, 1.0], [1.0, 1.0], [[1, 1.5], [1.5, 1]]), "there are no such correlations"),
        (lambda: propagate(plus, [1.0], [1.0], dof=[0]), r"dof|nu_i"),
        (lambda: expanded(1.0, 5, 95), "level: 95"),
        (lambda: expanded(1.0, -5, 0.95), "dof: -5.0 must be positive or infinite"),
        (lambda: monte_carlo(plus, [norm()], 100, np.random.default_rng(1)), "m: 100 draws are too few"),
        (lambda: monte_carlo(plus, [norm()], 10_000, np.random.default_rng(1), "widest"), "interval"),  # type: ignore[arg-type]
        (lambda: monte_carlo(plus, [norm()], 10_000, np.random.default_rng(1), level=0), "level"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_bad_arguments_are_named(call: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        call()


def test_rounded_correlations_that_make_a_variance_negative_are_refused() -> None:
    corr = np.array([[1, 0.999, 0.999], [0.999, 1, 0.99], [0.999, 0.99, 1]])
    x, u = [0.0, 0.0, 0.0], [2.0, 1.0, 1.0]
    assert np.linalg.eigvalsh(corr)[0] < 0
    with pytest.raises(ValueError, match="would be a variance"):
        propagate(lambda x: x[..., 0] - x[..., 1] - x[..., 2], x, u, corr, jac="complex step")
