"""The published worked examples of other lotteries, computed again with our hashing, and what they teach the rule.

No other lottery has our tickets, so none of them can vouch for ours; but each vouches for how a text is hashed (UTF-8,
signs beyond the BMP, seeds that look like numbers), and each shows a property that draw rule v1 must or must not have.
"""

from __future__ import annotations

import ast
import hashlib
import heapq
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from qualitycity.methods.lottery.draw import draw
from qualitycity.methods.lottery.frame import Frame
from qualitycity.methods.lottery.hashing import digest
from qualitycity.methods.lottery.seed import Digits, draw_key, seed_lines, seed_of

from .city import SHARED, key_of, needs_shared

pytestmark = needs_shared
Ticket = tuple[str, Any, int]


def golden(name: str) -> Any:
    return json.loads((SHARED / name).read_text(encoding="utf-8"))


def uniform(text: str) -> str:
    """consistent_sampler: the digits of SHA-256 as a decimal fraction, last digit first."""
    return "0." + f"{int(digest(text), 16):064d}"[::-1]


def raised(x: str) -> str:
    """consistent_sampler: the next ticket of an id; the digits after the leading nines come anew until it is larger."""
    nines = re.match(r"0\.9*", x)[0]  # type: ignore[index]
    return next(y for at in range(1, 99) if (y := nines + uniform(f"{x}:{at}")[2:]) > x + "0")


def trimmed(x: str, digits: int) -> str:
    return x[: len(re.match(r"0\.9*", x)[0]) + digits]  # type: ignore[index]


def sampled(ids: list[Any], seed: Any, again: bool) -> Iterator[Ticket]:
    """consistent_sampler: the smallest ticket first; with replacement the id gets its next one."""
    heap: list[Ticket] = [(uniform(digest(str(seed)) + str(one)), one, 1) for one in ids]
    heapq.heapify(heap)
    while heap:
        x, one, times = heapq.heappop(heap)
        yield x, one, times
        if again:
            heapq.heappush(heap, (raised(x), one, times + 1))


def test_seven_samples_and_five_primitives_of_consistent_sampler() -> None:
    data = golden("consistent_sampler_arlo.json")
    for case in data["sampler"]:
        args = case["args"]
        drop, take = args.get("drop", 0), args.get("take", len(args["ids"]))
        found = sampled(args["ids"], args["seed"], args.get("with_replacement", False))
        rows = [row for _, row in zip(range(drop + take), found, strict=False)][drop:]
        if args.get("output") == "id":
            assert [one for _, one, _ in rows] == case["expected"], case["name"]
        else:
            assert [[trimmed(x, 9), one, times] for x, one, times in rows] == case["expected"], case["name"]
    assert len(data["sampler"]) == 7
    primitives = {
        "sha256_hex": digest, "sha256_uniform": uniform, "next_fraction": raised, "trim": trimmed,
        "first_fraction": lambda one, seed: uniform(digest(seed) + one),
    }  # fmt: skip
    for case in data["primitives"]:
        assert primitives[case["f"]](*case["args"]) == case["expected"]
    assert len(data["primitives"]) == 5


def test_twenty_ballots_and_four_batches_of_arlo_under_a_seed_with_an_emoji() -> None:
    arlo = golden("consistent_sampler_arlo.json")["arlo"]
    ids = [(batch, ballot) for batch, ballots in arlo["manifest"].items() for ballot in ballots]
    rows = [row for _, row in zip(range(20), sampled(ids, arlo["seed"], True), strict=False)]
    assert [[trimmed(x, 18), list(one), times] for x, one, times in rows] == arlo["draw_sample_20"]
    for name, x in arlo["ticket_numbers"].items():
        assert trimmed(uniform(digest(arlo["seed"]) + str(ast.literal_eval(name))), 18) == x
    assert len(arlo["ticket_numbers"]) == 4


def test_ten_samples_of_rivest_and_the_forty_seven_ballots_of_colorado() -> None:
    data = golden("rivest_sampler.json")

    def numbers(seed: str, total: int) -> Iterator[int]:
        for at in range(1, 10**6):
            yield int(digest(f"{seed},{at}"), 16) % total + 1

    for case in data["tests"]:
        given = case["data"]
        found = [n for n, _ in zip(numbers(given["seed"], given["total"]), range(given["count"]), strict=False)]
        assert found == case["expected"]
    assert len(data["tests"]) == 10
    colorado = data["colorado"]
    unlike = dict.fromkeys(n for n, _ in zip(numbers(colorado["seed"], colorado["total"]), range(60), strict=False))
    assert list(unlike)[:47] == colorado["expected"]


def chosen_by_index(key: str, pool: list[int], count: int) -> list[int]:
    """RFC 3797: MD5 of the number, the key and the number again, modulo those that are left."""
    left, found = list(pool), []
    for at in range(count):
        sign = at.to_bytes(2, "big")
        found.append(left.pop(int.from_bytes(hashlib.md5(sign + key.encode() + sign).digest(), "big") % len(left)))
    return found


def test_sixteen_digests_and_ten_winners_of_the_nomcom() -> None:
    data = golden("rfc3797.json")
    key = data["key_string"]
    assert key == "".join(".".join(str(n) for n in sorted(source)) + "./" for source in data["sources"])
    for at, expected in enumerate(data["md5_hex"]):
        sign = at.to_bytes(2, "big")
        assert hashlib.md5(sign + key.encode() + sign).hexdigest().upper() == expected
    assert len(data["md5_hex"]) == 16
    found = chosen_by_index(key, list(range(1, data["pool_size"] + 1)), 10)
    assert found == data["selected_first_10"]
    assert [data["names"][str(n)] for n in found] == data["winners"]


def test_one_late_correction_changes_every_pick_by_index_and_only_itself_by_ticket() -> None:
    """A pitfall of index walking: strike one who was not even chosen, and others win. Tickets keep the rest."""
    data = golden("rfc3797.json")
    pool = list(range(1, 26))
    before = chosen_by_index(data["key_string"], pool, 10)
    stranger = next(n for n in pool if n not in before)
    after = chosen_by_index(data["key_string"], [n for n in pool if n != stranger], 10)
    assert len(set(before) - set(after)) >= 3
    key = draw_key(data["key_string"])
    frame = Frame.of([(data["names"][str(n)], "s", 1, "") for n in pool])
    ours = draw(frame, key, {"s": 10}).ids
    loser = next(unit.id for unit in frame.units if unit.id not in ours)
    less = Frame.of([tuple(unit) for unit in frame.units if unit.id != loser])
    assert draw(less, key, {"s": 10}).ids == ours


def test_seeds_are_texts_and_names_are_hashed_not_numbers() -> None:
    """Rivest's cases of seeds 0 and 0000000000, and Arlo's seed cut by a browser: text stays text."""
    found = {case["data"]["seed"]: case["expected"] for case in golden("rivest_sampler.json")["tests"]}
    assert found["0000000000"] != found["0"][:3]
    secrets = ("0", "00", "12345678901234567890", "1.2345678901234567e19")
    lines = [seed_lines("f" * 64, 1, secret, [Digits("1" * 20)]) for secret in secrets]
    assert len({seed_of(one) for one in lines}) == 4


def test_names_of_one_look_do_not_share_a_ticket_and_cannot_both_stand_in_a_frame() -> None:
    """An id typed full-width or decomposed gives another ticket, so it is refused before there is a seed."""
    frame = Frame.of([("A1", "s", 1, ""), ("é", "s", 1, "")])
    assert key_of(frame, 1, "s", "1" * 20)
    for name in ("\uff21\uff11", "e\u0301", " A1", "A1 "):
        with pytest.raises(ValueError, match="第 1 行"):
            Frame.of([(name, "s", 1, "")])
