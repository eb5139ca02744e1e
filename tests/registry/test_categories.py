"""Categories from the business scope: what a firm makes, sells, serves or may not do."""

from __future__ import annotations

import pytest

from qualitycity.registry.categories import propose, table


def found(scope: str, name: str = "示例厂") -> dict[str, tuple[int, str]]:
    return {item.category: (item.confidence, item.role) for item in propose(name, scope)}


def test_making_is_surer_than_selling_and_selling_is_no_making() -> None:
    made = found("制造、加工、销售：袜子、针织品；批发零售：玩具")
    assert made["TEX.SOCK"] == (90, "make")
    assert made["LIG.TOY"] == (40, "sell")


def test_the_name_adds_to_the_scope_and_alone_is_little() -> None:
    assert found("加工：袜", "示例袜厂")["TEX.SOCK"][0] > found("加工：袜")["TEX.SOCK"][0]
    assert found("", "示例袜业")["TEX.SOCK"] == (45, "unknown")


@pytest.mark.parametrize(
    "scope",
    [
        "批发零售：化工产品（除农药、化肥外）",
        "经销：农副产品（不含农药）",
        "销售：化工产品(除农药(含卫生用农药)外)、建材",
        "货物进出口（农药除外）",
    ],
)
def test_what_is_excluded_is_not_proposed(scope: str) -> None:
    assert "AGR.PESTICIDE" not in found(scope)


@pytest.mark.parametrize(
    ("scope", "absent"),
    [
        ("制造：袜机及配件", "TEX.SOCK"),
        ("灯具安装、维修", "ELE.LAMP"),
        ("服装设计服务", "TEX.GARMENT"),
        ("珍珠养殖", "LIG.PEARL"),
        ("加工：包装用珍珠棉", "LIG.PEARL"),
    ],
)
def test_neighbours_of_a_product_are_not_the_product(scope: str, absent: str) -> None:
    assert absent not in found(scope)


def test_heads_without_a_full_stop_open_a_new_passage() -> None:
    roles = found("经销:服装玩具 制造加工：针织衫")
    assert roles["LIG.TOY"][1] == "sell" and roles["TEX.KNIT"][1] == "make"


def test_serving_farms_is_no_manufacture() -> None:
    assert found("为农业生产服务配套用化肥的零售")["AGR.FERTILISER"][1] == "sell"


def test_the_table_is_whole() -> None:
    data = table().data
    for code, row in data["categories"].items():
        assert code.split(".")[0] in data["groups"]
        assert row["risk"] in ("I", "II", "III")
        assert all(len(industry) == 4 and industry.isdecimal() for industry in row["industry"])
    assert data["model"] is True and data["source"]
    covered = {rule.category for rule in table().rules}
    assert covered == set(data["categories"]), "every category can be proposed"
