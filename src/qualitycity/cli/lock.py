"""``./city lock``: write the hash-locked requirement files anew from the ``.in`` files (for developers)."""

from __future__ import annotations

import argparse
import os
import subprocess
from pathlib import Path

from qualitycity.kernel.console import fail, say

from . import verbs
from .environment import pip_settings_for_uv, uv_program

ORDER = ("tools", "runtime", "test", "bench")  # each later set holds the pins of the earlier one
ABOVE = {"test": "runtime", "bench": "runtime"}


def main(argv: list[str]) -> int:
    """Compile every ``requirements/*.in`` for all platforms and Python ≥ 3.11, with hashes and without addresses."""
    parser = verbs.parser("lock", "./city lock", "./city lock --upgrade")
    parser.add_argument("--upgrade", action="store_true", help="取最新版本,而非保留已锁定的 / take newer versions")
    options = parser.parse_args(argv)
    root = verbs.root()
    uv = uv_program(root)
    if uv is None:
        fail("无法取得 uv,不能重新锁定依赖。", "uv could not be installed; the lock cannot be written.")
    for name in ORDER:
        say(f"锁定 {name}……", f"Locking {name} …")
        _compile(uv, root, name, options)
    return 0


def _compile(uv: str, root: Path, name: str, options: argparse.Namespace) -> None:
    command = [uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--python-version", "3.11"]
    command += ["--no-emit-index-url", "--no-emit-find-links", "--custom-compile-command", "./city lock"]
    command += ["--output-file", f"requirements/{name}.lock", f"requirements/{name}.in"]
    if name in ABOVE:
        command += ["--constraint", f"requirements/{ABOVE[name]}.lock"]
    if options.upgrade:
        command.append("--upgrade")
    done = subprocess.run(command, cwd=root, env={**os.environ, **pip_settings_for_uv()})
    if done.returncode:
        fail(f"{name} 未能锁定。", f"{name} could not be locked.")
