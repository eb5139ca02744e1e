"""An invented register with the nine columns registers have: what is good, doubled, old and wrong in it is known."""

from __future__ import annotations

import csv
import io

from qualitycity.registry import uscc

HEAD = ["企业名称", "统一社会信用代码", "注册日期", "企业类型", "注册资金", "经营范围", "所在省份", "地区", "注册地址"]
TOWNS = ["大唐镇", "草塔镇", "枫桥镇", "店口镇", "暨阳街道", "次坞镇"]  # the first two are units of before
SCOPES = {
    "袜业": "制造、加工、销售：袜子、针织品",
    "袜行": "批发、零售：袜子、日用百货",
    "衬衫": "制造、加工：衬衫、服装",
    "玩具": "制造：玩具；货物进出口",
}
MAKERS, SELLERS, SHIRTS, TOYS = 48, 6, 10, 4


def row(name: str, code: str, number: int, **more: str) -> list[str]:
    """One row; `more` replaces day, scope, address, province."""
    given = {
        "day": f"20{10 + number % 10}-0{1 + number % 9}-1{number % 9}",
        "scope": SCOPES["袜业"],
        "address": f"诸暨市{TOWNS[number % len(TOWNS)]}示例路{number}号",
        "province": "浙江",
    } | more
    return [
        name,
        code,
        given["day"],
        "有限责任公司",
        f"{number % 40 + 10}(万元人民币)",
        given["scope"],
        given["province"],
        "绍兴",
        given["address"],
    ]


def code(number: int) -> str:
    """A valid code that nobody bears."""
    return uscc.make("91330681", f"XYD2{number:04d}")


def register() -> tuple[bytes, dict[str, int]]:
    """The file, and how its rows must end: {"rows", "accepted", "merged", "refused"}."""
    rows, number = [], 0
    for kind, count in (("袜业", MAKERS), ("袜行", SELLERS), ("衬衫", SHIRTS), ("玩具", TOYS)):
        for _ in range(count):
            number += 1
            rows.append(row(f"示例{number:03d}号{kind}有限公司", code(number), number, scope=SCOPES[kind]))
    accepted = len(rows)
    rows += [
        row("示例001号袜厂", code(1).lower(), 1),  # the same firm under another name
        row("示例002号袜业有限公司", "330681000012345", 2),  # the same firm by its number of before
        row("示例003号袜业有限公司", code(3)[:-1] + ("0" if code(3)[-1] != "0" else "1"), 3),  # one slip in the code
    ]
    rows += [
        row("示例无代码袜厂", "", 901),
        row("示例坏代码袜厂", code(902)[:9] + "O" + code(902)[10:], 902),
        row("示例坏日期袜厂", code(903), 903, day="2015-02-30"),
        row("示例错列袜厂", code(904), 904, province="有限责任公司"),
    ]
    text = io.StringIO()
    csv.writer(text).writerows([HEAD, *rows])
    return text.getvalue().encode(), {"rows": len(rows), "accepted": accepted, "merged": 3, "refused": 4}
