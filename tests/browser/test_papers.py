"""In a browser: a visitor compares a paper with its digest; a sheet is handed in, mended, taken in."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest

from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.access.models import Region
from qualitycity.kernel.documents import PaperKind, Para, issue
from qualitycity.kernel.documents.kinds import paper_kinds
from qualitycity.kernel.sheets.intake import intakes
from tests.browser.conftest import DESKTOP
from tests.browser.helpers import look
from tests.kernel.paper_scene import Scene, make_scene
from tests.kernel.test_sheets_upload import BAD, INTAKE

KIND = PaperKind("test.minutes", "公开摇号会议纪要", duty="access.delegation.give", series="documents.number.general")


@pytest.fixture
def scene(transactional_db: None, settings: object, tmp_path: Path) -> Iterator[Scene]:
    settings.CITY_DATA = tmp_path
    settings.ROOT_URLCONF = "tests.kernel.test_sheets_upload"
    paper_kinds()[KIND.code], intakes()[INTAKE.sheet.code] = KIND, INTAKE
    with role("desk"):
        made = make_scene()
        made.person("root", "admin")
    yield made
    del paper_kinds()[KIND.code], intakes()[INTAKE.sheet.code]


@pytest.fixture
def visitor(browser: object, live_server: object) -> Iterator[Callable[[str], object]]:
    contexts = []

    def open_page(script: str = "") -> object:
        context = browser.new_context(viewport=DESKTOP, locale="zh-CN", base_url=live_server.url)
        contexts.append(context)
        if script:
            context.add_init_script(script)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("without", ["", "Object.defineProperty(Crypto.prototype, 'subtle', {get: () => undefined})"])
def test_a_visitor_compares_a_file_with_its_digest_without_sending_it(
    scene: Scene, visitor: Callable[[str], object], tmp_path: Path, without: str
) -> None:
    from playwright.sync_api import expect

    with role("desk"), scene.inside():
        paper = issue(KIND.code, scene.east, {"issuer": "示例市质量局", "blocks": [Para("全文")]})
        content = paper.pdf()
    page = visitor(without)
    page.goto("/verify/")
    look(page)
    page.get_by_label("校验码").fill(paper.code.lower())
    page.get_by_role("button", name="核验").click()
    expect(page.get_by_role("status").first).to_contain_text("有效")
    look(page)
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.url))
    for name, data, words in [("a.pdf", content, "一致:这就是登记的原件"), ("b.pdf", content + b" ", "不一致")]:
        (tmp_path / name).write_bytes(data)
        page.get_by_label("PDF 文件", exact=True).set_input_files(tmp_path / name)
        expect(page.locator(".verify-answer")).to_contain_text(words)
    assert sent == []


def test_a_sheet_is_handed_in_mended_and_taken_in(scene: Scene, visitor: Callable[[], object], tmp_path: Path) -> None:
    from playwright.sync_api import expect

    page = visitor()
    page.goto("/accounts/login/?next=/desk/test/import/")
    page.get_by_label("登录名").fill("root")
    page.get_by_label("密码").fill("x")
    page.get_by_role("button", name="登录").click()
    look(page)
    (tmp_path / "区划.csv").write_bytes(BAD)
    page.get_by_label("填好的表格").set_input_files(tmp_path / "区划.csv")
    page.get_by_role("button", name="检查表格").click()
    expect(page.get_by_text("最接近:街道")).to_be_visible()
    look(page)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载要改的行").click()
    book = openpyxl.load_workbook(io.BytesIO(Path(waiting.value.path()).read_bytes()))
    rows = book.worksheets[0]
    rows["C2"].value, rows["A3"].value, rows["B3"].value = "街道", "339999104", "北湖镇"
    mended = io.BytesIO()
    book.save(mended)
    (tmp_path / "改好.xlsx").write_bytes(mended.getvalue())
    page.get_by_role("button", name="改好后重新上传").click()
    page.get_by_label("填好的表格").set_input_files(tmp_path / "改好.xlsx")
    page.get_by_role("button", name="检查表格").click()
    look(page)
    page.get_by_role("button", name="确认入库").click()
    page.wait_for_url("**/desk/?n=2")
    with role("desk"):
        assert Region.objects.filter(name="北湖镇").exists()
