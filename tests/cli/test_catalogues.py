"""Message catalogues are compiled in Python, and their faults are named."""

from __future__ import annotations

import gettext
from pathlib import Path

import pytest

from qualitycity.cli import catalogues
from qualitycity.kernel.console import VerbError

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'


def app(root: Path, body: str) -> Path:
    place = root / "app" / "locale" / "en" / "LC_MESSAGES"
    place.mkdir(parents=True, exist_ok=True)
    (place / "django.po").write_text(HEAD + body)
    return place


def test_compiled_once_and_read_by_gettext(tmp_path: Path) -> None:
    place = app(tmp_path, '\nmsgid "摇号"\nmsgstr "Draw"\n')
    assert catalogues.compile_all(tmp_path) == 1
    assert catalogues.compile_all(tmp_path) == 0
    with (place / "django.mo").open("rb") as handle:
        assert gettext.GNUTranslations(handle).gettext("摇号") == "Draw"
    assert [path.name for path in place.iterdir() if path.suffix == ".part"] == []


def test_every_fault_is_named(tmp_path: Path) -> None:
    app(
        tmp_path,
        '\nmsgid "甲"\nmsgstr ""\n\n#, fuzzy\nmsgid "乙"\nmsgstr "B"\n'
        '\n#, python-format\nmsgid "%(n)s 批"\nmsgstr "%(m)s batches"\n',
    )
    found = "\n".join(catalogues.faults(tmp_path))
    assert "甲" in found and "乙" in found and "%(n)s" in found


def test_a_broken_catalogue_is_refused_with_its_name(tmp_path: Path) -> None:
    app(tmp_path, '\nmsgid "甲"\nmsgstr "A"\nnot a line of a catalogue\n')
    with pytest.raises(VerbError, match=r"django\.po"):
        catalogues.compile_all(tmp_path)
