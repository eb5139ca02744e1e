"""``./city reference``: write the generated reference pages anew (for developers)."""

from __future__ import annotations

import os
import subprocess
import sys

from . import verbs


def main(argv: list[str]) -> int:
    """Generate the pages from the tables in the code; ``--check`` only compares."""
    parser = verbs.parser("reference", "./city reference", "./city reference --check")
    parser.add_argument("--check", action="store_true", help="只比较 / only compare")
    options = parser.parse_args(argv)
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "qualitycity.web.settings_test"}
    command = [sys.executable, "-m", "django", "make_reference", *(["--check"] if options.check else [])]
    return subprocess.run(command, cwd=verbs.root(), env=env).returncode
