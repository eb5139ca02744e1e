"""The law of the house, read from the syntax trees: sizes, docstrings, and that only services write."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "qualitycity"

# Longer than the law allows, each with its reason.
LONG_FILES = {
    "methods/lottery/verify_draw.py": "one published file that needs nothing beside it",
}
LONG_FUNCTIONS: dict[str, str] = {}

# Modules that write to the database though they are no `services`, each with its reason.
WRITERS = {
    "kernel/access/table_rights.py": "installs rights as the owner, after migrations",
    "kernel/access/viewlog.py": "a look is no change of state; it writes the view log",
    "kernel/access/personal.py": "called inside acts; holds the keys of persons",
    "kernel/acts/engine.py": "the one door itself",
    "kernel/acts/roots.py": "the act that publishes a day's root",
    "kernel/todo/reminders.py": "the act that sends a reminder",
    "kernel/todo/views.py": "a notice taken note of changes no case",
}
WRITES = {"save", "create", "bulk_create", "bulk_update", "update", "delete", "get_or_create", "update_or_create"}
ALLOWED_PARTS = {"migrations", "services", "commands"}
# `.update()` and `.create()` that are no writes: dictionaries, hashes, key files.
HARMLESS = {
    "digest",
    "hash",
    "hasher",
    "h",
    "sha",
    "state",
    "context",
    "headers",
    "__dict__",
    "settings_dict",
    "counter",
}


def sources() -> Iterator[tuple[Path, ast.Module]]:
    listed = subprocess.run(
        ["git", "ls-files", "src/qualitycity"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in listed.splitlines():
        path = ROOT / name
        if name.endswith(".py") and path.exists():
            yield path.relative_to(SOURCE), ast.parse(path.read_text())


ALL = list(sources())


def test_files_are_short() -> None:
    long = {
        str(name): length
        for name, _tree in ALL
        if (length := len((SOURCE / name).read_text().splitlines())) > 400 and "migrations" not in name.parts
    }
    assert not {name: length for name, length in long.items() if name not in LONG_FILES}
    assert set(LONG_FILES) <= set(long), "an exception that is no longer needed"


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_functions_are_short() -> None:
    long = {
        f"{name}:{node.name}": node.end_lineno - node.lineno + 1
        for name, tree in ALL
        if "migrations" not in name.parts and str(name) not in LONG_FILES
        for node in functions(tree)
        if node.end_lineno - node.lineno + 1 > 50
    }
    assert not {name: length for name, length in long.items() if name not in LONG_FUNCTIONS}


def test_public_functions_say_what_they_do() -> None:
    mute = [
        f"{name}:{node.lineno} {node.name}"
        for name, tree in ALL
        if "migrations" not in name.parts
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and node.name not in ("Config", "Command")  # the module's first line says it
        and not ast.get_docstring(node)
    ]
    assert not mute


def is_write(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in WRITES:
        return False
    owner = call.func.value
    last = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
    if last in HARMLESS:
        return False
    text = ast.unparse(owner)
    if call.func.attr == "save":
        return not call.args  # a model's save takes no positional argument; a picture's or a document's takes a target
    return "objects" in text or ".filter(" in text or ".exclude(" in text or text.endswith("_set") or "queryset" in text


def test_only_services_write() -> None:
    """No `.save()`, `.create()`, `.update()`, `.delete()` on models outside the services of a room."""
    found = []
    for name, tree in ALL:
        if name.parts[0] in ("methods", "cli", "demo") or str(name) in WRITERS:
            continue
        if ALLOWED_PARTS & {*name.parts, name.stem} or name.stem == "demo":
            continue
        found += [
            f"{name}:{node.lineno} {ast.unparse(node)[:80]}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and is_write(node)
        ]
    assert not found, "\n".join(found)


def test_the_list_of_writers_is_needed() -> None:
    by_name = {str(name): tree for name, tree in ALL}
    for name in WRITERS:
        tree = by_name[name]
        assert any(isinstance(node, ast.Call) and is_write(node) for node in ast.walk(tree)) or "INSERT" in ast.unparse(
            tree
        ), name


def test_methods_know_no_framework() -> None:
    for name, tree in ALL:
        if name.parts[0] != "methods":
            continue
        for node in ast.walk(tree):
            modules = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            assert not [module for module in modules if module.split(".")[0] in ("django", "ninja", "procrastinate")], (
                name
            )


@pytest.mark.parametrize("word", ["TO" + "DO", "FIX" + "ME", "raise NotImplemented" + "Error"])
def test_nothing_is_left_for_later(word: str) -> None:
    found = [str(name) for name, _tree in ALL if word in (SOURCE / name).read_text()]
    assert not found
