"""The rulebook as a reference page, drawn from the packages' files. `make_reference` writes and a test compares it."""

from __future__ import annotations

from django.utils.translation import override

from .files import Entry, read_all
from .values import CONFIDENCES, EVENTS, NATURES, ROLLS, Extension, describe

HEAD = """# 规则库

由各模块的 `rules.toml` 生成。标「[MODEL]」的是本系统默认值,不是法定;「中」「低」的条次在引用前须核实。

"""


def reference_markdown() -> str:
    """The page: one table for each room, one line for each entry; RuleFaults where a file is wrong."""
    with override("zh-hans"):
        rooms: dict[str, list[Entry]] = {}
        for entry in read_all():
            rooms.setdefault(entry.room, []).append(entry)
        return HEAD + "\n".join(_room(room, entries) for room, entries in sorted(rooms.items()))


def _room(room: str, entries: list[Entry]) -> str:
    lines = [
        f"## {room}",
        "",
        "| 编号 | 规则 | 值 | 起算 | 性质与顺延 | 依据 | 可信度 | 施行 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [_line(entry) for entry in entries]
    return "\n".join(lines) + "\n"


def _line(entry: Entry) -> str:
    value = describe(entry.value, entry.unit)
    if entry.extension:
        value += ";" + str(Extension(**entry.extension))
    if entry.suspendable:
        value += ";可中止计时"
    start = str(EVENTS.get(entry.from_event, entry.from_event)) + ("之前" if entry.before else "")
    character = str(NATURES[entry.nature]) if entry.from_event else ""
    if entry.roll != "none":
        character += f";{ROLLS[entry.roll]}"
    basis = " ".join(part for part in (entry.source, entry.article) if part)
    standing = ("[MODEL] " if entry.is_model else "") + str(CONFIDENCES[entry.confidence])
    term = f"{entry.in_force_from} 起" + (f"至 {entry.in_force_to}" if entry.in_force_to else "")
    regime = f" {entry.regime}" if entry.regime else ""
    cells = [f"`{entry.rule_id}`{regime}", entry.title, value, start, character, basis, standing, term]
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
