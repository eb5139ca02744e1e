"""The English catalogues: what is missing from them, and Chinese that no catalogue can reach.

``PYTHONPATH=src .venv/bin/python -m qualitycity.kernel.ui.catalogue APP…`` prints what an app lacks in .po form, ready
to paste into ``<app>/locale/en/LC_MESSAGES/django.po``; without arguments, all apps. Compiling is done by ``./city``
at its start.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}
CHINESE = re.compile(r"[㐀-鿿]")
# Tags whose words templatize() takes out, and what no reader sees.
_COMMENTS = re.compile(r"{#.*?#}|{%\s*comment.*?%}.*?{%\s*endcomment\s*%}|<!--.*?-->", re.S)
_BLOCKS = re.compile(r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}", re.S)
_TAGS = re.compile(r"""{%\s*trans(?:late)?\s+(?:"[^"]*"|'[^']*')[^%]*%}|_\((?:"[^"]*"|'[^']*')\)""")
_SCRIPT_COMMENTS = re.compile(r"^\s*//[^\n]*|/\*.*?\*/", re.M | re.S)


@dataclass(frozen=True)
class Gap:
    """A message an app shows and its English catalogue does not have (or has empty or fuzzy)."""

    app: str
    place: str
    msgid: str | tuple[str, str]
    context: str | None = None

    def __str__(self) -> str:
        text = self.msgid if isinstance(self.msgid, str) else self.msgid[0]
        return f"{self.app}: {self.place}: {text!r}"


def apps() -> dict[str, Path]:
    """Label → folder of every installed app of the product."""
    from django.apps import apps as registry

    return {c.label: Path(c.path) for c in registry.get_app_configs() if c.name.startswith("qualitycity.")}


def sources(folder: Path, others: tuple[Path, ...] = ()) -> Iterator[Path]:
    """Python files and templates of one app, without those of apps inside its folder."""
    for path in sorted(folder.rglob("*")):
        inside = any(other in path.parents for other in others)
        if inside or "migrations" in path.parts or "static" in path.parts:
            continue
        if path.suffix == ".py" or (path.suffix in (".html", ".txt") and "templates" in path.parts):
            yield path


def messages(path: Path) -> Iterator[tuple[int, str | tuple[str, str], str | None]]:
    """(line, msgid or (singular, plural), context) of each message of a Python file or template."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        text = templatize(text, origin=str(path))
    for line, found, _comments, context in extract("python", io.BytesIO(text.encode()), KEYWORDS):
        yield line, (found[0], found[1]) if isinstance(found, tuple) else found, context


def catalogue(folder: Path) -> Catalog:
    """An app's English catalogue; empty where there is none."""
    path = folder / "locale" / "en" / "LC_MESSAGES" / "django.po"
    if not path.exists():
        return Catalog(locale="en")
    with path.open("rb") as file:
        return read_po(file, locale="en")


def missing(label: str = "") -> list[Gap]:
    """What the English catalogues of all apps (or of one) lack.

    A message that another app's catalogue has counts as missing too: each room is complete by itself.
    """
    folders = apps()
    gaps = []
    for app, folder in folders.items():
        if label and app != label:
            continue
        known = catalogue(folder)
        others = tuple(path for path in folders.values() if folder in path.parents)
        seen: set[object] = set()
        for path in sources(folder, others):
            for line, msgid, context in messages(path):
                key = (msgid if isinstance(msgid, str) else msgid[0], context)
                if key in seen or not key[0]:
                    continue
                seen.add(key)
                if not _translated(known.get(key[0], context), plural=not isinstance(msgid, str)):
                    gaps.append(Gap(app, f"{path.relative_to(folder)}:{line}", msgid, context))
    return gaps


def _translated(message: Message | None, *, plural: bool) -> bool:
    if message is None or message.fuzzy:
        return False
    if plural:
        return isinstance(message.string, tuple) and all(message.string)
    return bool(message.string)


def bare(label: str = "") -> list[str]:
    """Chinese in templates outside translate tags, and in scripts outside comments: words no switch can reach."""
    found = []
    folders = apps()
    for app, folder in folders.items():
        if label and app != label:
            continue
        others = tuple(path for path in folders.values() if folder in path.parents)
        for path in sources(folder, others):
            if path.suffix == ".html":
                found += _bare_lines(app, folder, path, (_COMMENTS, _BLOCKS, _TAGS))
        for path in sorted(folder.glob("static/**/*.js")):
            if "vendor" not in path.parts and ".min." not in path.name:
                found += _bare_lines(app, folder, path, (_SCRIPT_COMMENTS,))
    return found


def _bare_lines(app: str, folder: Path, path: Path, patterns: tuple[re.Pattern[str], ...]) -> list[str]:
    text = path.read_text(encoding="utf-8")
    for pattern in patterns:  # keep the line breaks, so that the line numbers stay true
        text = pattern.sub(lambda match: "\n" * match.group().count("\n"), text)
    return [
        f"{app}: {path.relative_to(folder)}:{number}: {line.strip()}"
        for number, line in enumerate(text.splitlines(), 1)
        if CHINESE.search(line)
    ]


def as_po(gaps: list[Gap]) -> str:
    """Gaps in .po form, with empty translations."""
    wanted = Catalog(locale="en")
    for gap in gaps:
        wanted.add(gap.msgid, context=gap.context, locations=[(gap.place.partition(":")[0], 0)])
    buffer = io.BytesIO()
    write_po(buffer, wanted, omit_header=True, include_lineno=False, width=120)
    return buffer.getvalue().decode()


def main(labels: list[str]) -> int:
    """Print what is missing; the exit code is 1 if anything is."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qualitycity.web.settings_test")
    django.setup()
    worst = 0
    for label in labels or list(apps()):
        gaps, literals = missing(label), bare(label)
        if gaps or literals:
            worst = 1
            print(f"# ---- {label}: {len(gaps)} messages without English, {len(literals)} bare literals")
            print(as_po(gaps), end="")
            for line in literals:
                print(f"# bare: {line}")
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
