"""What stands in the minutes of a ceremony. While the names are sealed nothing here tells who was drawn."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.utils.timezone import localtime

from qualitycity.kernel.documents import Fields, Heading, Para, Signatures, Table
from qualitycity.kernel.documents.content import date_words

from .drawing import LABS, TEAMS, pools
from .models import Mode, Round, Witness

LISTED = 300  # lines of the frame printed in full; beyond, the digest stands for them


def context(round_: Round) -> dict[str, Any]:
    """The context of `documents.issue`; minutes are official and Chinese whatever the screen shows."""
    draw = round_.draw
    held = localtime(round_.drawn_at)
    title = f"{draw.plan.title}公开摇号第{round_.number_in_draw}轮会议纪要"
    unit = str(draw.plan.unit or "")
    intro = (
        f"{date_words(held.date())}{held:%H:%M},{unit}在{round_.place}举行公开摇号会议。名单、秘密的承诺和规则已于"
        f"{date_words(datetime.fromisoformat(json.loads(round_.announcement)['published_at']).date())}公告。骰数由见证人自行掷出、输入并确认,主持人和承办科室没有输入。"
    )
    blocks: list[Any] = [
        Para(intro),
        Heading("一、公告的内容"),
        Fields(_announced(round_)),
        Heading("二、公共输入和结果"),
        Fields(_result(round_)),
        Heading("三、回避"),
        Para(_asides(round_)),
        Heading("四、见证人"),
        _witnesses(round_),
        Heading("五、名单"),
        *_frame(round_),
    ]
    if draw.mode == Mode.ON_STAGE:
        blocks += [Heading("六、抽中企业"), _drawn(round_)]
    blocks.append(Signatures([(str(seat.get_capacity_display()), seat.signed_name) for seat in _present(round_)]))
    return {"title": title, "blocks": blocks, "issuer": unit, "date": held.date()}


def _present(round_: Round) -> list[Witness]:
    return [seat for seat in round_.seated if seat.present]


def _announced(round_: Round) -> list[tuple[str, str]]:
    draw = round_.draw
    return [
        ("摇号编号", draw.number),
        ("公开方式", draw.get_mode_display()),
        ("机会", draw.get_odds_display()),
        ("名单", f"{draw.frame.rows.count()} 家,可抽 {draw.frame.rows.filter(weight__gt=0).count()} 家"),
        ("抽取", f"{round_.take_total} 家"),
        ("名单摘要", draw.frame.digest),
        ("抽取秘密承诺", round_.draw_commitment),
        ("匹配秘密承诺", round_.match_commitment),
    ]


def _result(round_: Round) -> list[tuple[str, str]]:
    found = []
    if round_.wants_digits:
        found.append(("骰数", round_.digits))
    if round_.beacon:
        found.append(("信标", f"第 {round_.beacon['round']} 轮 {round_.beacon['randomness']}"))
    held = localtime(round_.drawn_at)
    return [
        *found,
        ("摇号时间", f"{held:%Y-%m-%d %H:%M:%S}"),
        ("抽中", f"{round_.count} 家"),
        ("结果摘要", round_.result_digest),
    ]


def _asides(round_: Round) -> str:
    """Set-asides for the whole frame are counted; who they concern opens with the matching."""
    found = pools(round_)
    labs, teams = len(found[LABS].set_asides), len(found[TEAMS].set_asides)
    return (
        f"公告时就全部名单登记的回避:检验机构 {labs} 项,抽样人员 {teams} 项,均已用于匹配。"
        "匹配以第二个封存的秘密按最小代价规则作出,附有不存在更省指派的证书;本轮报告全部签发后与回避一并公开。"
    )


def _witnesses(round_: Round) -> Table:
    rows = []
    for seat in round_.seated:
        signed = f"{localtime(seat.signed_off_at):%Y-%m-%d %H:%M:%S}" if seat.signed_off_at else ""
        remark = (
            seat.struck_reason
            and f"缺席:{seat.struck_reason}"
            or seat.unsigned_reason
            and f"未签字:{seat.unsigned_reason}"
        )
        rows.append([str(seat.seat), str(seat.get_capacity_display()), seat.name, signed, remark or ""])
    return Table(head=["席位", "身份", "姓名", "签字时间", "备注"], rows=rows, widths=[1, 2, 2, 3, 3], align="cllll")


def _frame(round_: Round) -> list[Any]:
    rows = list(round_.draw.frame.rows.all()[: LISTED + 1])
    if len(rows) > LISTED:
        return [Para("名单较长,以名单摘要为准,全文见公告页。")]
    return [
        Table(
            head=["标识", "企业", "层", "权重", "不列入抽取的理由"],
            rows=[
                [row.unit_id, row.name, row.stratum, str(row.weight), row.get_reason_display() if row.reason else ""]
                for row in rows
            ],
            widths=[4, 4, 2, 1, 3],
            align="lllrl",
        )
    ]


def _drawn(round_: Round) -> Table:
    rows = [
        [str(one.order), one.row.unit_id, one.row.name]
        for one in round_.drawn.filter(reserve=False).select_related("row")
    ]
    return Table(head=["顺序", "标识", "企业"], rows=rows, widths=[1, 4, 4], align="rll")
