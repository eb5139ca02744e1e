"""Towns in addresses and names; former towns lead to today's unit; what is ambiguous is not guessed."""

from __future__ import annotations

import pytest

from qualitycity.registry.towns import Found, Gazetteer, NotFound, load_pack, read_pack


@pytest.fixture(scope="module")
def zhuji() -> Gazetteer:
    return Gazetteer(load_pack("zhuji"))


def test_the_pack_holds_the_23_units_of_today(zhuji: Gazetteer) -> None:
    assert len(zhuji.pack.today) == 23
    assert {unit.kind for unit in zhuji.pack.today} == {"subdistrict", "town", "township"}
    former = {unit.name: unit.successors for unit in zhuji.pack.units if unit.valid_to}
    assert former["大唐镇"] == former["草塔镇"] == ("330681005",)
    assert former["王家井镇"] == former["街亭镇"] == ("330681004",)
    assert former["江藻镇"] == former["直埠镇"] == ("330681106",)


@pytest.mark.parametrize(
    ("address", "name", "code", "via"),
    [
        ("诸暨市大唐镇示例路1号", "示例厂", "330681005", "大唐镇"),
        ("浙江省诸暨市草塔镇天元路", "示例厂", "330681005", "草塔镇"),
        ("诸暨市大唐街道示例村", "示例厂", "330681005", ""),
        ("诸暨市阮市镇示例村", "示例厂", "330681104", "阮市镇"),
        ("诸暨市店口工业区", "示例厂", "330681104", ""),
        ("诸暨市应店街示例村", "示例厂", "330681102", ""),
        ("诸暨市大唐镇江北路(原草塔镇合溪口村)", "示例厂", "330681005", "大唐镇"),
        ("诸暨市示例路2号", "诸暨市枫桥镇示例厂", "330681109", ""),
        ("诸暨市东和乡示例村", "示例厂", "330681201", ""),
    ],
)
def test_towns_are_found(zhuji: Gazetteer, address: str, name: str, code: str, via: str) -> None:
    found = zhuji.find(address, name)
    assert isinstance(found, Found)
    assert (found.code, found.via) == (code, via)
    assert found.basis


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("诸暨市暨阳路158号", "没有镇街名"),  # a road, not the subdistrict of that name
        ("诸暨市城关镇示例路3号", "分属数个"),
        ("诸暨市某某镇示例村", "某某镇"),
        ("诸暨市店口镇、枫桥镇", "不能确定"),
        ("浙江省", "没有镇街名"),
        ("", "没有镇街名"),
    ],
)
def test_what_cannot_be_told_is_not_guessed(zhuji: Gazetteer, address: str, says: str) -> None:
    found = zhuji.find(address, "示例厂")
    assert isinstance(found, NotFound)
    assert says in found.reason


@pytest.mark.parametrize(
    ("address", "name", "code", "here"),
    [
        ("诸暨市大唐镇", "示例厂", "91330000XYD0000000", True),
        ("璜山镇下市村1号", "示例厂", "91330681XYD0000000", True),
        ("人民南路1号", "诸暨市示例厂", "91330600XYD0000000", True),
        ("浙江省余姚市河姆渡镇", "示例厂", "91330681XYD0000000", False),
        ("浙江省杭州市桐庐县桐君街道", "示例厂", "91330122XYD0000000", False),
        ("海曙区示例街1号", "示例厂", "91330203XYD0000000", False),
    ],
)
def test_firms_of_other_counties_are_told_apart(
    zhuji: Gazetteer, address: str, name: str, code: str, here: bool
) -> None:
    assert zhuji.is_here(address, name, code) is here


def test_a_pack_that_leads_nowhere_is_refused() -> None:
    county = {"code": "1", "name": "示例市", "short": "示例", "prefecture": "", "province": ""}
    pack = {"county": county, "title": "", "edition": ""}
    with pytest.raises(ValueError, match="旧镇"):
        read_pack({**pack, "unit": [{"code": "1", "name": "旧镇", "valid_to": "2019-01-01", "successors": ["9"]}]})
    with pytest.raises(ValueError, match="街道, 镇, 乡"):
        read_pack({**pack, "unit": [{"code": "1", "name": "旧村"}]})
    with pytest.raises(FileNotFoundError, match="zhuji"):
        load_pack("没有这个包")
