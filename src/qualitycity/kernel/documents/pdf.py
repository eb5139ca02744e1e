"""PDF by typst: one compiler kept in the process, only our two fonts, same data same bytes on every machine."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import threading
from functools import cache
from pathlib import Path
from typing import Any

import segno

from .kinds import HERE, PaperKind

# What a type-setter puts where a sort is missing.
GETA = "〓"
_lock = threading.Lock()


@cache
def _compiler() -> Any:
    """The compiler of this process; loading typst and its fonts takes 0.1 s, once."""
    import pylopdf_fonts_zh_cn
    import typst

    folder = Path(pylopdf_fonts_zh_cn.serif_path()).parent
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])
    return typst.Compiler(root=str(HERE), font_paths=fonts, ignore_system_fonts=True)


def qr(text: str) -> str:
    """A QR code as SVG, level M, without quiet zone of its own (the layout leaves room)."""
    buffer = io.BytesIO()
    segno.make(text, error="m", micro=False).save(buffer, kind="svg", border=1, xmldecl=False, svgns=True)
    return buffer.getvalue().decode()


def render(kind: PaperKind, data: dict[str, Any]) -> bytes:
    """The paper as PDF/A-2b. `data` is what the template reads (see `services.print_data`), `date` in it an ISO day.

    A character that the fonts do not have is printed as 〓, as type-setters always did, and named by its code point at
    the end of the paper: PDF/A forbids an empty box in its place, and an act must not fail over a rare name.
    """
    import typst

    given, missing = data, ""
    while True:
        try:
            return _compile(kind, data)
        except typst.TypstError as error:
            # typst may name some of them at a time: ask again until it has named all.
            more = "".join(char for char in _missing(error.diagnostic) if char not in missing)
            if not more:
                raise
            missing += more
            data = _without(given, missing)


def _compile(kind: PaperKind, data: dict[str, Any]) -> bytes:
    day = dt.date.fromisoformat(data["date"])
    moment = dt.datetime(day.year, day.month, day.day, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    inputs = {"data": json.dumps(data, ensure_ascii=False, sort_keys=True)}
    with _lock:
        return _compiler().compile(
            input=kind.source(), format="pdf", sys_inputs=inputs, pdf_standards="a-2b", timestamp=moment
        )


def _missing(message: str) -> str:
    """The characters that typst names as not displayable, in their order, each once."""
    named = "".join(re.findall(r"the text `\"(.*?)\"` could not be displayed", message, re.S))
    return "".join(dict.fromkeys(_unescaped(named)))


def _unescaped(text: str) -> str:
    """typst prints invisible characters as ``\\u{200b}``."""
    return re.sub(r"\\u\{([0-9a-fA-F]+)\}", lambda found: chr(int(found[1], 16)), text)


def _without(data: dict[str, Any], missing: str) -> dict[str, Any]:
    table = str.maketrans(dict.fromkeys(missing, GETA))
    listed = "、".join(f"U+{ord(char):04X}" for char in missing)

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return value.translate(table)
        if isinstance(value, list):
            return [clean(part) for part in value]
        return {name: clean(part) for name, part in value.items()} if isinstance(value, dict) else value

    return {**clean(data), "missing": f"注:{GETA} 为字库未收之字,依次为 {listed}。"}
