"""「自己验一遍」 in a real Chromium: from a plain file server under the strict policy, then with the network off."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from qualitycity.methods.lottery.frame import Unit
from qualitycity.methods.lottery.seed import Digits
from tests.methods.lottery import bundles
from tests.methods.lottery.bundles import E03, E04, E06, E10, E11, E12, changed

MODULES = Path(__file__).resolve().parents[2] / "src/qualitycity/supervision/sampling/static/sampling/verify"
POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"
DIGITS = bundles.J2_ROUNDS[0][4]


class Site:
    """A folder served on 127.0.0.1 under the application's content policy; collects what goes wrong in the page."""

    def __init__(self, folder: Path, browser: Any) -> None:
        self.folder, self.browser = folder, browser
        self.asked: list[str] = []
        self.faults: list[str] = []
        site = self

        class Handler(SimpleHTTPRequestHandler):
            def end_headers(self) -> None:
                self.send_header("Content-Security-Policy", POLICY)
                super().end_headers()

            def log_message(self, format: str, *args: object) -> None:
                site.asked.append(self.path)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        (folder / "static/sampling").mkdir(parents=True)
        (folder / "static/sampling/verify").symlink_to(MODULES)

    def open(self, story: bundles.Story | None, lang: str = "zh-hans", script: str = "") -> Any:
        """Publish a draw and open its page."""
        if story is not None:
            bundles.write(self.folder / "bundle.zip", story.files())
        with translation.override(lang):
            form = render_to_string(
                "sampling/public/_verifier.html", {"verifier_bundle_url": "/bundle.zip" if story is not None else ""}
            )
        head = '<meta charset="utf-8"><title>核验</title><link rel="icon" href="data:,">'
        whole = f'<!doctype html><html lang="{lang}">{head}<body>{form}</body></html>'
        (self.folder / "index.html").write_text(whole)
        context = self.browser.new_context(viewport={"width": 390, "height": 844})
        if script:
            context.add_init_script(script)
        page = context.new_page()
        page.on("console", lambda line: self.faults.append(line.text) if line.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith((self.url, "blob:")) else self.faults.append(r.url))
        page.goto(self.url + "/index.html")
        return page


@pytest.fixture
def site(tmp_path: Path, browser: Any) -> Iterator[Site]:
    found = Site(tmp_path / "www" if (tmp_path / "www").mkdir() is None else tmp_path, browser)
    yield found
    found.server.shutdown()
    found.server.server_close()
    assert not found.faults


def verdict(page: Any) -> str:
    page.get_by_role("button", name="重新计算").click()
    page.locator("[data-part=status]").filter(has_text="核对完毕").wait_for()
    return page.locator("[data-verdict]").get_attribute("data-verdict")


def recomputed(page: Any, place: int = 0) -> list[str]:
    return page.locator("[data-list=recomputed]").nth(place).locator("code").all_inner_texts()


def failed(page: Any) -> set[str]:
    return {e.get_attribute("data-check") for e in page.locator("[data-ok=false]").all()}


def test_a_visitor_checks_the_draw_with_the_network_off(site: Site) -> None:
    page = site.open(bundles.j2())
    page.get_by_text("数据已经在本页,可以断网核对").wait_for()
    asked = len(site.asked)
    page.context.set_offline(True)
    assert verdict(page) == "consistent"
    assert page.locator("[data-verdict] strong").inner_text() == "一致"
    assert recomputed(page) == [E10, E11, E06, E04]
    assert recomputed(page, 1) == [E12]
    # One digit changed: another list, and the page says so.
    page.get_by_label("骰子数字").fill(DIGITS[:-1] + "5")
    assert verdict(page) == "different"
    assert page.locator("[data-verdict] strong").inner_text() == "不一致"
    assert recomputed(page) != [E10, E11, E06, E04]
    assert {"seed_lines", "seed", "drawn", "digest"} <= failed(page)
    assert page.get_by_text("用您改过的数字算的").is_visible()
    assert page.locator("[data-list=published] mark").count() > 0
    page.get_by_role("button", name="恢复公布的数字").click()
    page.locator("[data-verdict=consistent]").wait_for()
    # The second round is checked with its own digits.
    page.get_by_label("轮次").select_option("1")
    assert page.get_by_label("骰子数字").input_value() == bundles.J2_ROUNDS[1][4]
    page.get_by_label("骰子数字").fill("1" * 20)
    assert verdict(page) == "different"
    assert recomputed(page) == [E10, E11, E06, E04]
    assert recomputed(page, 1) != [E12]
    assert len(site.asked) == asked


def test_a_firm_checks_itself_with_one_hash(site: Site) -> None:
    page = site.open(bundles.j2())
    page.get_by_text("可以断网核对").wait_for()
    page.context.set_offline(True)

    def ask(code: str) -> Any:
        page.get_by_label("企业自查").fill(code)
        page.get_by_role("button", name="查号签和名次").click()
        page.locator("[data-part=status]").filter(has_text="核对完毕").wait_for()
        return page.locator("[data-part=firm]")

    page.get_by_label("骰子数字").fill("1" * 20)  # a changed digit changes no firm's published result
    card = ask(f" {E11.lower()} ")
    assert card.locator("[data-ticket]").first.inner_text().startswith("39049cd1f1e4")
    assert "抽中,第 2 位" in card.inner_text()
    assert "前一轮已抽中" in card.inner_text()
    assert "0.400000000000" in card.inner_text()
    assert "repeat_ban" in ask("91339999MAD0EM0585").inner_text()
    assert [e.get_attribute("data-state") for e in ask(E03).locator("[data-state]").all()] == ["not_drawn", "not_drawn"]
    assert "名单里没有 ABC" in ask("ABC").inner_text()


def test_a_sealed_draw_says_what_is_still_sealed(site: Site) -> None:
    page = site.open(bundles.j2("sealed", rounds=1))
    page.get_by_text("可以断网核对").wait_for()
    assert verdict(page) == "consistent"
    assert "尚未公开或无从核对" in page.locator("[data-verdict]").inner_text()
    assert page.locator("[data-list]").count() == 0
    assert page.locator("[data-ok=null]").count() == 2
    assert "demo-secret" not in page.content()


def test_a_chosen_bundle_is_checked_and_a_forged_one_caught(site: Site, tmp_path: Path) -> None:
    page = site.open(None)
    page.get_by_text("请选择核验包").wait_for()
    good = bundles.j2().files()

    def forge(paper: dict[str, Any]) -> None:
        paper["strata"][0]["drawn"][3] = E03

    choose: Callable[[Path], None] = lambda path: page.get_by_label("选一个下载好的核验包").set_input_files(str(path))  # noqa: E731
    choose(Path(bundles.write(tmp_path / "good.zip", good)))
    page.get_by_text("已读取 good.zip").wait_for()
    assert verdict(page) == "consistent"
    choose(Path(bundles.write(tmp_path / "forged.zip", changed(good, "round-1/result.json", forge))))
    page.get_by_text("已读取 forged.zip").wait_for()
    assert verdict(page) == "different"
    assert failed(page) == {"drawn"}
    (tmp_path / "broken.zip").write_bytes(b"PK not a zip")
    choose(tmp_path / "broken.zip")
    page.get_by_text("broken.zip 不能核对:不是完好的 ZIP 文件").wait_for()
    assert not page.get_by_role("button", name="重新计算").is_visible()
    odd = bundles.Story([Unit("<img src=x onerror=alert(1)>", "<b>", 1), Unit("B", "<b>", 1)])
    odd.hold(1, {"<b>": 1}, "s", "m", [Digits("1" * 20)])
    choose(Path(bundles.write(tmp_path / "odd.zip", odd.files())))
    page.get_by_text("已读取 odd.zip").wait_for()
    assert verdict(page) == "consistent"
    assert page.locator("[data-part] img, [data-part] b").count() == 0


def test_a_browser_without_webcrypto_and_in_english(site: Site) -> None:
    """On plain http from another host WebCrypto is missing; the bundled functions do the work, SM3 too."""
    page = site.open(bundles.j2(hash_name="sm3"), "en", script="delete Crypto.prototype.subtle")
    assert page.evaluate("crypto.subtle") is None
    page.locator("[data-part=form]").wait_for()
    page.locator("[data-part=form] button[type=submit]").click()
    page.locator("[data-verdict=consistent]").wait_for()
    words = page.locator("[data-verifier]").inner_text()
    assert page.locator("[data-verdict] strong").inner_text() == "Consistent"
    assert not [c for c in words if "\u4e00" <= c <= "\u9fff"]


def test_ten_thousand_units_in_the_page(site: Site) -> None:
    units = [Unit(f"9133999900{i:06d}AB", f"d{i % 4}", (1, 2, 4, 8)[i % 4]) for i in range(10_000)]
    story = bundles.Story(units)
    story.hold(1, {f"d{i}": 50 for i in range(4)}, "s", "m", [Digits("123456" * 3 + "12")])
    page = site.open(story)
    page.get_by_text("可以断网核对").wait_for()
    assert verdict(page) == "consistent"
    assert len(recomputed(page)) == 200
