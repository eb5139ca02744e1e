"""The verbs of ``./city``: one line each, where it lives, and how its help is laid out."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Verb:
    """A verb: the module that holds its ``main(argv) -> int``, and one line in each language."""

    module: str
    zh: str
    en: str


VERBS = {
    "run": Verb(
        "run", "启动:建环境、数据库、演示数据、网页与后台任务", "start everything; a demonstration city by default"
    ),
    "test": Verb("testing", "运行全部检查与测试", "run every check and test"),
    "setup": Verb("setup", "建立或升级正式环境", "make or upgrade a real installation"),
    "import": Verb("import_", "导入登记数据", "import register data"),
    "draw": Verb("draw", "对一份名单摇号(不需网页)", "run a draw on a frame, without the web"),
    "verify": Verb("verify", "验证一次摇号的公开包", "check the published bundle of a draw"),
    "verify-log": Verb("verify_log", "重算办理记录的链", "recompute the chain of acts"),
    "bench": Verb("bench", "测量速度,与同类软件对比", "measure speed against peers"),
    "backup": Verb("backup", "备份数据库与文件到一个文件", "back database and files up into one file"),
    "restore": Verb("restore", "从备份恢复到空目录", "restore a backup into an empty folder"),
    "shell": Verb("shell", "打开 Python 或数据库命令行", "open a Python or database shell"),
    "sql-roles": Verb("sql_roles", "打印数据库管理员需执行的 SQL", "print the SQL for a database administrator"),
    "reference": Verb("reference", "重新生成参考文档(开发者)", "generate the reference pages (developers)"),
    "lock": Verb("lock", "重新锁定依赖(开发者)", "lock the requirements anew (developers)"),
}


def parser(verb: str, *examples: str) -> argparse.ArgumentParser:
    """Return the argument parser of a verb: its two lines above, its examples below."""
    about = VERBS[verb]
    return argparse.ArgumentParser(
        prog=f"city {verb}",
        description=f"{about.zh}。{about.en[0].upper()}{about.en[1:]}.",
        epilog="例 examples:\n" + "\n".join(f"  {example}" for example in examples),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def data_option(found: argparse.ArgumentParser) -> None:
    """Add ``--data DIR`` to a verb's parser."""
    found.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("CITY_DATA") or root() / ".data"),
        metavar="DIR",
        help="数据目录,默认 .data / data folder, .data in the checkout by default",
    )


def root() -> Path:
    """Return the checkout."""
    return Path(os.environ.get("CITY_ROOT") or Path(__file__).resolve().parents[3])


def overview() -> str:
    """Return the text of ``./city --help``."""
    lines = ["质量强市 QualityCity", "", "用法 usage: ./city VERB [options]    ./city VERB --help", ""]
    lines += [f"  {name:<11} {verb.zh}\n  {'':<11} {verb.en}" for name, verb in VERBS.items()]
    return "\n".join(
        [*lines, "", "例 examples:", "  ./city run", "  ./city test", "  ./city run --port 9000 --data /srv/city"]
    )
