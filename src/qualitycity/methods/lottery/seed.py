"""Seed, commitments, keys, tickets and the result digest: sections 0, 3, 4 and 12 of draw rule v1.

Everything is text. A number typed as a number is cut at 2^53 by browsers, so digits stay a string from the dice to
the hash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .faults import Collector
from .hashing import digest

FACES = {6: "123456", 10: "0123456789"}
_HEX64 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Digits:
    """Dice thrown in public: `value` as typed, `sides` 6 or 10, `count` as announced."""

    value: str
    sides: int = 6
    count: int = 20

    @property
    def line(self) -> str:
        """The seed line."""
        return f"digits={self.value}"

    def check(self, faults: Collector) -> None:
        """Refuse any other sign than the faces of the die, and any other count than the announced one."""
        faces = FACES.get(self.sides)
        if faces is None:
            faults.add("dice_sides", field="sides", value=self.sides)
            return
        for place, sign in enumerate(self.value, 1):
            if sign not in faces:
                faults.add("digit", field="digits", value=sign, place=place, low=faces[0], high=faces[-1])
        if len(self.value) != self.count:
            faults.add("digit_count", field="digits", value=self.value, wanted=self.count, found=len(self.value))


@dataclass(frozen=True)
class Beacon:
    """One round of a drand chain: hashes as 64 lower-case hex digits. The signature is checked elsewhere (`beacon`)."""

    chain: str
    round: int
    randomness: str
    signature: str = ""

    @property
    def line(self) -> str:
        """The seed line."""
        return f"drand={self.chain}:{self.round}:{self.randomness}"

    def check(self, faults: Collector) -> None:
        """Refuse what is not a chain hash, a positive round and a randomness."""
        for field, value in (("chain", self.chain), ("randomness", self.randomness)):
            if not _HEX64.fullmatch(value):
                faults.add("hex", field=field, value=value, digits=64)
        if self.round < 1:
            faults.add("round", field="drand", value=self.round)


@dataclass(frozen=True)
class Witness:
    """A witness's number, committed before, revealed now; one who does not reveal is struck out and gives no line."""

    k: int
    value: str = ""
    nonce: str = ""
    struck: bool = False

    @property
    def line(self) -> str:
        """The seed line."""
        return f"witness.{self.k}={self.value}"

    def commitment(self, hash_name: str = "sha256") -> str:
        """Hash of nonce + value, published before anybody reveals."""
        return digest(self.nonce + self.value, hash_name)

    def check(self, faults: Collector) -> None:
        """Refuse an empty value and anything that could pass for another line."""
        if self.k < 1:
            faults.add("witness_number", field="witness", value=self.k)
        if not self.struck:
            _check_line(self.value, f"witness.{self.k}", faults)


PublicInput = Digits | Beacon | Witness


def _check_line(value: str, field: str, faults: Collector) -> None:
    if not value or value != value.strip() or not value.isprintable():
        faults.add("line", field=field, value=value)


def check_inputs(round_no: int, secret: str, inputs: Sequence[PublicInput]) -> None:
    """Check everything that enters a seed; raise InputFaults with all faults at once."""
    faults = Collector()
    if isinstance(round_no, bool) or not isinstance(round_no, int) or round_no < 1:
        faults.add("round", field="round", value=round_no)
    _check_line(secret, "secret", faults)
    if all(isinstance(one, Witness) and one.struck for one in inputs):
        faults.add("no_input", field="inputs")
    if any(sum(isinstance(one, kind) for one in inputs) > 1 for kind in (Digits, Beacon)):
        faults.add("input_twice", field="inputs")
    numbers = [one.k for one in inputs if isinstance(one, Witness)]
    if len(numbers) != len(set(numbers)):
        faults.add("witness_twice", field="witness", value=numbers)
    for one in inputs:
        one.check(faults)
    faults.raise_if_any()


def seed_lines(frame_digest: str, round_no: int, secret: str, inputs: Sequence[PublicInput]) -> list[str]:
    """Return the lines of the seed in their order; `inputs` stand in the announced order.

    Raises InputFaults for a secret, round or input that the rule refuses.
    """
    check_inputs(round_no, secret, inputs)
    public = [one.line for one in inputs if not (isinstance(one, Witness) and one.struck)]
    return [f"frame={frame_digest}", f"round={round_no}", f"secret={secret}", *public]


def seed_of(lines: Iterable[str], hash_name: str = "sha256") -> str:
    """Return the seed: hash of the lines, each ended by LF."""
    return digest("".join(line + "\n" for line in lines), hash_name)


def commitment(secret: str, hash_name: str = "sha256") -> str:
    """Return the published commitment of a sealed secret."""
    return digest(secret, hash_name)


def draw_key(seed: str, label: str = "units", hash_name: str = "sha256") -> str:
    """Return the key of one list: first 32 hex digits of the hash of `seed:label`."""
    return digest(f"{seed}:{label}", hash_name)[:32]


def ticket(key: str, unit_id: str, hash_name: str = "sha256") -> str:
    """Return the ticket of a unit, 64 hex digits: anybody can type `key:id` into any hash page."""
    return digest(f"{key}:{unit_id}", hash_name)


def pair_cost(key: str, task: str, agent: str, hash_name: str = "sha256") -> int:
    """Return the cost of a pair: the first 10 hex digits (40 bits) of the hash of `key:task:agent`."""
    return int(digest(f"{key}:{task}:{agent}", hash_name)[:10], 16)


def result_digest(round_no: int, ids: Sequence[str], secret: str, hash_name: str = "sha256") -> str:
    """Return the digest of `round|ids in draw order|secret`; the secret keeps a small result from being guessed."""
    return digest(f"{round_no}|{','.join(ids)}|{secret}", hash_name)
