"""The page about comparison shows what the code does."""

from __future__ import annotations

import doctest
import importlib.util
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "explanation" / "methods"


def test_the_examples_of_the_page_run_as_printed() -> None:
    failed, tried = doctest.testfile(str(FOLDER / "comparison.md"), module_relative=False, encoding="utf-8")
    assert tried > 30
    assert failed == 0


def test_the_picture_is_the_one_the_code_draws(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("picture", FOLDER / "pictures" / "comparison.py")
    assert spec
    assert spec.loader
    picture = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(picture)
    picture.draw(tmp_path / "drawn.svg")
    drawn, kept = (tmp_path / "drawn.svg").read_text(), (FOLDER / "comparison.svg").read_text()
    texts = [line.split(">")[1] for line in kept.splitlines() if "<text" in line]
    assert len(texts) > 30 and all(text in drawn for text in texts)
    assert drawn.count("<path") == kept.count("<path")
