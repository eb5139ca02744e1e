"""``./city verify-log``: recompute the chain of acts; a break is named by its record and time."""

from __future__ import annotations

from . import verbs
from .database import serving
from .folder import DataFolder


def main(argv: list[str]) -> int:
    """Run the management command ``verify_log`` on a data folder, with what else was given; 0 when the chain holds."""
    parser = verbs.parser("verify-log", "./city verify-log", "./city verify-log --data /srv/city")
    verbs.data_option(parser)
    options, rest = parser.parse_known_args(argv)
    with serving(DataFolder(options.data)) as database:
        return database.manage("verify_log", *rest)
