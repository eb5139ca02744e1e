"""``./city draw``: the rule of the ceremony on a frame file, without the web application."""

from __future__ import annotations

import argparse
import errno
import json
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qualitycity.kernel.console import english

from .verbs import parser

if TYPE_CHECKING:
    from qualitycity.methods.lottery.draw import Result, Source
    from qualitycity.methods.lottery.faults import LotteryError

EXAMPLES = (
    "./city draw --frame frame.csv --take 4 --round 1 --secret demo-secret-one --digits 51425661421162242526",
    "./city draw --frame frame.parquet --take plan.csv --reserve 2 --round 1 --secret S --digits D --json",
    "./city draw --frame frame.csv --take 4 --round 1 --secret S --digits D --out draw.zip",
    "./city draw --frame frame.csv --take 1 --round 2 --secret S2 --digits D2 --after draw.zip --out draw2.zip",
)


def main(argv: list[str]) -> int:
    """Run one draw; 0 when drawn, 1 with one line a fault, 2 for a wrong call."""
    from qualitycity.methods.lottery.faults import LotteryError

    args = _parser().parse_args(argv)
    try:
        return _run(args)
    except LotteryError as error:
        print(error.text("en" if english() else "zh"), file=sys.stderr)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise  # said once for all verbs
        print(f"{args.out or error.filename}: {error.strerror}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    found = parser("draw", *EXAMPLES)
    add = found.add_argument
    add(
        "--frame",
        required=True,
        type=Path,
        metavar="F",
        help="名单:CSV(带表头 id,stratum,weight,reason,或无表头的规范文件)或 Parquet / frame: CSV or Parquet",
    )
    add(
        "--take",
        required=True,
        metavar="N|PLAN",
        help="抽几个(名单只有一层时),或 CSV「stratum,n[,reserve]」/ a number, or a CSV stratum,n[,reserve]",
    )
    add("--round", required=True, type=int, metavar="R", help="轮次,从 1 起 / round, from 1")
    add("--secret", required=True, metavar="S", help="抽取秘密 / the draw secret")
    add("--digits", required=True, metavar="D", help="现场骰子数字 / the dice digits")
    add("--throws", type=int, default=20, metavar="COUNT", help="公布的投掷次数,默认 20 / throws announced, 20")
    add("--sides", type=int, default=6, choices=(6, 10), help="骰子面数,默认 6 / sides of the die, 6")
    add("--commitment", metavar="HEX", help="公布过的承诺值,与秘密核对 / published commitment of the secret")
    add("--reserve", type=int, default=0, metavar="r", help="每层备选几个,默认 0 / reserve units of each stratum, 0")
    add("--cap", type=int, metavar="C", help="每家企业最多抽几个 / most units of one enterprise")
    add(
        "--after",
        type=Path,
        metavar="BUNDLE.zip",
        help="接着这个包再摇一轮:略过前几轮抽中的 / a further round: pass over what this bundle drew",
    )
    _engine_options(add)
    add("--hash", choices=("sha256", "sm3"), default="sha256", help="杂凑算法,默认 sha256 / hash, sha256")
    add(
        "--reason",
        action="append",
        default=[],
        metavar="CODE",
        help="另外允许的排除理由代码,可重复 / one more reason code, repeatable",
    )
    add("--max-gb", type=float, metavar="GB", help="名单文件大小上限 / largest frame file")
    add("--title", default="", help="写进公开包的标题 / title for the bundle")
    add("--json", action="store_true", help="输出 JSON / print JSON")
    add("--out", type=Path, metavar="BUNDLE.zip", help="写出公开包 / write the bundle")
    return found  # fmt: skip


def _engine_options(add: Callable[..., Any]) -> None:
    add(
        "--engine",
        choices=("python", "duckdb", "polars", "spark", "postgresql"),
        help="默认按名单大小选 python 或 duckdb;结果逐位相同 / by the size of the frame if not given; same bits",
    )
    add(
        "--database",
        metavar="URL",
        help="postgresql 引擎用的数据库,只建临时表 / database of the engine postgresql; only a temporary table is made",
    )


def _run(args: argparse.Namespace) -> int:
    from qualitycity.methods.lottery.faults import LotteryError, Several
    from qualitycity.methods.lottery.frame import REASONS
    from qualitycity.methods.lottery.seed import Digits
    from qualitycity.methods.lottery.table import open_source

    inputs = [Digits(args.digits, args.sides, args.throws)]
    faults = _input_faults(args, inputs)
    limit = int(args.max_gb * 2**30) if args.max_gb else None
    try:
        source = open_source(args.frame, args.engine, (*REASONS, *args.reason), limit, args.database)
    except LotteryError as error:
        raise Several([*faults, error]) from error
    with closing(source):
        if faults:
            raise Several(faults)
        _hold(args, source, inputs)
    return 0


def _hold(args: argparse.Namespace, source: Source, inputs: list[Any]) -> None:
    """Draw, write the bundle and say the outcome."""
    from qualitycity.methods.lottery import seed as seeds
    from qualitycity.methods.lottery.draw import draw

    takes, reserves = _takes(args, source)
    frame = source.digest(args.hash)
    earlier = _earlier(args, frame)
    seed = seeds.seed_of(seeds.seed_lines(frame, args.round, args.secret, inputs), args.hash)
    key = seeds.draw_key(seed, hash_name=args.hash)
    passed = [unit for papers in earlier.values() for unit in _drawn(papers)]
    result = draw(source, key, takes, reserves=reserves, passed_over=passed, cap=args.cap, hash_name=args.hash)
    answer = {
        "frame": frame,
        "seed": seed,
        "drawn": result.drawn,
        "reserve": result.reserve,
        "result": seeds.result_digest(args.round, result.ids, args.secret, args.hash),
    }
    if args.out:
        _write(args, source, frame, inputs, result, earlier)
    print(json.dumps(answer, ensure_ascii=False, indent=1) if args.json else _plain(answer, result, args.out))


def _input_faults(args: argparse.Namespace, inputs: list[Any]) -> list[LotteryError]:
    """Return what is wrong with round, secret and digits; told together with the faults of the frame."""
    from qualitycity.methods.lottery import seed as seeds
    from qualitycity.methods.lottery.faults import LotteryError

    faults = []
    try:
        seeds.check_inputs(args.round, args.secret, inputs)
    except LotteryError as error:
        faults.append(error)
    if args.commitment and seeds.commitment(args.secret, args.hash) != args.commitment.strip().lower():
        faults.append(LotteryError("commitment"))
    return faults


def _takes(args: argparse.Namespace, source: Source) -> tuple[dict[str, int], dict[str, int] | int]:
    """Read ``--take``: a number for the single stratum of the frame, or a plan file."""
    from qualitycity.methods.lottery.faults import LotteryError
    from qualitycity.methods.lottery.reading import read_takes

    text, strata = args.take, source.strata
    if text.isascii() and text.isdigit():
        if len(strata) != 1:
            raise LotteryError("take_number_strata", count=len(strata), strata=strata)
        return {strata[0]: int(text)}, args.reserve
    if not Path(text).is_file():
        raise LotteryError("take_neither", text=text)
    takes, reserves = read_takes(text)
    left_out = [stratum for stratum in strata if stratum not in takes]
    if left_out:
        named = ", ".join(left_out)
        print(f"No units are taken from: {named}" if english() else f"计划没有写的层不抽:{named}", file=sys.stderr)
    return takes, {stratum: reserves.get(stratum, args.reserve) for stratum in takes}


def _earlier(args: argparse.Namespace, frame: str) -> dict[int, dict[str, Any]]:
    """Return the papers of the rounds that ``--after`` holds; refuse what this round cannot follow."""
    if args.after is None:
        return {}
    from qualitycity.methods.lottery.bundle import read_rounds
    from qualitycity.methods.lottery.faults import LotteryError

    _check_bundle(args.after)
    rounds = read_rounds(args.after)
    last = max(rounds)
    if args.round <= last:
        raise LotteryError("round_used", last=last)
    for number, papers in rounds.items():
        announced = papers["announcement"]
        if announced["frame"] != frame:
            raise LotteryError("bundle_frame", found=frame, wanted=announced["frame"])
        for field, value in (("hash", args.hash), ("cap", args.cap)):
            if announced[field] != value:
                raise LotteryError("bundle_rule", field=field, found=value, wanted=announced[field])
        if papers.get("result", {}).get("state") == "sealed":
            raise LotteryError("bundle_sealed", round=number)
    return rounds


def _check_bundle(path: Path) -> None:
    """Refuse to build on a bundle that the public checker does not find consistent."""
    from qualitycity.methods.lottery import verify_draw
    from qualitycity.methods.lottery.faults import LotteryError

    report, lang = verify_draw.Report(), "en" if english() else "zh"
    try:
        verify_draw.verify(str(path), None, None, report)
    except verify_draw.Unreadable as error:
        raise LotteryError("bundle_foreign", name=path.name, detail=[r.of(lang) for r in error.reasons]) from error
    wrong = [verify_draw.TITLES[check.code].of(lang) for check in report.checks if check.ok is False]
    if wrong:
        raise LotteryError("bundle_differs", name=path.name, wrong=wrong)


def _drawn(papers: dict[str, Any]) -> list[str]:
    """Units drawn in an earlier round; none where it was void."""
    return [unit for stratum in papers.get("result", {}).get("strata", ()) for unit in stratum["drawn"]]


def _write(
    args: argparse.Namespace,
    source: Source,
    frame: str,
    inputs: list[Any],
    result: Result,
    earlier: dict[int, dict[str, Any]],
) -> None:
    """Write the bundle of an open draw: all that is published, at once."""
    from qualitycity.methods.lottery import bundle
    from qualitycity.methods.lottery.seed import commitment

    announced = bundle.announcement(
        title=args.title or args.frame.stem,
        mode="open",
        round_no=args.round,
        frame=frame,
        plans=[one.plan for one in result.strata],
        inputs=[bundle.announced_input(one) for one in inputs],
        commitment=commitment(args.secret, args.hash),
        cap=args.cap,
        hash_name=args.hash,
    )
    papers = {
        "announcement": announced,
        "transcript": bundle.transcript(announced, inputs, secret=args.secret),
        "result": bundle.open_result(args.round, result, args.secret, args.hash),
    }
    bundle.write_bundle(args.out, source.write_canonical, earlier | {args.round: papers})


def _plain(answer: dict[str, Any], result: Result, out: Path | None) -> str:
    """Say the outcome in words for a terminal."""
    words = (
        ("frame digest", "seed", "stratum", "drawn", "of", "reserve", "result digest", "written")
        if english()
        else ("名单摘要", "种子", "层", "抽中", "共", "备选", "结果摘要", "已写出")
    )
    frame, seed, stratum, drawn, of, reserve, digest, written = words
    lines = [f"{frame} {answer['frame']}", f"{seed} {answer['seed']}"]
    for one in result.strata:
        lines.append(f"{stratum} {one.plan.stratum}: {drawn} {one.plan.n} / {of} {one.plan.eligible}")
        lines += [f"  {place:>4}  {unit.id}  {unit.ticket[:12]}" for place, unit in enumerate(one.drawn, 1)]
        lines += [f"  {reserve} {place}  {unit.id}  {unit.ticket[:12]}" for place, unit in enumerate(one.reserve, 1)]
    lines.append(f"{digest} {answer['result']}")
    return "\n".join([*lines, f"{written} {out}"] if out else lines)
