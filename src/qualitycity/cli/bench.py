"""``./city bench``: measure speed beside the peers, in the same run on the same machine; write the table."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from qualitycity.kernel.console import Progress, english, fail, say

from . import verbs
from .environment import ensure
from .testing import OURS

Rows = list[dict[str, Any]]


def main(argv: list[str]) -> int:
    """Run ``benchmarks/*.py`` in an environment that holds the peers too; write ``benchmarks/RESULTS.md``."""
    parser = verbs.parser("bench", "./city bench", "./city bench lottery", "./city bench kernel lottery --no-write")
    parser.add_argument("names", nargs="*", metavar="NAME", help="只测这些 / only these files of benchmarks/")
    parser.add_argument("--no-write", action="store_true", help="不写结果文件 / do not write the file of results")
    options = parser.parse_args(argv)
    folder = verbs.root() / "benchmarks"
    present = {path.stem: path for path in sorted(folder.glob("*.py")) if not path.stem.startswith("_")}
    for name in options.names:
        if name not in present:
            fail(
                f"没有名为 {name} 的测量;现有:{'、'.join(present)}。",
                f"No benchmark {name}; there are {', '.join(present)}.",
            )
    chosen = {name: present[name] for name in options.names or present}
    python = ensure(verbs.root(), "bench", verbs.root() / ".tools" / "bench-venv")
    results: dict[str, Rows] = {}
    failed = []
    bar = Progress("Benchmarks" if english() else "测量", len(chosen))
    for name, path in chosen.items():
        rows = measure(python, path)
        if rows is None:
            failed.append(name)
        else:
            results[name] = rows
        bar.step(note=name)
    bar.close()
    text = table(results)
    print(text)
    if not options.no_write and not options.names:
        (folder / "RESULTS.md").write_text(heading() + text)
        say(f"已写入 {folder / 'RESULTS.md'}", f"Written to {folder / 'RESULTS.md'}")
    if failed:
        fail(f"这些测量没有完成:{'、'.join(failed)}(见上)。", f"These did not finish: {', '.join(failed)} (see above).")
    return 0


def measure(python: Path, path: Path) -> Rows | None:
    """Run one module in a process of its own; None when it fails (its message is on the terminal)."""
    env = {name: value for name, value in os.environ.items() if name not in OURS}
    env |= {"PYTHONPATH": str(verbs.root() / "src"), "PYTHONUTF8": "1"}
    done = subprocess.run(
        [python, "-m", "qualitycity.cli.inside.measure", path],
        stdout=subprocess.PIPE,
        text=True,
        env=env,
        cwd=verbs.root(),
    )
    if done.returncode:
        return None
    rows: Rows = json.loads(done.stdout.strip().splitlines()[-1])
    return rows


def heading() -> str:
    """Say where and when it was measured."""
    return (
        "# 测量结果 · Measured\n\n"
        f"{datetime.now():%Y-%m-%d}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {sys.version.split()[0]}. Ours and the peer in the same run; trust the ratios.\n\n"
    )


def table(results: dict[str, Rows]) -> str:
    """Lay the rows out as one Markdown table a file, its columns in the order in which the rows name them."""
    parts = []
    for name, rows in results.items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        lines = [f"## {name}", "", "| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
        lines += ["| " + " | ".join(_cell(row.get(column)) for column in columns) + " |" for row in rows]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 100 else f"{value:,.0f}"
    return str(value).replace("|", "\\|")
