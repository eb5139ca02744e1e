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
HEADING = """# 测量结果 · Measured

Made by `./city bench`. Ours and the peer took turns in one run on one machine: trust the ratios, not the seconds.
"""


def main(argv: list[str]) -> int:
    """Run ``benchmarks/*.py`` in an environment that holds the peers too; write ``benchmarks/RESULTS.md``."""
    parser = verbs.parser(
        "bench", "./city bench", "./city bench draw", "./city bench methods", "./city bench kernel --no-write"
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="只测这些 / only these files or folders of benchmarks/"
    )
    parser.add_argument("--no-write", action="store_true", help="不写结果文件 / do not write the file of results")
    options = parser.parse_args(argv)
    folder = verbs.root() / "benchmarks"
    chosen = choose(present(folder), options.names)
    python = ensure(verbs.root(), "bench", verbs.root() / ".tools" / "bench-venv")
    sections: dict[str, str] = {}
    failed = []
    bar = Progress("Benchmarks" if english() else "测量", len(chosen))
    for name, path in chosen.items():
        rows = measure(python, path)
        if rows is None:
            failed.append(name)
        else:
            sections[name] = section(name, rows)
        bar.step(note=name)
    bar.close()
    print("\n".join(sections.values()))
    if not options.no_write:
        file = folder / "RESULTS.md"
        write(file, sections, list(present(folder)))
        say(f"已写入 {file}", f"Written to {file}")
    if failed:
        fail(f"这些测量没有完成:{'、'.join(failed)}(见上)。", f"These did not finish: {', '.join(failed)} (see above).")
    return 0


def present(folder: Path) -> dict[str, Path]:
    """Every benchmark by its name: ``draw``, ``methods/acceptance``."""
    files = sorted(path for path in (*folder.glob("*.py"), *folder.glob("*/*.py")) if not path.stem.startswith("_"))
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in files}


def choose(known: dict[str, Path], names: list[str]) -> dict[str, Path]:
    """The benchmarks of these names or folders; all for no name. Fails on a name that is neither."""
    chosen: dict[str, Path] = {}
    for asked in names or known:
        found = {name: path for name, path in known.items() if name == asked or name.startswith(f"{asked}/")}
        if not found:
            fail(
                f"没有名为 {asked} 的测量;现有:{'、'.join(known)}。",
                f"No benchmark {asked}; there are {', '.join(known)}.",
            )
        chosen |= found
    return chosen


def measure(python: Path, path: Path) -> Rows | None:
    """Run one module in a process of its own; None when it fails (its message is on the terminal)."""
    env = {name: value for name, value in os.environ.items() if name not in OURS}
    env |= {"PYTHONPATH": str(verbs.root() / "src"), "PYTHONUTF8": "1"}
    env |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")  # threads that wait count as CPU seconds
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


def section(name: str, rows: Rows) -> str:
    """One benchmark as Markdown: when and where, then its rows, columns in the order in which the rows name them."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = [
        f"## {name}",
        "",
        f"{datetime.now():%Y-%m-%d}, {os.cpu_count()} cores, {platform.system()} "
        f"{platform.machine()}, Python {sys.version.split()[0]}.",
        "",
    ]
    lines += ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    lines += ["| " + " | ".join(_cell(row.get(column)) for column in columns) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def write(file: Path, sections: dict[str, str], order: list[str]) -> None:
    """Put new sections in the place of the old ones; the others stay as they were measured."""
    old = file.read_text().split("\n## ")[1:] if file.exists() else []
    kept = {part.partition("\n")[0]: f"## {part.rstrip()}\n" for part in old}
    now = {name: text for name, text in (kept | sections).items() if name in order}
    file.write_text("\n".join([HEADING, *(now[name] for name in order if name in now)]))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 100 else f"{value:,.0f}"
    return str(value).replace("|", "\\|")
