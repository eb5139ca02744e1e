"""Each page kind in a real browser: it reads at the desk, on the phone, by keyboard, on paper, in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from tests.browser.helpers import NARROW, look

pytestmark = pytest.mark.browser
DESK = (
    "list empty case/2 case/2?tab=history case/2/void refused new upload home check working paper "
    "forbidden broken nowhere/at/all"
)
OTHER = ["/gallery/public/", "/lab/gallery/list/", "/desk/ui/help/", "/ui/help/"]
MOST_PUBLIC_BYTES = 300 * 1024


@pytest.mark.parametrize("address", [f"/desk/gallery/{name}" for name in DESK.split()] + OTHER)
def test_what_holds_for_every_page(show, address: str) -> None:
    path, mark, query = address.partition("?")
    look(show(path.rstrip("/") + "/" + mark + query))


@pytest.mark.parametrize("name", ["stage", "phone"])
def test_stage_and_phone(show, name: str) -> None:
    look(show(f"/desk/gallery/{name}/", size=NARROW if name == "phone" else None), prints=False)


def test_at_200_percent_nothing_scrolls_two_ways(show) -> None:
    for name in ("list", "case/2", "new", "home"):
        page = show(f"/desk/gallery/{name}/", size={"width": 683, "height": 384})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def test_filters_live_in_the_address_and_survive_back_and_reload(show) -> None:
    page = show("/desk/gallery/list/")
    page.get_by_label("属地").select_option("东河镇")
    page.get_by_role("button", name="筛选").click()
    assert "town=%E4%B8%9C" in page.url
    assert page.get_by_text("共 16 条").is_visible()
    page.get_by_role("link", name="批次").click()
    assert "town=" in page.url and "sort=batches" in page.url
    assert page.locator("th[aria-sort=ascending]").inner_text().startswith("批次")
    page.reload()
    assert page.get_by_label("属地").input_value() == "东河镇"
    page.go_back()
    assert "sort=" not in page.url and page.get_by_text("共 16 条").is_visible()


def test_sticky_head_stays_under_the_top_bar(show) -> None:
    page = show("/desk/gallery/list/")
    page.mouse.wheel(0, 600)
    page.wait_for_timeout(200)
    bar, head = page.locator(".top").bounding_box(), page.locator("thead th").first.bounding_box()
    assert abs(bar["y"] + bar["height"] - head["y"]) <= 2


def test_density_and_columns(show) -> None:
    page = show("/desk/gallery/list/")
    tall = page.locator("tbody tr").first.bounding_box()["height"]
    page.get_by_role("button", name="紧凑").click()
    page.reload()
    assert page.get_by_role("button", name="紧凑").get_attribute("aria-pressed") == "true"
    assert page.locator("tbody tr").first.bounding_box()["height"] < tall
    page.locator("summary", has_text="列").click()
    page.get_by_label("序号").check()
    page.locator(".drop-box").get_by_label("属地").uncheck()
    page.get_by_role("button", name="显示", exact=True).click()
    assert page.locator("thead").get_by_text("序号").is_visible()
    assert page.locator("thead").get_by_text("属地").count() == 0


def test_a_batch_asks_first_and_wants_the_reason(show) -> None:
    page = show("/desk/gallery/list/")
    page.get_by_label("选中 五金阀门专项监督抽查", exact=True).first.check()
    page.get_by_role("button", name="作废").click()
    assert page.get_by_text("将对 1 件逐件办理「作废」").is_visible()
    page.get_by_role("button", name="作废").click()
    assert page.get_by_role("link", name="理由:请写明理由。").is_visible()
    page.get_by_label("理由").fill("计划调整")
    page.get_by_role("button", name="作废").click()
    assert page.get_by_text("「作废」已办 1 件。").is_visible()


def test_errors_are_summed_up_and_lead_to_the_field(show) -> None:
    page = show("/desk/gallery/new/")
    page.get_by_label("计划名称").fill("袜子专项抽查")
    page.get_by_label("批次 *").fill("900")
    page.get_by_role("button", name="下一步").click()
    assert page.evaluate("document.activeElement.className") == "error-summary"
    summary = page.get_by_role("alert")
    assert "3 处" in summary.inner_text()
    summary.get_by_role("link", name="批次").click()
    assert page.evaluate("document.activeElement.name") == "batches"
    assert page.get_by_label("计划名称").input_value() == "袜子专项抽查"
    described = page.get_by_label("批次 *").get_attribute("aria-describedby").split()
    assert all(page.locator(f"#{one}").count() == 1 for one in described)
    look(page)


def test_check_page_names_consequences_and_gives_back_what_was_typed(show) -> None:
    page = show("/desk/gallery/new/")
    page.get_by_label("计划名称").fill("袜子专项抽查")
    page.get_by_label("批次 *").fill("40")
    page.get_by_label("开始日期").fill("2027-04-12")
    page.get_by_label("检查后公开").check()
    page.get_by_label("西塘镇").check()
    page.get_by_role("button", name="下一步").click()
    main = page.locator("main").inner_text()
    assert "批准后不能再改批次数。" in main and "检查后公开" in main and "西塘镇" in main and "东河镇" in main
    page.get_by_role("button", name="返回修改").click()
    assert page.get_by_label("批次 *").input_value() == "40"
    assert page.get_by_label("西塘镇").is_checked()
    assert page.locator(".error-summary").count() == 0
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="批准").click()
    assert "「批准」已办" in page.locator(".flash").inner_text()


def test_a_draft_survives_a_lost_page_but_never_holds_what_is_private(show) -> None:
    page = show("/desk/gallery/new/")
    page.get_by_label("计划名称").fill("袜子专项抽查")
    page.get_by_label("身份证号").fill("339999199001011234")
    page.get_by_text("草稿已存在本浏览器").wait_for()
    assert "339999199001011234" not in page.evaluate("JSON.stringify({...localStorage})")
    page.goto("/desk/gallery/home/")
    page.goto("/desk/gallery/new/")
    assert page.get_by_label("计划名称").input_value() == ""
    page.get_by_role("button", name="恢复草稿").click()
    assert page.get_by_label("计划名称").input_value() == "袜子专项抽查"


def test_a_draft_is_gone_once_the_form_is_through(show) -> None:
    page = show("/desk/gallery/faulty/")  # its act always refuses
    fill = {"计划名称": "袜子", "批次 *": "40", "开始日期": "2027-04-12"}
    for label, text in fill.items():
        page.get_by_label(label).fill(text)
    page.get_by_label("当场公开").check()
    page.get_by_role("button", name="修改").click()
    assert (
        "没有这个单位" in page.get_by_role("alert").inner_text() and "第 3 行" in page.get_by_role("alert").inner_text()
    )
    assert page.evaluate("Object.keys(localStorage).filter((k) => k.startsWith('draft:')).length") == 1
    page.goto("/desk/gallery/home/")
    assert page.evaluate("Object.keys(localStorage).filter((k) => k.startsWith('draft:')).length") == 0


def test_the_basis_opens_by_keyboard_and_closes_by_escape(show) -> None:
    page = show("/desk/gallery/case/2/")
    button = page.get_by_role("button", name="依据:临期天数")
    button.focus()
    page.keyboard.press("Enter")
    assert page.get_by_text("light.near_days").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_text("light.near_days").is_visible()
    assert "本系统默认值,非法定" in page.locator("main").inner_text()


def test_a_record_shows_what_may_be_done_and_why_not(show) -> None:
    page = show("/desk/gallery/case/2/")
    assert page.locator(".record-moves > a.btn, .record-moves > form > .btn").count() == 2
    page.get_by_text("现在不能办的").click()
    assert page.get_by_text("须在摇号前一个工作日公布。").is_visible()
    page.get_by_role("link", name="办理记录").click()
    assert page.url.endswith("?tab=history")
    assert page.get_by_text("2027-04-06 09:12:33").count() == 4
    assert "理由:批次数与预算不符" in page.locator("main").inner_text()


def test_long_work_fills_its_bar(show) -> None:
    page = show("/desk/gallery/working/")
    page.get_by_text("已完成").wait_for()
    assert page.locator("progress").get_attribute("value") == "1470"


def test_english_and_elder_mode(show) -> None:
    page = show("/gallery/public/")
    size = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    page.get_by_role("button", name="长者模式").click()
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 18 > size
    look(page)
    page.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": "en", "url": page.url}])
    page.reload()
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.get_by_role("button", name="Leave large-type mode").is_visible()


def test_a_public_page_is_light(show) -> None:
    asked: list[str] = []
    page = show("/")
    page.on("request", lambda request: asked.append(request.url))
    response = page.goto("/gallery/public/")
    total = len(response.body())  # pages themselves go out uncompressed
    for url in asked[1:]:
        if url.startswith("data:"):
            continue
        found = Path(finders.find(urlsplit(url).path.removeprefix("/static/")) or url)
        packed = found.with_name(found.name + ".gz")
        total += (packed if packed.exists() else found).stat().st_size
    assert total <= MOST_PUBLIC_BYTES, f"{total} bytes: {asked}"


def test_paper_is_a4_with_pages_and_print_time(show) -> None:
    page = show("/desk/gallery/list/")
    data = page.pdf(prefer_css_page_size=True)
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data)
    assert box and abs(float(box[1]) - 595) < 2 and abs(float(box[2]) - 842) < 2
    page.emulate_media(media="print")
    assert page.get_by_text("打印时间").is_visible()
    assert page.get_by_role("heading", name="抽查计划").is_visible()
