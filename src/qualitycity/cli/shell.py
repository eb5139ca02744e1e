"""``./city shell``: Python with the city loaded, or SQL; for looking, since changes go through acts."""

from __future__ import annotations

import os
import subprocess

from . import verbs
from .database import serving
from .folder import DataFolder
from .postgres import find_binaries
from .roles import LOGIN


def main(argv: list[str]) -> int:
    """Open the shell. Without ``--owner`` the login is ``web``, which must say SET ROLE before it reads a table."""
    parser = verbs.parser("shell", "./city shell", "./city shell --sql", "./city shell --owner -c 'print(1)'")
    verbs.data_option(parser)
    parser.add_argument("--sql", action="store_true", help="psql 而非 Python / psql in place of Python")
    parser.add_argument("--owner", action="store_true", help="以库表所有者身份 / as the owner of the tables")
    parser.add_argument("-c", "--command", metavar="TEXT", help="执行一条后退出 / run this and leave")
    options = parser.parse_args(argv)
    login = "owner" if options.owner else LOGIN
    with serving(DataFolder(options.data)) as database:
        given = ["-c", options.command] if options.command else []
        if not options.sql:
            return database.manage("shell", *given, login=login)
        binaries = database.cluster.binaries if database.cluster else find_binaries()
        url = database.owner_url if options.owner else database.web_url
        return subprocess.run([binaries["psql"], url, *given], env=os.environ).returncode
