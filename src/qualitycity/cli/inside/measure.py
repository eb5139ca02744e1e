"""Run one benchmark: ``python -m qualitycity.cli.inside.measure FILE`` prints its rows as the last line, in JSON.

A benchmark is a file in ``benchmarks/`` with ``run() -> list[dict]``: rows {work, ours, peer, ratio, unit, target}.
"""

from __future__ import annotations

import json
import runpy
import sys


def main(argv: list[str]) -> int:
    """Measure and print."""
    rows = runpy.run_path(argv[0])["run"]()
    print(json.dumps(rows, ensure_ascii=False, default=str))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
