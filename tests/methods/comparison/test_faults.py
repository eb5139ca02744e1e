"""Impossible input is refused with the name of the argument and the value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from qualitycity.methods.comparison import precision as pr
from qualitycity.methods.comparison import product
from qualitycity.methods.comparison import proficiency as pt

NAN, INF = float("nan"), float("inf")
CELLS = [[1.0, 1.1], [1.2, 1.1], [1.0, 0.9], [1.1, 1.1]]
FLAT = pt.Robust(*(np.array([one]) for one in (1.0, 1.0, 3, 9, False, False)), method="none")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: pt.algorithm_a([1.0, INF]), r"X is infinite at \(1,\)"),
        (lambda: pt.algorithm_a(["1.0", "2.0"]), "X must hold numbers"),
        (lambda: pt.algorithm_a([True, False]), "X must hold numbers, not bool"),
        (lambda: pt.algorithm_a([[1.0, 2.0], [3.0]]), "X is ragged"),
        (lambda: pt.algorithm_a(np.zeros((2, 2, 2))), r"X must have the shape \[p\] or \[R, p\], not \(2, 2, 2\)"),
        (lambda: pt.algorithm_a([[1.0, 2.0], [NAN, NAN]]), r"X has fewer than 1 results in round \(1,\)"),
        (lambda: pt.algorithm_a([1.0, 2.0], tol="sig3"), "tol must be a positive number or \"iso2022\", not 'sig3'"),
        (lambda: pt.algorithm_a([1.0, 2.0], tol=0.0), "tol must be positive, not 0.0"),
        (lambda: pt.algorithm_a([1.0, 2.0], factor=-1.0), "factor must be positive, not -1.0"),
        (lambda: pt.algorithm_s([1.0, -2.0], 1), "W must not be negative, not -2.0"),
        (lambda: pt.algorithm_s([1.0, 2.0], 11), "nu = 11 is beyond Table C.1"),
        (lambda: pt.algorithm_s([1.0, 2.0], 0), "nu must be a positive integer, not 0"),
        (lambda: pt.algorithm_s([1.0, 2.0], 1, factors="mine"), "source must be .* not 'mine'"),
        (lambda: pt.qn([1.0]), "X has fewer than 2 results"),
        (lambda: pt.q_method([1.0, NAN]), "X has fewer than 2 results"),
        (lambda: pt.q_method([[[1.0, 2.0], [NAN, NAN]]]), r"X has fewer than 2 results in round \(0,\)"),
        (lambda: pt.hampel([1.0, 2.0], -1.0), "scale must not be negative, not -1.0"),
        (lambda: pt.hampel([[1.0, 2.0]], [1.0, 2.0]), "scale must be one number or one for each of 1 rounds"),
        (lambda: pt.hampel([1.0, 2.0], NAN), "scale must be one number"),
        (lambda: pt.assigned_value([1.0, 2.0], "median"), "method must be one of .* not 'median'"),
        (lambda: pt.scores([1.0], 1.0, 0.0), "sigma_pt must be positive, not 0.0"),
        (lambda: pt.scores([[1.0, 2.0]], [1.0, 2.0]), r"x_pt must be one number or one a round \(1,\), not \(2,\)"),
        (lambda: pt.scores([1.0, 2.0], 1.0, u_x_pt=0.0, u_x=[0.0, 1.0]), r"both 0 at \(0,\)"),
        (lambda: pt.scores([1.0, 2.0], 1.0, u_x_pt=0.1, u_x=[0.1]), "u_x must be one number or have the shape of x"),
        (lambda: pt.grade_en(1.0, standard="mine"), "standard must be one of"),
        (lambda: pt.horwitz(1.2), "c must be a mass fraction of at most 1, not 1.2"),
        (lambda: pt.sigma_from_precision(1.0, 2.0, 2), "sigma_r exceeds sigma_R"),
        (lambda: pt.sigma_from_precision(2.0, 1.0, 0), "m must be a positive integer, not 0"),
        (lambda: pt.sigma_from_results(FLAT), r"did not converge in round \(0,\)"),
        (lambda: pt.homogeneity([[1.0, 2.0]], 1.0), r"cells must have the shape .* not \(1, 2\)"),
        (lambda: pt.homogeneity([[1.0, 2.0], [1.0, NAN]], 1.0), r"cells has missing values at \(1, 1\)"),
        (lambda: pt.homogeneity(np.ones((2, 3, 2)), [1.0]), r"sigma_pt must be one number or \(2,\)"),
        (lambda: pt.expanded_factors(1), "g must be an integer of at least 2, not 1"),
        (lambda: pt.stability([], [1.0], 1.0), "y1 needs at least one result"),
        (lambda: pt.stability([1.0], [1.0], 1.0, u1=0.1), "u2 is missing"),
        (lambda: pt.padded([1.0, [2.0]]), "ragged mixes numbers and sequences"),
        (lambda: pt.padded([[1.0], [[2.0]]]), "ragged has parts of different depth"),
        (lambda: pr.precision([[1.0], [2.0]]), r"cells has no replicate in level \(0,\)"),
        (lambda: pr.precision([[1.0, 2.0], []]), "cells has fewer than 2 laboratories"),
        (lambda: pr.precision([1.0, 2.0]), r"cells must have the shape .* not \(2,\)"),
        (lambda: pr.cochran([[1.0, 2.0], [1.0]]), "cells needs 2 laboratories with replicates"),
        (lambda: pr.grubbs([1.0, 2.0]), "values has fewer than 3 results"),
        (lambda: pr.grubbs([1.0, 2.0, 3.0], "two"), "values has fewer than 4 results"),
        (lambda: pr.grubbs([1.0, 2.0, 3.0], "three"), 'kind must be "one" or "two"'),
        (lambda: pr.grubbs_critical(8, 0.05, "three"), 'kind must be "one" or "two"'),
        (lambda: pr.grubbs_critical(8, 1.5), "alpha must lie between 0 and 1, not 1.5"),
        (lambda: pr.grubbs_critical(2, 0.05), "p must be an integer of at least 3, not 2"),
        (lambda: pr.cochran_critical(8, 2.5, 0.05), "n must be an integer of at least 2, not 2.5"),
        (lambda: product.compare(CELLS[:2]), "values needs at least 3 products"),
        (lambda: product.compare([*CELLS, [NAN, NAN]]), r"without result: \(0, 4\)"),
        (lambda: product.compare([[1.0], [2.0], [3.0]]), "no replicate"),
        (lambda: product.compare(CELLS, direction="best"), "direction must be one of"),
        (lambda: product.compare(CELLS, direction="target"), 'target is missing for direction "target" in item'),
        (lambda: product.compare(CELLS, target=1.0), "target is given but no direction"),
        (lambda: product.compare(CELLS, u=[0.1]), "u must be one number"),
        (lambda: product.compare(CELLS, u=-0.1), "u must not be negative"),
        (lambda: product.compare(CELLS, level=1.0), "level must lie between 0 and 1, not 1.0"),
        (lambda: product.gap(product.compare(CELLS), [1.0]), "benchmark must be one number"),
        (lambda: product.gap(product.compare(CELLS, direction="target", target=1.0), 1.0), "target"),
        (
            lambda: product.public_table(product.compare(CELLS), ["a", "a", "b", "c"], "pH"),
            "labels must be 4",
        ),
        (lambda: product.public_table(product.compare([CELLS]), list("abcd"), "pH"), "one item alone"),
        (lambda: product.design(["a"], 2, np.random.default_rng(1)), "products must be at least two different names"),
        (lambda: product.design(["a", "b", "a"], 2, np.random.default_rng(1)), r"repeated: \['a'\]"),
        (
            lambda: product.design(["a", "b"], 1, np.random.default_rng(1)),
            "replicates must be an integer",
        ),
        (lambda: product.design(list("abcdef"), 2, np.random.default_rng(1), digits=2), "digits = 2 gives too few"),
    ],
)
def test_impossible_input_is_named(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call()


def test_all_faults_of_opened_results_are_named_at_once() -> None:
    one = product.design(["a", "b"], 2, np.random.default_rng(3))
    values = dict.fromkeys(one.sheet, 1.0)
    gone = [values.popitem()[0] for _ in range(2)]
    values["wrong"] = 1.0
    with pytest.raises(ValueError, match="unknown codes: wrong; codes without result: ") as caught:
        one.opened(values)
    assert all(code in str(caught.value) for code in gone)


def test_many_faulty_places_are_counted() -> None:
    with pytest.raises(ValueError, match=r"\(0,\), \(1,\).*20 in all"):
        pt.median([INF] * 20)
