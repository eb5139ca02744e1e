"""Every page a link leads to, for every kind of account, in both languages: no dead end, no fault that text can show.

What needs a browser is in tests/browser/test_every_page.py; the walk itself in tests/crawl.py.
"""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from openpyxl import load_workbook

from tests import crawl
from tests.conftest import owner

QUICK = ("section", "town_w", "")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
pytestmark = pytest.mark.usefixtures("played")


@pytest.fixture
def data(played: None) -> list[str]:
    """The Chinese that is data."""
    with owner():
        return crawl.chinese_data()


def walked(login: str, language: str, data: list[str], *, each: int = 1, whole: bool = False) -> tuple[int, list[str]]:
    """(pages seen, what is wrong with them); `whole`: with every sort, filter and export."""
    seen, faults = 0, []
    for page in crawl.walk(login, language, each, whole):
        seen += 1
        wrong = []
        if page.status != 200:
            wrong.append(f"answers {page.status}")
        elif page.tree is not None:
            wrong = crawl.written_faults(page, language)
            wrong += [f"Chinese: {text}" for text in crawl.chinese_left(page, data)] if language == "en" else []
        elif page.mime.startswith(XLSX):
            wrong = workbook_faults(page.content, "export=xlsx" in page.address)
        faults += [f"{login or 'nobody'} {page.address}: {what}" for what in wrong]
    return seen, faults


def workbook_faults(content: bytes, export: bool) -> list[str]:
    """What keeps a workbook from opening, or an export from telling where it comes from (journeys.md 0.2, 8)."""
    if zipfile.ZipFile(io.BytesIO(content)).testzip() is not None:
        return ["a broken archive"]
    book = load_workbook(io.BytesIO(content))
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    faults = [] if any(rows[0]) else ["no heads"]
    for row in rows[1:]:
        faults += [f"a code that is no text: {value}" for value in row if isinstance(value, int) and value > 10**11]
    about = [str(cell.value) for row in book.worksheets[-1].iter_rows() for cell in row]
    if export and not any(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", value) for value in about):
        faults.append("an export that does not say when")
    return faults


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_link_leads_astray(data: list[str], language: str) -> None:
    """A few pages of each kind, for those who see most and least."""
    faults, seen = [], 0
    for login in QUICK:
        pages, wrong = walked(login, language, data)
        seen, faults = seen + pages, faults + wrong
    assert seen > 150 and not faults, "\n".join(faults[:60])


@pytest.mark.long
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_link_leads_anybody_astray(data: list[str], language: str) -> None:
    faults, seen = [], 0
    for login in crawl.LOGINS:
        pages, wrong = walked(login, language, data, each=3, whole=True)
        seen, faults = seen + pages, faults + wrong
    assert seen > 1500 and not faults, "\n".join(faults[:80])


def test_a_filter_stays_in_the_address(played: None) -> None:
    """Filter, sort, export: each carries the others along."""
    asked = crawl.client("section")
    page = asked.get("/desk/sampling/plans/?state=approved&sort=-title").content.decode()
    assert "共 <b>4</b> 条" in page
    export = re.search(r'href="(\?[^"]*export=xlsx)"', page)
    assert export is not None
    book = asked.get("/desk/sampling/plans/" + export[1].replace("&amp;", "&"))
    sheet = load_workbook(io.BytesIO(book.content))
    titles = [row[1].value for row in sheet.worksheets[0].iter_rows(min_row=2)]
    assert len(titles) == 4 and titles == sorted(titles, reverse=True)
    about = " ".join(str(cell.value) for row in sheet.worksheets[-1].iter_rows() for cell in row)
    assert "状态:已批准" in about and "沈科长" in about
