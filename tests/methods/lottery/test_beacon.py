"""The beacon: public rounds of drand, their checks offline, and everything that must be refused."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from qualitycity.methods.lottery import beacon, verify_draw
from qualitycity.methods.lottery.faults import InputFaults, LotteryError

SHARED = Path(os.environ.get("CITY_SHARED", "../shared")) / "golden/lottery"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="no shared vectors (CITY_SHARED)")
QUICKNET = beacon.chain_of("52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971")
# Round 1000 of quicknet, a public output of the League of Entropy.
ROUND_1000 = {
    "round": 1000,
    "randomness": "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd",
    "signature": "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
}


def golden(name: str) -> dict:
    return json.loads((SHARED / name).read_text())


@needs_shared
def test_every_published_round_is_judged_as_its_source_judges_it() -> None:
    schemes = {"bls-unchained-g1-rfc9380": 0, "bls-unchained-on-g1": 0, "pedersen-bls-chained": 0}
    for vector in golden("drand.json")["vectors"]:
        holds = verify_draw.drand_signature_holds(
            vector["scheme"], vector["public_key"], vector["round"], vector["signature"]
        )
        refused = vector["scheme"] == "pedersen-bls-chained"  # signatures on G2: never accepted, valid or not
        assert holds is (vector["valid"] and not refused), vector
        schemes[vector["scheme"]] += holds
    assert schemes == {"bls-unchained-g1-rfc9380": 9, "bls-unchained-on-g1": 6, "pedersen-bls-chained": 0}


@needs_shared
def test_the_two_domain_tags_are_not_mixed() -> None:
    for vector in golden("drand.json")["vectors"]:
        if vector["valid"] and vector["scheme"] == "bls-unchained-on-g1":
            assert not verify_draw.drand_signature_holds(
                "bls-unchained-g1-rfc9380", vector["public_key"], vector["round"], vector["signature"]
            )


@needs_shared
def test_hash_to_curve_gives_the_points_of_rfc_9380() -> None:
    data = golden("rfc9380_bls12381g1_ro.json")
    assert len(data["vectors"]) == 5
    for vector in data["vectors"]:
        (x, _), (y, _) = verify_draw.hash_to_g1(vector["msg"].encode(), data["dst"].encode())
        assert (x, y) == (int(vector["P"]["x"], 16), int(vector["P"]["y"], 16))
        stream = verify_draw.expand_message(vector["msg"].encode(), data["dst"].encode(), 128)
        for half, name in ((stream[:64], "Q0"), (stream[64:], "Q1")):
            (x, _), (y, _) = verify_draw.map_to_curve(int.from_bytes(half, "big") % verify_draw.P)
            assert (x, y) == (int(vector[name]["x"], 16), int(vector[name]["y"], 16))


@needs_shared
def test_chain_hashes_follow_from_the_parameters() -> None:
    for chain in golden("drand.json")["chains"]:
        parts = (chain[k] for k in ("period", "genesis_time", "public_key", "groupHash", "beaconID"))
        assert verify_draw.drand_chain_hash(*parts) == chain["hash"]
        assert chain["hash"] not in beacon.chains() or beacon.chains()[chain["hash"]].name == chain["beaconID"]


def test_pairing_agrees_with_an_independent_library() -> None:
    ecc = pytest.importorskip("py_ecc.optimized_bls12_381")

    def g1(k: int) -> tuple:
        x, y = ecc.normalize(ecc.multiply(ecc.G1, k))
        return (int(x), 0), (int(y), 0)

    def g2(k: int) -> tuple:
        x, y = ecc.normalize(ecc.multiply(ecc.G2, k))
        return tuple(map(int, x.coeffs)), tuple(map(int, y.coeffs))

    assert g2(1) == verify_draw.G2_GENERATOR
    assert verify_draw.point_times(12345, g2(1)) == g2(12345)
    minus = verify_draw.ORDER - 35
    # e(5P, 7Q) e(-35P, Q) = 1 in both libraries; with 36 in neither
    for last, expected in ((minus, True), (minus - 1, False)):
        theirs = ecc.pairing(ecc.multiply(ecc.G2, 7), ecc.multiply(ecc.G1, 5)) * ecc.pairing(
            ecc.G2, ecc.multiply(ecc.G1, last)
        )
        assert (theirs == ecc.FQ12.one()) is expected
        assert verify_draw.pairings_cancel([(g1(5), g2(7)), (g1(last), g2(1))]) is expected


def test_points_that_must_be_refused() -> None:
    signature = bytes.fromhex(ROUND_1000["signature"])
    assert verify_draw.decompress(signature, 1) is not None
    infinity = bytes([0xC0]) + bytes(47)
    uncompressed = bytes([signature[0] & 0x7F]) + signature[1:]
    too_large = (verify_draw.P + 4 | 4 << 381).to_bytes(48, "big")
    for bad in (infinity, uncompressed, too_large, signature[:-1], signature + b"\0", b"", bytes(48), b"\xff" * 48):
        assert verify_draw.decompress(bad, 1) is None
    # A point of the curve outside the subgroup of prime order: the first x that gives one.
    for x in range(1, 50):
        y = verify_draw.fp_sqrt(x**3 + 4)
        if y is not None:
            encoded = (x | (5 if y > verify_draw.P // 2 else 4) << 381).to_bytes(48, "big")
            assert verify_draw.point_times(verify_draw.ORDER, ((x, 0), (y, 0))) is not None
            assert verify_draw.decompress(encoded, 1) is None
            break
    else:
        pytest.fail("no point found")


def test_a_pasted_record_becomes_a_seed_line_in_well_under_half_a_second() -> None:
    committed = QUICKNET.time_of(1000) - timedelta(hours=24)
    start = time.process_time()
    found = beacon.check_record(json.dumps(ROUND_1000), QUICKNET, 1000, after=committed)
    assert time.process_time() - start < 0.5
    assert found.line == f"drand={QUICKNET.hash}:1000:{ROUND_1000['randomness']}"
    without = {k: v for k, v in ROUND_1000.items() if k != "randomness"}
    assert beacon.check_record(f"  {json.dumps(without)}\n", QUICKNET, 1000) == found
    upper = ROUND_1000 | {"signature": ROUND_1000["signature"].upper()}
    assert beacon.check_record(json.dumps(upper), QUICKNET, 1000) == found


def test_a_round_is_published_at_its_time_and_the_next_one_is_found() -> None:
    assert QUICKNET.time_of(1) == datetime(2023, 8, 23, 15, 9, 27, tzinfo=UTC)
    at = QUICKNET.time_of(1000)
    assert QUICKNET.first_round_after(at) == 1001
    assert QUICKNET.first_round_after(at - timedelta(seconds=1)) == 1000
    assert QUICKNET.first_round_after(datetime(2020, 1, 1, tzinfo=UTC)) == 1
    with pytest.raises(LotteryError, match="不存在"):
        QUICKNET.time_of(0)
    with pytest.raises(LotteryError, match="不存在"):
        QUICKNET.time_of(10**15)


def test_a_record_with_several_faults_says_all_of_them() -> None:
    wrong = ROUND_1000 | {"randomness": "00" * 32}
    with pytest.raises(InputFaults) as caught:
        beacon.check_record(json.dumps(wrong), QUICKNET, 1001, after=QUICKNET.time_of(1001))
    assert {f.code for f in caught.value.faults} == {"drand_round", "drand_randomness", "drand_time"}
    with pytest.raises(InputFaults) as caught:
        beacon.check_record(json.dumps({"round": "1000", "randomness": "xy", "signature": 7}), QUICKNET, 1000)
    assert [f.field for f in caught.value.faults] == ["round", "randomness", "signature"]


@pytest.mark.parametrize("text", ["", "null", "[1]", "{", "[" * 9_000, "x" * 20_000, '{"round": 1e3}', "９"])
def test_what_is_no_record_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InputFaults) as caught:
        beacon.check_record(text, QUICKNET, 1000)
    assert str(caught.value)


@pytest.mark.parametrize("place", [0, 1, 50, 95])
def test_one_changed_digit_of_the_signature_is_caught(place: int) -> None:
    old = ROUND_1000["signature"]
    changed = old[:place] + format(int(old[place], 16) ^ 1, "x") + old[place + 1 :]
    with pytest.raises(InputFaults) as caught:
        beacon.check_record(json.dumps({"round": 1000, "signature": changed}), QUICKNET, 1000)
    assert [f.code for f in caught.value.faults] == ["drand_signature"]


def test_refused_and_unknown_chains_say_why() -> None:
    with pytest.raises(LotteryError, match="不认识"):
        beacon.chain_of("00" * 32)
    refused = [chain for chain in beacon.chains().values() if not chain.accepted]
    assert {chain.name for chain in refused} == {"fastnet", "default"}
    for chain in refused:
        with pytest.raises(LotteryError, match=chain.name):
            beacon.chain_of(chain.hash)
        with pytest.raises(LotteryError, match=chain.name):
            beacon.check_record(json.dumps(ROUND_1000), chain, 1000)
    chained = ROUND_1000 | {"previous_signature": "aa" * 96}
    with pytest.raises(InputFaults, match="链式"):
        beacon.check_record(json.dumps(chained), QUICKNET, 1000)


def test_the_one_file_checker_knows_the_same_quicknet() -> None:
    announced = QUICKNET.announced(5)
    for name in ("chain", "scheme", "period", "genesis", "public_key"):
        assert verify_draw.QUICKNET[name] == announced[name]
    assert verify_draw.QUICKNET["group_hash"] == QUICKNET.group_hash
    assert not beacon.verify_signature(replace(QUICKNET, scheme="unknown"), 1000, ROUND_1000["signature"])
