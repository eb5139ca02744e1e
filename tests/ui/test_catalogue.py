"""The English switch: no message without English, no Chinese out of its reach, no icon or vendored file astray."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from qualitycity.kernel.ui import catalogue, facts, vendor

SOURCE = Path(catalogue.__file__).parents[2]


def test_every_message_has_its_english() -> None:
    gaps = catalogue.missing()
    assert not gaps, f"{len(gaps)} messages without English, first: " + "; ".join(map(str, gaps[:20]))


def test_no_chinese_out_of_reach_of_the_switch() -> None:
    found = catalogue.bare()
    assert not found, "\n".join(found[:40])


PO = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "有了"
msgstr "Got it"

#, fuzzy
msgid "公布"
msgstr "?"
"""
PYTHON = """
from x import gettext as _
a = _("摇号")
b = _("有了")
c = "不给人看"
d = ngettext("%(n)d 家", "%(n)d 家", 2)
"""
TEMPLATE = """
{% load i18n %}{% translate "公布" %}{{ x|default:_("空") }}
{% blocktranslate count n=k %}{{ n }} 条{% plural %}{{ n }} 条{% endblocktranslate %}
"""


def _app(folder: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(catalogue, "apps", lambda: {"room": folder})


def test_gaps_are_found_in_python_and_templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"views.py": PYTHON, "templates/room/a.html": TEMPLATE, "locale/en/LC_MESSAGES/django.po": PO}
    _app(tmp_path, monkeypatch, files)
    texts = {gap.msgid if isinstance(gap.msgid, str) else gap.msgid[0] for gap in catalogue.missing()}
    assert texts == {"摇号", "%(n)d 家", "公布", "空", "%(n)s 条"}
    assert 'msgid_plural "%(n)d 家"' in catalogue.as_po(catalogue.missing())


def test_bare_chinese_is_found_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = '{# 注释 #}\n{% translate "好" %}\n<p title="坏">x</p>\n{% comment %}\n不算\n{% endcomment %}\n坏二'
    files = {"templates/room/a.html": page, "static/room/a.js": '// 注释\nconst a = "坏三";\n'}
    _app(tmp_path, monkeypatch, files)
    assert [line.split(": ", 1)[1] for line in catalogue.bare()] == [
        'templates/room/a.html:3: <p title="坏">x</p>',
        "templates/room/a.html:7: 坏二",
        'static/room/a.js:2: const a = "坏三";',
    ]


def test_vendored_files_match_their_manifest() -> None:
    assert vendor.check() == []


def test_a_changed_vendored_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in vendor.FOLDER.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "tabler.min.css").write_text("body{}/*# sourceMappingURL=x */")
    (tmp_path / "icons.svg").unlink()
    (tmp_path / "stray.js").write_text("")
    monkeypatch.setattr(vendor, "FOLDER", tmp_path)
    assert vendor.check() == [
        "icons.svg: listed in the manifest, but missing",
        "tabler.min.css: differs from the manifest",
        "icons.svg.gz: is not icons.svg compressed",
        "tabler.min.css.gz: is not tabler.min.css compressed",
        "stray.js: not in the manifest",
    ]


def test_every_icon_named_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (vendor.FOLDER / "icons.svg").read_text()))
    assert sprite == set(vendor.icon_names())
    named = {
        name: str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*")
        if path.suffix in (".html", ".py")
        for name in re.findall(r'{% icon "([^"]+)" %}|icon="([^"]+)"', path.read_text(encoding="utf-8"))
        for name in name
        if name
    }
    assert {name: path for name, path in named.items() if name not in sprite} == {}


def test_every_fact_of_an_act_has_a_title() -> None:
    nameless = []
    for path in SOURCE.rglob("*.py"):
        if "note(" not in (text := path.read_text(encoding="utf-8")):
            continue
        room = next((label for label, folder in catalogue.apps().items() if folder in path.parents), "")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "note":
                keys = [word.arg for word in node.keywords if word.arg]
                nameless += [
                    f"{path.relative_to(SOURCE)}:{node.lineno}: {key}" for key in keys if facts.title(key, room) == key
                ]
    assert nameless == [], "name them in kernel/ui/facts.py or in FACTS of the room's workflow.py"


def test_the_large_style_sheet_goes_out_compressed(gallery: None) -> None:
    from django.test import Client

    asked = Client().get("/static/vendor/tabler.min.css", headers={"accept-encoding": "gzip"})
    assert asked.headers["Content-Encoding"] == "gzip"
    assert int(asked.headers["Content-Length"]) == (vendor.FOLDER / "tabler.min.css.gz").stat().st_size
    plain = Client().get("/static/vendor/tabler.min.css", headers={"accept-encoding": ""})
    assert "Content-Encoding" not in plain.headers
