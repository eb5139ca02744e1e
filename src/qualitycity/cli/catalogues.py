"""Compile the message catalogues (.po → .mo) in Python: no gettext on the run path."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from qualitycity.kernel.console import fail

from . import verbs


def sources(root: Path) -> Iterator[Path]:
    """Yield the catalogues of every app below ``root``."""
    yield from sorted(root.glob("**/locale/*/LC_MESSAGES/*.po"))


def read(path: Path) -> Catalog:
    """Read one catalogue; a fault names file and line."""
    with path.open("rb") as handle:
        try:
            return read_po(handle, locale=path.parent.parent.name, abort_invalid=True)
        except (PoFileError, ValueError) as error:
            fail(f"译文文件 {path} 有错:{error}", f"The catalogue {path} is faulty: {error}")


def compile_all(root: Path | None = None) -> int:
    """Compile what is newer than its .mo; return how many were written."""
    count = 0
    for source in sources(root or verbs.root() / "src"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        part = target.with_suffix(f".{os.getpid()}.part")
        with part.open("wb") as handle:
            write_mo(handle, read(source))
        part.replace(target)
        count += 1
    return count


def faults(root: Path | None = None) -> list[str]:
    """Return every fault of the catalogues: untranslated, fuzzy, or with other placeholders than the original."""
    found = []
    for source in sources(root or verbs.root() / "src"):
        catalogue = read(source)
        for message in catalogue:
            if not message.id:
                continue
            where = f"{source}:{message.lineno} {_text(message)!r}"
            texts = [message.string] if isinstance(message.string, str) else list(message.string or [""])
            if message.fuzzy or not all(texts):
                found.append(f"{where}: 未译 not translated")
            found += [f"{where}: {error}" for error in message.check(catalogue)]
    return found


def _text(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]
