"""Identity codes, capital, numbers of standards, initials: the vectors of the handbook and attempts to slip through."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualitycity.registry import capital, standards, uscc
from qualitycity.registry.pinyin import initials
from qualitycity.registry.text import name_key

VALID = [
    "91110000600037341L",
    "91330681XYD000016Q",
    "91330681XYD000024K",
    "91330681XYD000032E",
    "91330681XYD0000409",
    "91330681XYD00018XW",
    "91330681XYD0004110",
    "92330681XYD000016M",
    "11330681XYG0000114",
    "91330681XYD0000596",
    "91330681XYD0000671",
    "91330681XYD000075U",
    "91330681XYD000083N",
    "91330681XYD000091H",
    "91330681XYD0001047",
    "12330681XYT000015B",
    "92330681XYD000032B",
    "91339999MAD0EM015P",
    "91339999MAD0EM04X5",
    "91339999MAD0EM12XQ",
    "91339999MAD0EM8168",
]


@pytest.mark.parametrize("code", VALID)
def test_handbook_vectors_are_valid(code: str) -> None:
    assert uscc.parse(code) == uscc.Code(code, "uscc")


def test_what_keyboards_make_of_a_code_is_mended() -> None:
    wide = "　９１３３０６８１xyd000016q "
    assert uscc.parse(wide).value == "91330681XYD000016Q"
    assert uscc.parse("91330681 XYD0-00016Q").value == "91330681XYD000016Q"


def test_letters_may_lead_a_code() -> None:
    code = uscc.make("N2330681", "XYD00001")
    assert uscc.parse(code).kind == "uscc"
    assert uscc.is_valid(uscc.make("Y1330681", "XYD00001"))


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("", "没有填写"),
        ("3303021012389", "13 位"),
        ("91330681XYD000016Q1", "19 位"),
        ("91330681XYDO00016Q", "第 12 位“O”"),
        ("91330681XYD00001袜Q", "第 17 位“袜”"),
        ("94330681XYD000016Q", "第 1–2 位“94”"),
        ("9133068AXYD000016Q", "第 3–8 位"),
        ("91330681XYD000026Q", "第 17 位"),
        ("91330681XYD000016R", "第 18 位"),
    ],
)
def test_a_wrong_code_is_refused_with_the_exact_reason(code: str, says: str) -> None:
    with pytest.raises(uscc.BadCode, match=says):
        uscc.parse(code)


def test_fifteen_digits_are_the_old_number() -> None:
    assert uscc.parse("330681000012345").kind == "legacy_reg_no"
    assert not uscc.is_valid("330681000012345")
    with pytest.raises(uscc.BadCode):
        uscc.parse("33068100001234X")


def test_every_single_slip_is_caught_by_one_of_the_two_checks() -> None:
    code = "91330681XYD000016Q"
    for place in range(18):
        for sign in uscc.ALPHABET:
            wrong = code[:place] + sign + code[place + 1 :]
            if wrong != code:
                assert not uscc.is_valid(wrong), wrong


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=uscc.ALPHABET, min_size=8, max_size=8), st.sampled_from(["91330681", "92339999", "N1330681"]))
def test_made_codes_are_valid_and_stable(body: str, prefix: str) -> None:
    code = uscc.make(prefix, body)
    assert uscc.parse(code.lower()).value == code


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40))
def test_no_text_breaks_the_readers(text: str) -> None:
    for parse, refusal in (
        (uscc.parse, uscc.BadCode),
        (capital.parse, capital.BadCapital),
        (standards.parse, standards.BadNumber),
    ):
        try:
            parse(text)
        except refusal as told:
            assert str(told)
    initials(text)
    name_key(text)


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("1,800(万元人民币)", "1800", "CNY"),
        ("50万人民币", "50", "CNY"),
        ("146(万)", "146", "CNY"),
        ("103.1000(万元人民币)", "103.1", "CNY"),
        ("12,388.5(万美元)", "12388.5", "USD"),
        ("537.6 ( 万人民币元)", "537.6", "CNY"),
        ("１,２００（万港元）", "1200", "HKD"),
        ("5(万元(人民币))", "5", "CNY"),
        ("500000元", "50", "CNY"),
        ("2,000(万日元)", "2000", "JPY"),
    ],
)
def test_capital_is_read_with_its_unit(text: str, amount: str, currency: str) -> None:
    assert capital.parse(text) == capital.Capital(Decimal(amount), currency)


@pytest.mark.parametrize("text", ["N/A", "-", "", "  ", "无"])
def test_unknown_capital_is_none_and_never_zero(text: str) -> None:
    assert capital.parse(text) is None


@pytest.mark.parametrize(
    "text", ["9" * 13 + "(万元人民币)", "张三", "1,80(万元)", "50(亿卢布)", "-5(万元)", "1.2.3(万)", "50"]
)
def test_what_is_no_capital_is_refused(text: str) -> None:
    with pytest.raises(capital.BadCapital):
        capital.parse(text)


@pytest.mark.parametrize(
    ("text", "number", "level", "mandatory"),
    [
        ("GB 18401-2010", "GB 18401-2010", "national", True),
        ("ＧＢ／Ｔ　２６６０—２０１７", "GB/T 2660-2017", "national", False),
        ("gb/t2912.1-2009", "GB/T 2912.1-2009", "national", False),
        ("FZ/T 73001－2016", "FZ/T 73001-2016", "industry", False),
        ("DB33/T 2000–2017", "DB33/T 2000-2017", "local", False),
        ("T/ZZB 1527-2020", "T/ZZB 1527-2020", "association", False),
        ("Q/ABC 001-2020", "Q/ABC 001-2020", "enterprise", False),
        ("GB/Z 19579-2012", "GB/Z 19579-2012", "national", False),
    ],
)
def test_numbers_of_standards_come_to_one_form(text: str, number: str, level: str, mandatory: bool) -> None:
    found = standards.parse(text)
    assert (found.text, found.level, found.mandatory) == (number, level, mandatory)
    assert standards.parse(found.text).text == found.text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("GBT 2660-2017", "GB/T 2660-2017"),
        ("GB 5296.4-98", "1998"),
        ("GB 18401", "年份"),
        ("XX/T 1-2020", "不是标准编号"),
        ("", "没有填写"),
    ],
)
def test_a_wrong_number_is_refused_with_the_right_writing(text: str, says: str) -> None:
    with pytest.raises(standards.BadNumber, match=says):
        standards.parse(text)


def test_initials_are_what_people_type() -> None:
    assert initials("示例袜业01") == "slwy01"
    assert initials("示例（Ａ1）银行") == "sla1yh"
    assert initials("重庆长安乐器厂") == "cqcayqc"
