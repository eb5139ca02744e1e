"""J2 of journeys.md in a real browser, in both modes: what must be seen, and what must never be."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import PHONE
from tests.browser.helpers import look

DIGITS = "51425661421162242526"
DIGITS_TWO = "13452452514362151362"
WITNESSES = (("陈市民", "市民"), ("刘代表", "代表委员"), ("周记者", "媒体"))
SECRET_WORDS = ("demo-secret", "demo-match")
SHOTS = os.environ.get("CITY_SHOTS", "")
Visit = Callable[..., Any]


def shot(page: Any, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def set_day(day: date) -> None:
    from qualitycity.kernel.access.actor import SYSTEM, acting
    from qualitycity.kernel.access.dbrole import role
    from qualitycity.kernel.clock.services import set_clock

    with role("desk"), acting(SYSTEM):
        set_clock(day)


def press(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).or_(page.get_by_role("link", name=name, exact=True)).first.click()


def see(page: Any, *texts: str) -> None:
    from playwright.sync_api import expect

    for text in texts:
        expect(page.locator("main")).to_contain_text(text)


def never(page: Any, *texts: str) -> None:
    content = page.content()
    for text in texts:
        assert text not in content, text


def names() -> list[str]:
    return [f"示例袜业{number:02d}" for number in range(1, 13)]


def build_frame(section: Any) -> None:
    """Steps 1 and 2."""
    section.goto("/desk/sampling/plans/")
    section.get_by_role("link", name="袜子专项抽查").first.click()
    press(section, "编制抽样名单")
    press(section, "编制名单")
    see(section, "两库比对还有 1 处差异没有处理")
    press(section, "去处理")
    see(section, "「登记有、名录无」", "示例袜业12")
    shot(section, "01-reconcile")
    section.locator("tbody").get_by_role("link", name="补入名单").click()
    press(section, "补入名单")
    see(section, "已补入")
    section.get_by_role("link", name="名单", exact=True).click()
    see(
        section,
        "6 个月内已抽",
        "2027-01-12",
        "已注销",
        "2026-12-20",
        "e6c7f9b15fb0d518fc083e168204f19e0a293f96f3de80bc4a8b6f9d57b9f471",
    )
    shot(section, "02-frame")


def publish(section: Any, mode: str) -> None:
    """Step 3."""
    section.get_by_role("link", name="公布名单并封存秘密").click()
    section.get_by_label(mode).check()
    section.get_by_label("摇号时间").fill("2027-04-06T15:00")
    section.get_by_label("摇号地点").fill("质量局一楼大厅")
    section.get_by_label("抽取秘密(演示)").fill("demo-secret-one")
    section.get_by_label("匹配秘密(演示)").fill("demo-match-one")
    press(section, "下一步:核对")
    press(section, "公布名单并封存秘密")
    see(section, "最早 2027-04-07")
    section.get_by_label("摇号时间").fill("2027-04-07T09:30")
    shot(section, "03-publish")
    press(section, "下一步:核对")
    see(section, "公布后名单、方式和机会都不能再改")
    shot(section, "04-check")
    press(section, "公布名单并封存秘密")
    see(section, "第 1 轮 · 首轮")
    shot(section, "05-draw")


def sign_in(visit: Visit, stage: Any) -> list[Any]:
    """Step 5: three witnesses sign in by code on their own phones."""
    press(stage, "开场")
    see(stage, "请见证人用自己的手机签到")
    shot(stage, "06-sign-in")
    stage.get_by_text("见证码", exact=True).click()
    codes = [item.strip() for item in stage.locator(".seat-code").all_inner_texts()]
    shot(stage, "06-codes")
    assert len(codes) == 3
    phones = []
    for code, (name, capacity) in zip(codes, WITNESSES, strict=True):
        phone = visit(path="/witness/sampling/", size=PHONE)
        phone.get_by_label("见证码").fill(code)
        phone.get_by_label("姓名").fill(name)
        phone.get_by_label(capacity).check()
        shot(phone, "07-phone-sign-in")
        press(phone, "签到")
        see(phone, "签到成功", name)
        phones.append(phone)
    return phones


def throw(stage: Any, phones: list[Any], digits: str = DIGITS) -> None:
    """Step 5: they type the digits themselves; two confirm."""
    from playwright.sync_api import expect

    press(stage, "开始掷骰")
    see(stage, "掷骰 20 次")
    assert stage.get_by_label("点数").count() == 0
    first = phones[0]
    first.get_by_label("您掷出的点数").fill("7")
    press(first, "送上大屏")
    see(first, "没有这个数")
    for phone, part in zip(phones, (digits[:8], digits[8:14], digits[14:]), strict=True):
        expect(phone.get_by_label("您掷出的点数")).to_be_visible(timeout=15000)
        phone.get_by_label("您掷出的点数").fill(part)
        shot(phone, "08-phone-digits")
        press(phone, "送上大屏")
    see(stage, "20 / 20")
    shot(stage, "09-dice")
    for phone in phones[1:]:
        expect(phone.get_by_role("button", name="确认,与掷出的一致")).to_be_visible(timeout=15000)
        shot(phone, "10-phone-confirm")
        press(phone, "确认,与掷出的一致")
    see(stage, "骰数已经固定")
    shot(stage, "11-fixed")


def finish(stage: Any, phones: list[Any]) -> None:
    """Step 9: minutes, full names."""
    from playwright.sync_api import expect

    press(stage, "生成纪要")
    for phone, (name, _capacity) in zip(phones, WITNESSES, strict=True):
        expect(phone.get_by_label("全名")).to_be_visible(timeout=15000)
        see(phone, "会议纪要")
        shot(phone, "12-phone-minutes")
        phone.get_by_label("全名").fill(name)
        press(phone, "签字确认")
        see(phone, "您已签字")
    see(stage, "已签字")
    expect(stage.get_by_role("link", name=re.compile("^纪要"))).to_be_visible()
    shot(stage, "13-signed")


def test_j2_with_names_after_the_visits(visit: Visit, tmp_path: Path) -> None:
    section = visit("section", "/desk/sampling/plans/")
    build_frame(section)
    publish(section, "检查后公开")
    draw_url = section.url

    public = visit(path="/sampling/")
    press(public, "袜子专项抽查")
    see(
        public,
        "e6c7f9b15fb0d518fc083e168204f19e0a293f96f3de80bc4a8b6f9d57b9f471",
        "99f1f6031d9c8abdbf683dd9111babe8f1831782098e9617f23f7127b747e73e",
        "eff677390cd5dac4668e13caea85831932bf6ce1d84b55a9af14884fa7a41765",
        "检查后公开", "2027-04-07 09:30", "质量局一楼大厅", "6 个月内已抽", "已注销", "登记有、名录无",
    )  # fmt: skip
    public_url = public.url
    shot(public, "14-public-announced")
    look(public)

    # Step 4: nothing changes after publication.
    section.get_by_role("link", name="看名单").click()
    see(section, "名单已公布,不能再改", "作废并重新公布")
    assert section.get_by_role("link", name="补入名单").count() == 0
    section.goto(draw_url)
    press(section, "作废并重新公布")
    press(section, "作废并重新公布")
    see(section, "请写明理由")

    # Steps 5 to 9.
    set_day(date(2027, 4, 7))
    host = visit("host", "/desk/")
    see(host, "袜子专项抽查")
    shot(host, "15-host-home")
    host.get_by_role("link", name=re.compile("袜子专项抽查")).first.click()
    if "/stage/" not in host.url:
        press(host, "上台")
    see(host, "12 家企业在名单上,10 家可抽,抽 4 家")
    shot(host, "16-stage-announced")
    phones = sign_in(visit, host)
    throw(host, phones)
    press(host, "摇号")
    see(host, "抽出 4 家", "5a9ac135cbca72c007774bc96386ccfd045be08010da0ce7e49e01eff45cb1d3", DIGITS)
    never(host, *names(), *SECRET_WORDS)
    shot(host, "17-drawn")
    finish(host, phones)

    # Step 6 to 8: the section sees names, next in line, laboratories, pairs and the certificate.
    section.goto(draw_url + "?tab=names")
    see(
        section,
        "1aec5e465018",
        "39049cd1f1e4",
        "5f8acf4b1cba",
        "65e6377a3697",
        "示例袜业12",
        "与被抽企业有委托关系",
        "亲属回避",
    )
    rows = [" ".join(row.split()) for row in section.locator("table tbody tr").all_inner_texts()]
    found = [
        (re.search("示例袜业(\\d\\d)", row)[1], re.search(r"\b(L\d)\b", row)[1], re.search(r"S0\d\+S0\d", row)[0])
        for row in rows
    ]  # type: ignore[index]
    assert found == [("10", "L1", "S02+S06"), ("11", "L2", "S04+S05"), ("06", "L3", "S03+S01"), ("04", "L3", "S06+S03")]
    see(section, "没有更省的指派")
    shot(section, "18-names")
    keeper = visit("keeper", draw_url.replace(section.url.split("/desk/")[0], "") + "?tab=names")
    see(keeper, "S04+S05")
    never(keeper, "下一位")

    # Step 10: the public learns digits, time, count and digest, and no name of the drawn.
    public.goto(public_url)
    see(public, DIGITS, "4 家", "5a9ac135cbca72c007774bc96386ccfd045be08010da0ce7e49e01eff45cb1d3")
    assert public.locator(".drawn-list").count() == 0
    never(public, *SECRET_WORDS)
    shot(public, "19-public-drawn")
    for login in ("town_b", "ent10", "leader", "host", "tech1"):
        other = visit(login, "/desk/")
        other.goto(draw_url + "?tab=names")
        never(other, "示例袜业06", "示例袜业11")
        other.context.close()

    # Step 11: E11 is shut; the town confirms; a fresh round draws E12.
    pictures = [Path(tmp_path) / f"photo-{at}.png" for at in (1, 2)]
    from tests.supervision.sampling.play import photos

    for path, content in zip(pictures, photos(), strict=True):
        path.write_bytes(content.read())
    set_day(date(2027, 4, 8))
    sampler = visit("s05", "/desk/sampling/visits/", size=PHONE)
    sampler.get_by_role("link", name=re.compile("-1-2$")).click()
    see(sampler, "示例袜业11")
    sampler.get_by_text("更多").click()
    sampler.get_by_role("link", name="上报企业无法抽样").click()
    sampler.get_by_label("原因").select_option(label="停产")
    sampler.get_by_label("现场照片 1").set_input_files(str(pictures[0]))
    sampler.get_by_label("现场照片 2").set_input_files(str(pictures[1]))
    shot(sampler, "20-shut")
    press(sampler, "上报企业无法抽样")
    see(sampler, "上报停业待核实")
    town = visit("town_b", "/desk/")
    see(town, "请到现场核实一家企业的状况")
    town.get_by_role("link", name=re.compile("抽样任务")).first.click()
    see(town, "示例袜业11", "停产")
    shot(town, "21-town")
    press(town, "核实属实")
    press(town, "核实属实")
    section.goto(draw_url)
    press(section, "公告下一轮")
    section.get_by_label("摇号时间").fill("2027-04-09T09:30")
    section.get_by_label("抽取秘密(演示)").fill("demo-secret-two")
    section.get_by_label("匹配秘密(演示)").fill("demo-match-two")
    press(section, "公告下一轮")
    see(section, "第 2 轮", "da780414b3f46dc7ba6fb2dfc89d9121e0f37ed1c7ecdebbe487c37e3523b211")
    see(section, "360fb39208a057496ad298487d32576575f6f562a20a7b49ccb5aa673c605e4a")
    set_day(date(2027, 4, 9))
    host.goto("/desk/")
    host.get_by_role("link", name=re.compile("第 2 轮")).first.click()
    if "/stage/" not in host.url:
        press(host, "上台")
    phones = sign_in(visit, host)
    throw(host, phones, DIGITS_TWO)
    press(host, "摇号")
    see(host, "抽出 1 家")
    finish(host, phones)
    section.goto(draw_url + "?tab=names")
    second = section.locator("section", has_text="第 2 轮").last
    assert (
        "示例袜业12" in second.inner_text() and "S02+S06" in second.inner_text() and "示例袜业03" in second.inner_text()
    )
    see(section, "由第 2 轮递补")

    # Step 12: all sheets are in; names open by themselves; then the reports.
    set_day(date(2027, 4, 12))
    section.goto("/desk/sampling/visits/?state=planned")
    numbers = section.locator("tbody a").all_inner_texts()
    assert len(numbers) == 4
    for number in numbers:
        section.goto("/desk/sampling/visits/?state=planned")
        section.get_by_role("link", name=number).click()
        press(section, "记录已抽样")
        press(section, "记录已抽样")
    public.goto(public_url)
    see(public, "demo-secret-one", "demo-secret-two", "由第 2 轮递补")
    listed = [re.search("示例袜业(\\d\\d)", row)[1] for row in public.locator(".drawn-list tbody tr").all_inner_texts()]  # type: ignore[index]
    assert listed == ["10", "11", "06", "04", "12"]
    never(public, "demo-match")
    shot(public, "22-public-opened")
    keeper.goto(draw_url)
    for number in (1, 2):
        keeper.goto(draw_url)
        keeper.get_by_role("link", name="看本轮").nth(number - 1).click()
        press(keeper, "记录本轮最后一份报告已签发")
        press(keeper, "记录本轮最后一份报告已签发")
    public.goto(public_url)
    see(public, "demo-match-one", "demo-match-two", "S02+S06", "与被抽企业有委托关系", "亲属回避")

    # Step 13: recompute in the page, without network; change one digit.
    see(public, "自己验一遍")
    public.get_by_role("button", name="重新计算").wait_for()
    public.context.set_offline(True)
    press(public, "重新计算")
    verdict = public.locator("[data-part=verdict]")
    from playwright.sync_api import expect

    expect(verdict).to_contain_text("一致", timeout=60000)
    assert "不一致" not in verdict.inner_text()
    box = public.get_by_label("骰子数字")
    box.fill("6" + box.input_value()[1:])
    press(public, "重新计算")
    expect(verdict).to_contain_text("不一致", timeout=60000)
    shot(public, "23-verified")


def test_j2_with_names_on_stage(visit: Visit) -> None:
    """Step 14."""
    section = visit("section", "/desk/sampling/plans/")
    build_frame(section)
    publish(section, "当场公开")
    set_day(date(2027, 4, 7))
    host = visit("host", "/desk/")
    host.get_by_role("link", name=re.compile("袜子专项抽查")).first.click()
    if "/stage/" not in host.url:
        press(host, "上台")
    phones = sign_in(visit, host)
    throw(host, phones)
    press(host, "摇号")
    see(host, "示例袜业10", "示例袜业11", "示例袜业06", "示例袜业04")
    assert [re.search("示例袜业(\\d\\d)", text)[1] for text in host.locator(".stage-list li").all_inner_texts()] == [
        "10",
        "11",
        "06",
        "04",
    ]  # type: ignore[index]
    never(host, "demo-match")
    shot(host, "24-open-stage")
    public = visit(path="/sampling/")
    press(public, "袜子专项抽查")
    see(public, "抽中名单", "示例袜业10", "demo-secret-one")
    never(public, "demo-match")


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_pages_keep_the_common_ground(visit: Visit, as_login: Any, size: str) -> None:
    """Every kind of page of the room, on a desk and on a phone (journeys.md 0.2)."""
    from datetime import date as day

    from qualitycity.kernel import clock
    from tests.browser.conftest import DESKTOP
    from tests.supervision.sampling import play

    screen = PHONE if size == "phone" else DESKTOP
    frame = play.build(as_login)
    with clock.on(play.J2_DAY), as_login("section"):
        from qualitycity.supervision.sampling import services

        services.rehearse_frame(frame)
    section = visit("section", f"/desk/sampling/frames/{frame.pk}/?tab=reconcile", size=screen)
    paths = [
        "plans/",
        "plans/new/",
        f"plans/{frame.plan_id}/",
        f"frames/{frame.pk}/",
        f"frames/{frame.pk}/?tab=rehearsal",
    ]
    for path in ("", *paths, f"frames/{frame.pk}/publish/"):
        if path:
            section.goto(f"/desk/sampling/{path}")
        look(section)
    draw = play.publish(as_login, frame)
    round_ = play.first_round(draw)
    set_day(day(2027, 4, 7))
    play.hold(as_login, round_)
    for path in (
        "draws/",
        f"draws/{draw.pk}/",
        f"draws/{draw.pk}/?tab=names",
        f"draws/{draw.pk}/?tab=history",
        f"draws/{draw.pk}/void/",
    ):
        section.goto(f"/desk/sampling/{path}")
        look(section)
    host = visit("host", f"/desk/sampling/rounds/{round_.pk}/stage/", size=screen)
    look(host, prints=False)
    host.goto(f"/desk/sampling/rounds/{round_.pk}/")
    look(host)
    sampler = visit("s02", "/desk/sampling/visits/", size=screen)
    look(sampler)
    sampler.locator("tbody a").first.click()
    look(sampler)
    sampler.goto(sampler.url + "report_shut/")
    look(sampler)
    phone = visit(path="/witness/sampling/", size=screen)
    look(phone)
    public = visit(path="/sampling/", size=screen)
    look(public)
    public.goto(f"/p/draw/{draw.slug}/?code={play.firm(10)}")
    look(public)
