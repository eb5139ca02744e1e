"""``python -m qualitycity.cli VERB …``: what ``./city`` becomes once the environment stands."""

from __future__ import annotations

import errno
import sys
from importlib import import_module

from qualitycity.kernel.console import VerbError

from .postgres import ClusterError
from .verbs import VERBS, overview


def main(argv: list[str]) -> int:
    """Run one verb; every foreseen failure ends in one sentence and exit code 1."""
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(overview())
        return 0
    verb = VERBS.get(argv[0])
    if verb is None:
        print(f"没有「{argv[0]}」这个命令。There is no verb «{argv[0]}».\n\n{overview()}", file=sys.stderr)
        return 2
    try:
        return int(import_module(f"{__package__}.{verb.module}").main(argv[1:]) or 0)
    except (VerbError, ClusterError) as stop:
        print(stop, file=sys.stderr)
        return getattr(stop, "code", 1)
    except PermissionError as error:
        print(f"没有权限 {error.filename}。No permission: {error.filename}.", file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno == errno.EROFS:
            print(f"只读的磁盘或目录 {error.filename}。A read-only place: {error.filename}.", file=sys.stderr)
            return 1
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        print("磁盘已满,未作改动;请腾出空间后重试。The disk is full; make room and try again.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
