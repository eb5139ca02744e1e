"""The page of the package says what the code says: its examples run, its picture can be drawn."""

from __future__ import annotations

import doctest
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "docs/explanation/methods"


def test_the_examples_of_the_page_run() -> None:
    page = str(FOLDER / "estimation.md")
    failed, tried = doctest.testfile(
        page, module_relative=False, encoding="utf-8", optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert not failed and tried > 30


@pytest.mark.long
def test_the_picture_is_the_one_the_code_draws(tmp_path: Path) -> None:
    script = (
        f"import sys; sys.path.insert(0, {str(FOLDER / 'pictures')!r}); from pathlib import Path; "
        f"import estimation; estimation.draw(Path({str(tmp_path / 'again.svg')!r}))"
    )
    subprocess.run([sys.executable, "-B", "-c", script], check=True)
    assert (tmp_path / "again.svg").read_text() == (FOLDER / "estimation.svg").read_text()
