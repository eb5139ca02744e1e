"""The papers of the house hold: links lead somewhere, commands can be typed, buttons are named as they are."""

from __future__ import annotations

import argparse
import importlib
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from PIL import Image

from qualitycity.cli.verbs import VERBS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SOURCE = ROOT / "src" / "qualitycity"
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^ *```[^\n]*\n(.*?)^ *```", re.M | re.S)
# Words of another workplace and paths of one machine, in two pieces so that this file does not name them itself.
FOREIGN = [
    one + two for one, two in (("/ro", "ot/"), ("/wo", "rk/"), ("/Us", "ers/"), ("/ho", "me/"), ("issues", " show"))
]
FOREIGN += [
    one + two for one, two in (("Cla", "ude"), ("Chat", "GPT"), ("Co", "pilot"), ("Open", "AI"), ("Anth", "ropic"))
]
LARGEST_PICTURE = 200 * 1024


def pages() -> list[Path]:
    """README, CONTRIBUTING, everything under docs, the README of every room: what git knows or will know."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [path for path in (ROOT / name for name in listed.splitlines()) if path.exists()]


PAGES = pages()


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def prose(path: Path) -> str:
    """The page without its blocks of code."""
    return FENCE.sub("", path.read_text())


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, made as the usual forges make them."""
    found = set()
    for heading in re.findall(r"^#+ (.+)$", prose(path), re.M):
        text = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading.strip().lower())
        found.add(re.sub(r"[^\w\- ]", "", text).replace(" ", "-"))
    return found


def links(path: Path) -> Iterator[tuple[Path, str]]:
    """(target, anchor) of every link of a page that stays in the repository."""
    for target in LINK.findall(prose(path)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = unquote(target).partition("#")
        yield ((path.parent / file).resolve() if file else path), anchor


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target, anchor in links(page):
        if not target.exists():
            broken.append(f"{target} is not there")
        elif anchor and target.suffix == ".md" and anchor not in anchors(target):
            broken.append(f"{name(target)} has no heading #{anchor}")
    assert not broken


def test_the_index_leads_to_every_page() -> None:
    reached = {target for target, _anchor in links(DOCS / "README.md")}
    written = {page for page in PAGES if page.is_relative_to(DOCS) and page.name != "README.md"}
    assert not {name(page) for page in written - reached if page.parent.name != "decisions"}


# -- commands


def commands(path: Path) -> Iterator[str]:
    """Every `./city …` line of the page's blocks of code, its continuations joined, without prompt and comment."""
    for block in FENCE.findall(path.read_text()):
        for line in block.replace("\\\n", " ").splitlines():
            found = re.match(r"\s*(?:\$ )?(?:[A-Z_]+=\S+ )*(?:python3 )?(?:\./)?city( .*|$)", line)
            if found and "city" in line.split("#")[0] and not line.lstrip().startswith("/"):
                yield found[1].strip()


TYPED = [(page, line) for page in PAGES for line in commands(page)]


def test_commands_are_found() -> None:
    assert len(TYPED) > 35
    assert {"run", "test", "import", "verify", "verify-log", "backup", "restore", "setup", "draw"} <= {
        line.split()[0] for _page, line in TYPED if line
    }


class Parsed(Exception):
    """The arguments were understood; the verb itself need not run."""


@pytest.mark.parametrize(("page", "line"), TYPED, ids=[f"{name(page)}: {line[:60]}" for page, line in TYPED])
def test_every_command_can_be_typed_as_written(page: Path, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = shlex.split(line, comments=True)
    words = [word for word in words if word not in ("…", "...")]
    words = words[: words.index(">")] if ">" in words else words
    words = words[: words.index("&&")] if "&&" in words else words
    if not words or words[0].startswith("-"):
        return
    verb, *rest = words
    if verb == "VERB":
        return
    assert verb in VERBS, f"there is no ./city {verb}"
    if not rest or rest == ["--help"]:
        return
    parse = argparse.ArgumentParser.parse_args

    def stop(self: argparse.ArgumentParser, *args: object, **more: object) -> None:
        monkeypatch.undo()
        monkeypatch.setattr(argparse.ArgumentParser, "error", bad)
        parse(self, *args, **more)
        raise Parsed

    def bad(self: argparse.ArgumentParser, message: str) -> None:
        pytest.fail(f"{self.prog}: {message}")

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", stop)
    monkeypatch.setattr(argparse.ArgumentParser, "parse_known_args", stop)
    monkeypatch.setattr(argparse.ArgumentParser, "error", bad)
    module = importlib.import_module(f"qualitycity.cli.{VERBS[verb].module}")
    with pytest.raises(Parsed):
        module.main(rest)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_verb_named_in_a_sentence_exists(page: Path) -> None:
    named = re.findall(r"`\./city ([a-z][a-z-]*)", prose(page))
    assert not [verb for verb in named if verb not in VERBS]


# -- words, places, pictures


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_machine_and_no_foreign_tool_is_named(page: Path) -> None:
    text = page.read_text()
    assert not [word for word in FOREIGN if word.lower() in text.lower()]


# Emphasis in the how-to pages that is no word of the interface.
SAID = {
    "看不到",
    "现在就存一份",
    "全部",
    "试着破坏",
    "先",
    "事先",
    "到现场",
    "逐个核对",
    "没有姓名",
    "只有一个",
    "几个",
    "您看不到业务",
    "界线",
    "看匹配",
    "仍在表上",
    "要留证据",
    "长期运行",
    "密钥文件从不在备份里",
    "每看一次都逐家记录",
    "每次打开都有记录",
    "更换封存密钥",
    "您每看一次都逐家记录",
    "事先公布的承诺请自己留一份",
    "它们一个也不会变",
    "建议您拍下来或抄下来",
    "只用一个文件",
    "在页面上",
    "验记录",
    "错列的行",
}
BUTTON = re.compile(r"\*\*([一-鿿][一-鿿,]{1,13})\*\*")


def words_of_the_interface() -> str:
    files = [*SOURCE.rglob("*.py"), *SOURCE.rglob("*.html"), *SOURCE.rglob("*.toml"), *SOURCE.rglob("*.js")]
    library = Path(importlib.import_module("allauth").__file__ or "").parent / "locale" / "zh_Hans" / "LC_MESSAGES"
    return "\n".join(path.read_text() for path in [*files, *library.glob("*.po")])


def test_bold_words_of_the_guides_stand_on_the_pages() -> None:
    """A how-to that names a button which was renamed is found here."""
    interface, missing = words_of_the_interface(), []
    for page in [*(DOCS / "how-to").glob("*.md"), *(DOCS / "tutorial").glob("*.md")]:
        bold = {word for word in BUTTON.findall(prose(page).split("\n# ")[0]) if word not in SAID}
        missing += [f"{name(page)}: {word}" for word in sorted(bold) if word not in interface]
    assert not missing


def test_every_room_with_tables_has_its_readme() -> None:
    rooms = {path.parent for pattern in ("models.py", "models/__init__.py") for path in SOURCE.rglob(pattern)}
    rooms = {path.parent if path.name == "models" else path for path in rooms}
    silent = []
    for room in sorted(rooms):
        readme = room / "README.md"
        if not readme.exists() or not any(
            target == DOCS / "reference" / "workflows.md" for target, _a in links(readme)
        ):
            silent.append(name(room))
    assert not silent, "a README with a link to the state tables is missing"


def test_pictures_are_small_and_the_stage_is_a_screen() -> None:
    shown = {target for page in PAGES for target, _anchor in links(page) if target.suffix == ".png"}
    assert DOCS / "images" / "stage.png" in shown
    assert not [name(path) for path in shown if path.stat().st_size > LARGEST_PICTURE]
    assert not [name(path) for path in (DOCS / "images").glob("*.png") if path not in shown], "a picture nobody shows"
    with Image.open(DOCS / "images" / "stage.png") as picture:
        assert picture.size == (1366, 768)
