"""Every page about the mathematics shows what the code does: its examples run, its picture is what its script draws."""

from __future__ import annotations

import doctest
import re
import runpy
from pathlib import Path

import pytest

PAGES = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "methods"
PACKAGES = Path(__file__).resolve().parents[2] / "src" / "qualitycity" / "methods"
NAMES = sorted(path.stem for path in PAGES.glob("*.md"))
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def test_every_package_has_its_page_and_picture() -> None:
    packages = sorted(path.parent.name for path in PACKAGES.glob("*/__init__.py"))
    assert packages == NAMES == sorted(path.stem for path in PAGES.glob("*.svg"))


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_a_page_run_as_printed(name: str) -> None:
    page = str(PAGES / f"{name}.md")
    found = doctest.testfile(page, module_relative=False, encoding="utf-8", optionflags=FLAGS)
    assert found.attempted > 5 and found.failed == 0


def shape(svg: str) -> tuple[int, list[str]]:
    """How many lines a picture has and what is written in it; the last digits of coordinates may differ."""
    return svg.count("<path"), re.findall(r"<text[^>]*>([^<]*)<", svg)


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_is_what_the_code_draws(name: str, tmp_path: Path) -> None:
    runpy.run_path(str(PAGES / "pictures" / f"{name}.py"))["draw"](tmp_path / "again.svg")
    assert shape((tmp_path / "again.svg").read_text()) == shape((PAGES / f"{name}.svg").read_text())
