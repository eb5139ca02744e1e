"""Imports as they go wrong and right: doubles, old numbers, changes shown first, nothing by halves."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from qualitycity.kernel.acts import Faults, Refused
from qualitycity.kernel.acts.models import Act
from qualitycity.registry import uscc
from qualitycity.registry.intake import spool
from qualitycity.registry.models import CategoryProposal, Enterprise, ImportRow, ImportStage
from qualitycity.registry.services import (
    commit_import,
    discard_import,
    preview_import,
    read_import,
    receive,
    register_enterprise,
    rename_enterprise,
    settle_enterprise,
)
from tests.registry.conftest import HEAD, csv_file, row

TakeIn = Callable[..., object]
A, B, C = (uscc.make("91330681", f"XYD1000{n}") for n in (1, 2, 3))


def outcomes(batch: object) -> dict[int, str]:
    return dict(ImportRow.objects.filter(batch=batch).values_list("row_no", "outcome"))


def reasons(batch: object, number: int) -> str:
    return " ".join(reason["message"] for reason in ImportRow.objects.get(batch=batch, row_no=number).reasons)


def test_doubles_are_merged_and_other_names_kept(take_in: TakeIn) -> None:
    batch = take_in(row("示例甲袜厂", A), row("示例甲袜业有限公司", A.lower()), row("示例乙厂", B))
    assert outcomes(batch) == {2: "accepted", 3: "merged", 4: "accepted"}
    assert "第 2 行" in reasons(batch, 3)
    commit_import(batch)
    firm = Enterprise.objects.get(uscc=A)
    assert firm.name == "示例甲袜厂"
    assert list(firm.names.values_list("name", flat=True)) == ["示例甲袜业有限公司"]
    assert ImportRow.objects.get(batch=batch, row_no=3).enterprise == firm


def test_a_row_with_a_bad_code_belongs_to_the_firm_of_its_name_and_address(take_in: TakeIn) -> None:
    wrong = A[:-1] + ("0" if A[-1] != "0" else "1")
    batch = take_in(
        row("示例甲厂", wrong), row("示例甲厂", A), row("示例丙厂", wrong), row("示例甲厂", "", "诸暨市大唐镇别处")
    )
    assert outcomes(batch) == {2: "merged", 3: "accepted", 4: "refused", 5: "refused"}
    assert "第 18 位" in reasons(batch, 4) and "没有填写" in reasons(batch, 5)
    commit_import(batch)
    later = take_in(row("示例甲厂", wrong))
    assert outcomes(later) == {2: "merged"}
    assert ImportRow.objects.get(batch=later).enterprise.uscc == A


def test_old_numbers_are_kept_and_join_the_firm_of_their_name_and_address(take_in: TakeIn) -> None:
    batch = take_in(row("示例甲厂", "330681000012345"), row("示例甲厂", A), row("示例乙厂", "330681000099999"))
    assert outcomes(batch) == {2: "merged", 3: "accepted", 4: "accepted"}
    commit_import(batch)
    assert Enterprise.objects.get(uscc=A).legacy_reg_no == "330681000012345"
    assert Enterprise.objects.get(legacy_reg_no="330681000099999").uscc is None
    again = take_in(row("示例甲厂", "330681000012345"), row("示例甲厂", A), row("示例乙厂", "330681000099999"))
    assert (again.accepted, again.changed) == (0, 0)


def test_all_faults_of_a_row_are_told_at_once(take_in: TakeIn) -> None:
    batch = take_in(
        row("", "123", day="2015-02-30", capital="很多", province="有限责任公司"),
        row("示例乙厂", B, day="2999-01-01"),
        row("示例丙厂", C),
    )
    assert outcomes(batch) == {2: "refused", 3: "refused", 4: "accepted"}
    fields = {reason["field"] for reason in ImportRow.objects.get(batch=batch, row_no=2).reasons}
    assert fields == {"name", "code", "established_on", "capital", "province"}
    assert all(reason["hint"] for reason in ImportRow.objects.get(batch=batch, row_no=2).reasons)
    assert "晚于今天" in reasons(batch, 3)


def test_a_changed_file_shows_the_difference_before_anything_is_written(take_in: TakeIn) -> None:
    commit_import(take_in(row("示例甲厂", A), row("示例乙厂", B)))
    changed = take_in(
        row("示例甲有限公司", A, "诸暨市枫桥镇示例路5号", capital="2,000(万元人民币)", scope="制造：衬衫"),
        row("示例乙厂", B, capital="N/A", scope="N/A", kind=""),
    )
    assert outcomes(changed) == {2: "changed", 3: "unchanged"}, "what a file does not know overwrites nothing"
    assert ImportRow.objects.get(batch=changed, row_no=2).changes == {
        "name": ["示例甲厂", "示例甲有限公司"],
        "address": ["诸暨市大唐镇示例路1号", "诸暨市枫桥镇示例路5号"],
        "region": ["大唐街道", "枫桥镇"],
        "capital": ["1800万CNY", "2000万CNY"],
        "scope": ["制造、加工、销售：袜子", "制造：衬衫"],
    }
    assert Enterprise.objects.get(uscc=A).name == "示例甲厂"
    commit_import(changed)
    firm = Enterprise.objects.get(uscc=A)
    assert (firm.name, firm.region.name, firm.capital_amount) == ("示例甲有限公司", "枫桥镇", Decimal(2000))
    assert firm.region_path == "330681/330681109"
    assert list(firm.names.values_list("name", flat=True)) == ["示例甲厂"]
    assert list(CategoryProposal.objects.filter(enterprise=firm).values_list("category__code", flat=True)) == [
        "TEX.SHIRT"
    ]


def test_a_cancelled_firm_comes_with_its_day(county: object) -> None:
    head = [*HEAD, "注销日期"]
    content = csv_file([*row("示例甲厂", A), "2020-05-06"], [*row("示例乙厂", B), ""], head=head)
    commit_import(read_import(receive(content, filename="a.csv", region=county)))
    assert Enterprise.objects.get(uscc=A).state == "cancelled"
    assert Enterprise.objects.get(uscc=A).cancelled_on == date(2020, 5, 6)
    assert Enterprise.objects.get(uscc=B).state == "in_operation"


def test_a_town_settled_by_hand_outlives_the_next_import(take_in: TakeIn) -> None:
    from qualitycity.kernel.access.models import Region

    rows = [row("示例甲厂", A, "诸暨市城关镇示例路1号")]
    commit_import(take_in(*rows))
    firm = Enterprise.objects.get(uscc=A)
    assert firm.region is None and "城关镇" in firm.region_basis and firm.region_path == "330681"
    with pytest.raises(Refused, match="已撤并"):
        settle_enterprise(firm, region=Region.objects.get(name="大唐镇"))
    settle_enterprise(firm, region=Region.objects.get(name="暨阳街道"))
    again = take_in(*rows)
    assert outcomes(again) == {2: "unchanged"}
    moved = take_in(row("示例甲厂", A, "诸暨市枫桥镇示例路1号"))
    assert set(ImportRow.objects.get(batch=moved).changes) == {"address"}


def test_what_was_shown_is_what_is_written_or_nothing(take_in: TakeIn, county: object) -> None:
    from qualitycity.kernel.access.models import Region

    batch = take_in(row("示例甲厂", A), row("示例乙厂", B))
    register_enterprise(name="示例别的厂", code=A, region=Region.objects.get(name="枫桥镇"))
    with pytest.raises(Refused, match="「重新核对」"):
        commit_import(batch)
    assert not Enterprise.objects.filter(uscc=B).exists()
    assert batch.state == "previewed"
    preview_import(batch)
    assert outcomes(batch) == {2: "changed", 3: "accepted"}
    commit_import(batch)
    assert Enterprise.objects.count() == 2


def test_one_import_is_one_line_with_the_files_digest(take_in: TakeIn) -> None:
    batch = take_in(*[row(f"示例{n}厂", uscc.make("91330681", f"XYD2{n:04d}")) for n in range(50)])
    before = Act.objects.count()
    commit_import(batch)
    assert Act.objects.count() == before + 1
    line = Act.objects.latest("pk").line
    assert batch.file_sha256 in line and '"accepted":50' in line
    assert not ImportStage.objects.exists()


def test_a_batch_given_up_leaves_the_register_alone(take_in: TakeIn) -> None:
    batch = take_in(row("示例甲厂", A))
    discard_import(batch)
    assert not Enterprise.objects.exists() and not ImportStage.objects.exists()
    with pytest.raises(Refused):
        commit_import(batch)


def test_a_renamed_firm_is_found_by_its_old_name_too(take_in: TakeIn) -> None:
    from qualitycity.kernel.access.actor import SYSTEM
    from qualitycity.registry.queries import find_enterprises

    commit_import(take_in(row("示例甲袜厂", A)))
    firm = Enterprise.objects.get(uscc=A)
    rename_enterprise(firm, name="示例新名有限公司")
    for text in ("新名", "甲袜", "slxm", A[:10], A.lower()):
        assert find_enterprises(text, SYSTEM, 5) == [firm], text
    assert find_enterprises("甲", SYSTEM, 5) == []
    assert find_enterprises("%_", SYSTEM, 5) == []


def test_excel_and_gzip_and_gb18030_come_in_like_csv(county: object) -> None:
    import xlsxwriter

    text = csv_file(row("示例甲厂", A)).getvalue()
    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as workbook:
        page = workbook.add_worksheet()
        for number, cells in enumerate([["某县企业登记数据"], HEAD, row("示例甲厂", A)]):
            page.write_row(number, 0, cells)
    for content in (text, gzip.compress(text), text.decode().encode("gb18030"), book.getvalue()):
        batch = read_import(receive(io.BytesIO(content), filename="a", region=county))
        assert batch.counts["accepted"] == 1, content[:20]
        discard_import(batch)


def test_an_excel_that_lost_digits_says_so(county: object) -> None:
    import xlsxwriter

    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as workbook:
        page = workbook.add_worksheet()
        page.write_row(0, 0, HEAD)
        page.write_row(1, 0, row("示例甲厂", ""))
        page.write_number(1, 1, 330681000012345678)
    batch = read_import(receive(io.BytesIO(book.getvalue()), filename="a.xlsx", region=county))
    assert "末尾几位已经变了" in reasons(batch, 2)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "空的"),
        (",".join(HEAD).encode(), "没有数据行"),
        ("姓名,年龄\n甲,3\n".encode(), "找不到表头"),
        ("企业名称,地区\n甲,乙\n".encode(), "统一社会信用代码"),
        (b"\x1f\x8b\x08\x00broken", "损坏"),
        (b"\x00\x01\x02\x03" * 50, "不是认得出"),
    ],
)
def test_a_file_that_cannot_be_read_changes_nothing(county: object, content: bytes, says: str) -> None:
    with pytest.raises(Faults, match=says):
        read_import(receive(io.BytesIO(content), filename="a.csv", region=county))
    assert not Enterprise.objects.exists() and not ImportStage.objects.exists()


def test_a_gzip_that_would_fill_the_disk_is_not_unpacked(county: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from qualitycity.kernel.sheets.opening import limits

    small = replace(limits(), unpacked=1 << 20)
    monkeypatch.setattr(spool, "limits", lambda: small)
    bomb = gzip.compress(b"0," * (1 << 20))
    with pytest.raises(Faults, match="解压后超过"):
        read_import(receive(io.BytesIO(bomb), filename="a.csv.gz", region=county))


def test_the_spool_is_empty_after_the_import(transactional_db: None) -> None:
    from qualitycity.kernel.access.actor import SYSTEM, acting
    from qualitycity.kernel.access.dbrole import role
    from qualitycity.registry.services import load_regions
    from qualitycity.registry.towns import load_pack

    with role("desk"), acting(SYSTEM):
        county = load_regions(pack=load_pack("zhuji")).region
        batch = receive(csv_file(row("示例甲厂", A)), filename="a.csv", region=county)
        assert spool.path_of(batch.file_sha256).exists()
        read_import(batch)
        commit_import(batch)
    assert not spool.path_of(batch.file_sha256).exists()


def test_the_database_itself_refuses_what_no_register_holds(county: object, owner_sql: Callable[..., object]) -> None:
    from django.db import DatabaseError, transaction

    columns = (
        "INSERT INTO registry_enterprise (state, region_path, region_basis, region_by_hand, is_local, name, name_key,"
        " initials, uscc, kind, capital_currency, scope, address, size)"
        " VALUES ('{state}', '330681', '', false, true, '{name}', '{name}', 'x', {code}, '', '', '', '', '')"
    )
    good = {"state": "in_operation", "name": "示例厂", "code": f"'{A}'"}
    for bad in (
        {"code": "NULL"},
        {"code": "'91330681XYD000016'"},
        {"code": "'91330681XYDO00016Q'"},
        {"name": ""},
        {"state": "cancelled_maybe"},
        {"state": "merged"},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            owner_sql("SET LOCAL city.act = 'open'")
            owner_sql(columns.format(**{**good, **bad}))
    with pytest.raises(DatabaseError), transaction.atomic():  # past the one door
        Enterprise.objects.create(name="示例厂", name_key="示例厂", initials="slc", uscc=A, region_path="330681")
