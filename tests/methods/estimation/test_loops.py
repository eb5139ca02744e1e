"""The compiled passes give what the same lines give uncompiled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qualitycity.methods.estimation import _loops


def arguments() -> dict[str, tuple[Any, ...]]:
    chance = np.random.default_rng(6)
    y, w, domain = (chance.random(200) < 0.7).astype(float), chance.uniform(1, 5, 200), chance.integers(0, 7, 200)
    domain = domain.astype(np.intp)
    return {
        "sound": (y, w, True),
        "tally": (y, w, domain, 7),
        "residuals": (y, w, domain, chance.random(7), chance.uniform(50, 90, 7)),
        "squares": (y, domain, chance.integers(60, 90, 7).astype(float)),
    }


@pytest.mark.parametrize("name", ["sound", "tally", "residuals", "squares"])
def test_compiled_and_plain_agree(name: str) -> None:
    function, values = getattr(_loops, name), arguments()[name]
    compiled, plain = function(*values), function.py_func(*values)
    if name == "residuals":
        compiled, plain = (compiled,), (plain,)
    for one, other in zip(compiled, plain, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-13)


@pytest.mark.parametrize("function", [_loops.sound, _loops.sound.py_func])
def test_impossible_rows_are_seen(function: Any) -> None:
    one, nan, inf = np.ones(1), np.array([np.nan]), np.array([np.inf])
    assert function(one, one, True) == (True, False)
    assert function(nan, one, True) == (True, True)
    assert not function(2 * one, one, True)[0] and function(2 * one, one, False)[0]
    assert not function(inf, one, False)[0]
    for bad in (0 * one, -one, nan, inf):
        assert not function(one, bad, True)[0]
