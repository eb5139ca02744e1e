"""``./city import``: region packs and business registers into a data folder, through the same acts as the page."""

from __future__ import annotations

import argparse
from pathlib import Path

from . import verbs
from .database import serving
from .folder import DataFolder
from .roles import LOGIN


def main(argv: list[str]) -> int:
    """``import regions PACK`` or ``import enterprises FILE``; 0 when it was done, 1 with a sentence when it was not."""
    parser = verbs.parser(
        "import",
        "./city import regions zhuji",
        "./city import enterprises register.csv",
        "./city import enterprises register.csv.gz --yes --failures refused.xlsx",
        "./city import enterprises register.xlsx --preview",
    )
    verbs.data_option(parser)
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="regions|enterprises")
    regions = kinds.add_parser("regions", help="载入区划包 / load a region pack")
    regions.add_argument("pack", metavar="PACK", help="包名或 TOML 文件 / name of a shipped pack, or a TOML file")
    firms = kinds.add_parser("enterprises", help="导入企业登记数据 / import a business register")
    firms.add_argument("file", type=Path, metavar="FILE", help="csv、csv.gz、xlsx、xls、ods")
    firms.add_argument(
        "--region", metavar="CODE", default="", help="哪个县(市);默认最近载入的 / county; the last loaded"
    )
    firms.add_argument(
        "--as", dest="login", metavar="LOGIN", default="", help="以该账号的职责办理 / act as this account"
    )
    firms.add_argument("--preview", action="store_true", help="只看核对结果 / show what would happen, write nothing")
    firms.add_argument("--yes", action="store_true", help="不再询问 / do not ask")
    firms.add_argument(
        "--failures", type=Path, metavar="XLSX", help="把被拒绝的行写到文件 / write refused rows to a file"
    )
    for kind in (regions, firms):  # --data may stand before or after the kind
        kind.add_argument("--data", type=Path, default=argparse.SUPPRESS, metavar="DIR", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    command = ["import_regions", _path(options.pack)] if options.kind == "regions" else _enterprises(options)
    with serving(DataFolder(options.data)) as database:
        return database.manage(*command, login=LOGIN)


def _enterprises(options: object) -> list[str]:
    given = vars(options)
    command = ["import_enterprises", str(given["file"].resolve())]
    for name in ("region", "login"):
        if given[name]:
            command += [f"--{'as' if name == 'login' else name}", given[name]]
    command += [f"--{name}" for name in ("preview", "yes") if given[name]]
    if given["failures"]:
        command += ["--failures", str(given["failures"].resolve())]
    return command


def _path(pack: str) -> str:
    """A file by its whole path (the command runs elsewhere); a name stays a name."""
    return str(Path(pack).resolve()) if Path(pack).is_file() else pack
