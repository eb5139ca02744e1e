"""The frame: many ways to write the same list, many to get it wrong, all told at once and alike by both engines."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from qualitycity.methods.lottery.faults import KEPT, InputFaults, LotteryError
from qualitycity.methods.lottery.frame import Frame, Unit, enterprise_of
from qualitycity.methods.lottery.reading import read_frame, read_takes
from qualitycity.methods.lottery.table import TableSource, open_source

from .city import socks


def parquet(path: Path, select: str) -> Path:
    import duckdb

    duckdb.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    return path


def faults_of(path: Path, engine: str) -> list[str]:
    with pytest.raises(InputFaults) as caught:
        open_source(path, engine)
    return [str(fault) for fault in caught.value.faults]


@pytest.fixture(params=["python", "duckdb"])
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


def test_order_header_line_ends_and_mark_do_not_matter(tmp_path: Path, engine: str) -> None:
    lines = socks().canonical().decode().splitlines()
    random.Random(3).shuffle(lines)
    written = {
        "canonical": socks().canonical(),
        "shuffled": "\n".join(lines).encode(),
        "windows": ("\ufeffid,stratum,weight,reason\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode(),
        "quoted": "".join(",".join(f'"{cell}"' for cell in line.split(",")) + "\n" for line in lines).encode(),
        "columns": b"weight,reason,id,stratum\n"
        + "".join(f"{w},{r},{i},{s}\n" for i, s, w, r in (line.split(",") for line in lines)).encode(),
    }
    for name, data in written.items():
        file = tmp_path / f"{name}.csv"
        file.write_bytes(data)
        assert open_source(file, engine).digest() == socks().digest(), name


def test_parquet_with_and_without_a_reason(tmp_path: Path, engine: str) -> None:
    rows = ", ".join(f"('{u.id}', '{u.stratum}', {u.weight}, nullif('{u.reason}', ''))" for u in socks().units)
    whole = parquet(tmp_path / "whole.parquet", f"SELECT * FROM (VALUES {rows}) AS t(id, stratum, weight, reason)")
    assert open_source(whole, engine).digest() == socks().digest()
    bare = parquet(tmp_path / "bare.parquet", "SELECT 'A' AS id, 's' AS stratum, 3 AS weight, 9 AS other")
    source = open_source(bare, engine)
    assert list(source.eligible()) == [Unit("A", "s", 3)]
    lacking = parquet(tmp_path / "lacking.parquet", "SELECT 'A' AS id, 3 AS weight")
    with pytest.raises(LotteryError, match="缺列 stratum"):
        open_source(lacking, engine)


BAD = """id,stratum,weight,reason
A1,s,1,
A1,s,2,
 B,s,1,
C\u00a0,s,1,
９1D,s,1,
e\u0301,s,1,
F\u200b,s,1,
"G,g",s,1,
"H""h",s,1,
,s,1,
{long},s,1,
J,s,1.0,
K,s,-1,
L,s,2147483648,
M,s,,
N,s,0,
O,s,0,because
P,s,1,other
Q,,1,
R,s
S,s,１,
T,s,007,
"""
EXPECTED = {
    3: "与第 2 行重复", 4: "首尾有空格。改法:写成「B」", 5: "首尾有空格", 6: "全角字母、数字或空格。改法:写成「91D」",
    7: "不是 NFC 规范形式。改法:写成「é」", 8: "看不见的字符。改法:写成「F」", 9: "含逗号", 10: "含逗号、引号",
    11: "是空的", 12: "超过 128 字节", 13: "权重不是 0 到 2147483647 的整数。改法:写成「1」",
    14: "权重不是", 15: "权重超过", 16: "权重是空的", 17: "须写明理由代码",
    18: "没有这个理由代码", 19: "不能有排除理由", 20: "是空的",
    21: "应有 4 列", 22: "改法:写成「1」", 23: "改法:写成「7」",
}  # fmt: skip


def test_every_fault_is_told_at_once_with_its_row(tmp_path: Path, engine: str) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(BAD.format(long="I" * 129), encoding="utf-8")
    told = faults_of(file, engine)
    assert len(told) == len(EXPECTED)
    for line, (row, what) in zip(told, EXPECTED.items(), strict=True):
        assert line.startswith(f"第 {row} 行") and what in line, line


def test_the_same_faults_in_parquet(tmp_path: Path, engine: str) -> None:
    rows = """VALUES ('A1', 's', '1', ''), ('A1', 's', '2', NULL), (' B', 's', '1', ''),
              ('９1D', 's', '1', ''), (NULL, 's', '1', ''), ('J', 's', '1.5', ''), ('N', 's', '0', ''),
              ('O', 's', '0', 'because'), ('P', 's', '1', 'other'), ('中文企业', 's', '1', '')"""
    file = parquet(tmp_path / "bad.parquet", f"SELECT * FROM ({rows}) AS t(id, stratum, weight, reason)")
    told = faults_of(file, engine)
    assert [line.split(" ")[1] for line in told] == ["2", "3", "4", "5", "6", "7", "8", "9"]


def test_weights_that_are_doubles_are_refused_row_by_row_but_only_a_thousand_are_kept(
    tmp_path: Path, engine: str
) -> None:
    file = parquet(
        tmp_path / "doubles.parquet",
        "SELECT 'U' || i AS id, 's' AS stratum, i + 0.5 AS weight FROM range(1, 3001) AS t(i)",
    )
    with pytest.raises(InputFaults) as caught:
        open_source(file, engine)
    assert caught.value.total == 3000 and len(caught.value.faults) == KEPT
    assert str(caught.value).splitlines()[-1] == "共 3000 处,以上是前 1000 处"
    assert caught.value.text("en").splitlines()[-1].startswith("3000 faults")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "文件是空的"),
        (b"id,stratum,weight,reason\n", "没有一行内容"),
        (b"\n\n", "没有一行内容"),
        (b"id,stratum,size,reason\nA,s,1,\n", "表头应为"),
        (b"A,s,1,\nB,s,1,\0\n", "第 2 行:含 NUL 字节"),
        (b"A,s,1,\n" + b"x" * 9000, "第 2 行:一行超过"),
        (b'A,s,1,\n"B,s,1,\n', "引号没有配对"),
        ("企业,s,1,\n".encode("gbk"), "不是 UTF-8"),
    ],
)
def test_files_that_are_no_frames(tmp_path: Path, engine: str, data: bytes, says: str) -> None:
    file = tmp_path / "frame.csv"
    file.write_bytes(data)
    with pytest.raises(LotteryError, match=says):
        open_source(file, engine)


def test_a_file_of_two_gigabytes_is_refused_without_reading_it(tmp_path: Path, engine: str) -> None:
    file = tmp_path / "huge.csv"
    with file.open("wb") as sparse:
        sparse.truncate(2 * 2**30)
    with pytest.raises(LotteryError, match=r"2\.00 GB"):
        open_source(file, engine)
    with pytest.raises(
        InputFaults, match="第 1 行:含 NUL 字节"
    ):  # and with the limit raised it still never enters memory
        open_source(file, engine, max_bytes=3 * 2**30)


def test_a_missing_file_and_an_unknown_engine(tmp_path: Path) -> None:
    with pytest.raises(LotteryError, match="找不到文件"):
        open_source(tmp_path / "nowhere.csv")
    file = tmp_path / "f.csv"
    file.write_bytes(socks().canonical())
    with pytest.raises(LotteryError, match="没有这个引擎"):
        open_source(file, "abacus")


def test_large_files_go_to_duckdb_by_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "f.csv"
    file.write_bytes(socks().canonical())
    assert not isinstance(open_source(file), TableSource)
    monkeypatch.setattr("qualitycity.methods.lottery.table.PYTHON_UP_TO", 10)
    assert isinstance(open_source(file), TableSource)


def test_more_reason_codes_are_data(tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_text("A,s,0,moved\nB,s,1,\n")
    with pytest.raises(InputFaults, match="没有这个理由代码"):
        read_frame(file)
    assert len(read_frame(file, reasons=["moved"])) == 2


def test_units_given_by_a_program_are_checked_alike() -> None:
    with pytest.raises(InputFaults) as caught:
        Frame.of([("A", "s", 1, ""), ("A ", "s", 1.5, ""), ("A", "s", True, "")])
    assert [(fault.row, fault.field) for fault in caught.value.faults] == [
        (2, "id"),
        (2, "weight"),
        (3, "weight"),
        (3, "id"),
    ]


def test_bytes_decide_the_order_not_a_language() -> None:
    ids = ["a", "Z", "é", "中", "𠀀", "0", "~"]
    frame = Frame.of([(unit_id, "s", 1, "") for unit_id in ids])
    assert [unit.id for unit in frame.units] == sorted(ids, key=lambda text: text.encode())


def test_the_enterprise_is_what_stands_before_the_slash() -> None:
    assert enterprise_of("91339999MAD0EM1036/001") == enterprise_of("91339999MAD0EM1036") == "91339999MAD0EM1036"


def test_a_plan_file_and_its_faults(tmp_path: Path) -> None:
    file = tmp_path / "plan.csv"
    file.write_text("stratum,n,reserve\nsocks,4,1\nhats,2\n")
    assert read_takes(file) == ({"socks": 4, "hats": 2}, {"socks": 1})
    file.write_text("socks,4\nsocks,1\nhats,-2\nshoes\ngloves,2.0\n")
    with pytest.raises(InputFaults) as caught:
        read_takes(file)
    assert [fault.row for fault in caught.value.faults] == [2, 3, 4, 5]
    file.write_text("stratum,n\n")
    with pytest.raises(InputFaults, match="没有一行内容"):
        read_takes(file)
