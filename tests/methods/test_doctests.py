"""Every example in the mathematics runs, and the whole library comes in light."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import subprocess
import sys

import pytest

import qualitycity.methods

# Read by the lottery's own tests: a single file that runs by itself.
APART = {"qualitycity.methods.lottery.verify_draw"}
MODULES = sorted(
    found.name for found in pkgutil.walk_packages(qualitycity.methods.__path__, "qualitycity.methods.")
)  # fmt: skip


@pytest.mark.parametrize("name", [name for name in MODULES if name not in APART])
def test_the_examples_of(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0


def test_there_are_examples() -> None:
    """A runner that finds nothing would be green for ever."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [one for name in MODULES for one in finder.find(importlib.import_module(name)) if one.examples]
    assert len(found) > 20


def test_the_library_pulls_in_no_web_framework_and_is_quick() -> None:
    script = (
        "import sys, time; start = time.process_time(); import qualitycity.methods; took = time.process_time() - start;"
        "print(took, [name for name in ('django', 'duckdb', 'ortools', 'pandas') if name in sys.modules])"
    )
    took, pulled = subprocess.check_output([sys.executable, "-c", script], text=True).split(" ", 1)
    assert pulled.strip() == "[]" and float(took) < 0.5
