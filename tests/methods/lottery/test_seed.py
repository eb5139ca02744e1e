"""Seeds, digits, hashes: text from the dice to the digest, and nothing that could pass for something else."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys

import pytest

from qualitycity.methods.lottery import hashing
from qualitycity.methods.lottery.faults import InputFaults, LotteryError
from qualitycity.methods.lottery.seed import Beacon, Digits, Witness, draw_key, pair_cost, seed_lines, seed_of, ticket

from .city import DIGITS_ONE, SHARED, needs_shared

FRAME = "e6" * 32


def test_the_seed_can_be_made_by_hand() -> None:
    beacon = Beacon("ab" * 32, 1000, "cd" * 32)
    lines = seed_lines(
        FRAME, 3, "秘密", [beacon, Digits(DIGITS_ONE), Witness(1, struck=True), Witness(2, "seven", "n")]
    )
    expected = f"frame={FRAME}\nround=3\nsecret=秘密\ndrand={'ab' * 32}:1000:{'cd' * 32}\n"
    expected += f"digits={DIGITS_ONE}\nwitness.2=seven\n"
    assert seed_of(lines) == hashlib.sha256(expected.encode()).hexdigest()
    seed = seed_of(lines)
    key = hashlib.sha256(f"{seed}:labs".encode()).hexdigest()[:32]
    assert draw_key(seed, "labs") == key
    assert ticket(key, "甲") == hashlib.sha256(f"{key}:甲".encode()).hexdigest()
    assert pair_cost(key, "甲", "L1") == int(hashlib.sha256(f"{key}:甲:L1".encode()).hexdigest()[:10], 16)
    assert Witness(2, "seven", "n").commitment() == hashlib.sha256(b"nseven").hexdigest()


@pytest.mark.parametrize(
    ("digits", "says"),
    [
        ("5142566142116224252", "公布掷 20 次,输入了 19 个"),
        ("514256614211622425261", "输入了 21 个"),
        ("01425661421162242526", "第 1 个数字不在 1–6 之内"),
        ("51425661421162242527", "第 20 个数字不在 1–6 之内"),
        ("５1425661421162242526", "第 1 个数字"),
        ("5142566142116224252\n", "第 20 个数字"),
        ("", "输入了 0 个"),
    ],
)
def test_digits_that_no_die_shows(digits: str, says: str) -> None:
    with pytest.raises(InputFaults, match=says):
        seed_lines(FRAME, 1, "secret", [Digits(digits)])


def test_a_ten_sided_die_by_setting() -> None:
    assert seed_lines(FRAME, 1, "s", [Digits("0987", sides=10, count=4)])[-1] == "digits=0987"
    with pytest.raises(InputFaults, match="6 面或 10 面"):
        seed_lines(FRAME, 1, "s", [Digits("0987", sides=8, count=4)])


@pytest.mark.parametrize("secret", ["", " s", "s\n", "a\nround=2", "a\u2028b", "tab\t"])
def test_a_secret_cannot_smuggle_a_line(secret: str) -> None:
    with pytest.raises(InputFaults, match="一行非空文字"):
        seed_lines(FRAME, 1, secret, [Digits(DIGITS_ONE)])


def test_all_faults_of_the_inputs_at_once() -> None:
    inputs = [Digits("7" * 20), Digits(DIGITS_ONE), Beacon("xy", 0, "AB" * 32), Witness(0, "v"), Witness(0, "a\nb")]
    with pytest.raises(InputFaults) as caught:
        seed_lines(FRAME, 0, "", inputs)
    codes = {fault.code for fault in caught.value.faults}
    assert codes == {"round", "line", "input_twice", "witness_twice", "digit", "hex", "witness_number"}


@pytest.mark.parametrize("inputs", [[], [Witness(1, struck=True)]])
def test_a_seed_needs_something_nobody_holds(inputs: list) -> None:
    with pytest.raises(InputFaults, match="至少要有一个公开随机输入"):
        seed_lines(FRAME, 1, "s", inputs)


@needs_shared
def test_both_hashes_against_the_standards() -> None:
    for vector in json.loads((SHARED / "hash_kat.json").read_text()):
        assert hashing.digest(vector["msg_utf8"], vector["alg"]) == vector["hex"]


def test_sm3_without_openssl_is_the_same() -> None:
    other = hashing._CryptographySM3(b"ab")
    other.update(b"c")
    assert other.hexdigest() == hashing.digest("abc", "sm3") == other.digest().hex()
    with pytest.raises(LotteryError, match="没有这个杂凑算法"):
        hashing.digest("abc", "md5")


def test_the_package_is_light() -> None:
    """No array library, no database and no Django for whoever only wants a hash; well under half a second."""
    code = (
        "import sys, time; t = time.process_time(); import qualitycity.methods.lottery\n"
        "import qualitycity.methods.lottery.draw, qualitycity.methods.lottery.seed\n"
        "took = time.process_time() - t\n"
        "heavy = {'numpy', 'duckdb', 'ortools', 'django', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy\nassert took < 0.5, took"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": "src"}, timeout=30)
