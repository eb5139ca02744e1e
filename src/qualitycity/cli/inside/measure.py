"""Run one benchmark: ``python -m qualitycity.cli.inside.measure FILE`` answers its rows.

A benchmark is a file in ``benchmarks/`` with ``run() -> list[dict]``: rows {work, ours, peer, ratio, unit, target}.
"""

from __future__ import annotations

import runpy
import sys

from qualitycity.cli.inside import answering


def main(argv: list[str]) -> int:
    """Measure and print."""
    answer = answering()
    answer(runpy.run_path(argv[0])["run"]())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
