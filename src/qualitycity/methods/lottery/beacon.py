"""The drand randomness beacon as a public input of a draw: a round is named before it exists, its record pasted later.

No network: whoever holds the ceremony pastes the record of the round (any relay's ``/public/<round>`` answer) and it is
checked here against the chain's public key. The arithmetic of the signature stands once, in :mod:`verify_draw`, where
outsiders read it.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from . import verify_draw
from .faults import Collector, LotteryError, say
from .seed import Beacon

__all__ = ["Chain", "chain_of", "chains", "check_record", "verify_signature"]

MAX_RECORD = 10_000  # characters; a record has some 300
_HEX = {"randomness": 64, "signature": 96}  # hex digits: SHA-256; compressed point of G1


@dataclass(frozen=True)
class Chain:
    """Public parameters of one drand chain; ``genesis_time`` in Unix seconds, ``period`` in seconds, the rest hex."""

    name: str
    accepted: bool
    hash: str
    scheme: str
    period: int
    genesis_time: int
    public_key: str
    group_hash: str
    source: str
    confidence: str
    reason: str = ""

    def time_of(self, round_number: int) -> datetime:
        """Return when a round is published (UTC).

        Raises LotteryError for a round below 1 or beyond the calendar.
        """
        try:
            if round_number < 1:
                raise OverflowError
            return verify_draw.drand_time(self.genesis_time, self.period, round_number)
        except OverflowError:
            raise LotteryError("drand_no_round", round=round_number) from None

    def first_round_after(self, moment: datetime) -> int:
        """Return the first round published strictly after an aware moment."""
        return max(1, math.floor((moment.timestamp() - self.genesis_time) / self.period) + 2)

    def announced(self, round_number: int) -> dict[str, Any]:
        """Return the input of an announcement that names this round (``inputs`` in docs/reference/draw-bundle.md)."""
        return {
            "kind": "drand",
            "chain": self.hash,
            "round": round_number,
            "public_key": self.public_key,
            "scheme": self.scheme,
            "genesis": self.genesis_time,
            "period": self.period,
        }


@lru_cache(maxsize=1)
def chains() -> Mapping[str, Chain]:
    """Return every known chain by its hash, accepted or not (data: ``chains.toml``).

    Raises ValueError when a hash in the file does not follow from the chain's own parameters.
    """
    data = tomllib.loads(resources.files(__package__).joinpath("chains.toml").read_text("utf-8"))
    known = {}
    for name, values in data.items():
        chain = Chain(name=name, **values)
        own = verify_draw.drand_chain_hash(chain.period, chain.genesis_time, chain.public_key, chain.group_hash, name)
        if own != chain.hash:
            raise ValueError(f"chains.toml: hash of {name} should be {own}")
        known[chain.hash] = chain
    return MappingProxyType(known)


def chain_of(chain_hash: str) -> Chain:
    """Return an accepted chain by its hash.

    Raises LotteryError for a chain that is unknown, or known and refused (with the reason).
    """
    chain = chains().get(chain_hash)
    usable = "、".join(f"{c.name}({c.hash[:8]}…)" for c in chains().values() if c.accepted)
    if chain is None:
        raise LotteryError("drand_chain", chain=chain_hash[:64], usable=usable)
    if not chain.accepted:
        raise LotteryError("drand_refused", chain=chain.name, reason=chain.reason, usable=usable)
    return chain


def verify_signature(chain: Chain, round_number: int, signature: str) -> bool:
    """Say whether the chain signed this round. ``signature``: 96 hex digits.

    Knows the two unchained schemes with signatures on G1; a signature under any other scheme is False.
    """
    return verify_draw.drand_signature_holds(chain.scheme, chain.public_key, round_number, signature)


def check_record(text: str, chain: Chain, round_number: int, after: datetime | None = None) -> Beacon:
    """Check the pasted record of an announced round, offline.

    Args:
        text: JSON with ``round``, ``signature`` and (optional, newer relays leave it out) ``randomness``.
        chain: the announced chain.
        round_number: the announced round.
        after: when the commitment was published (aware); the round must be later.

    Returns:
        The input whose ``line`` is the seed line ``drand=<chain hash>:<round>:<randomness>``.

    Raises:
        InputFaults: all that is wrong with the record at once.
        LotteryError: the chain is refused.
    """
    chain_of(chain.hash)
    faults = Collector()
    record = _read(text, faults)
    faults.raise_if_any()
    if record["round"] != round_number:
        mend = say("drand_round_mend", round=round_number)
        faults.add("drand_round", field="round", value=record["round"], hint=mend, round=round_number)
    randomness = hashlib.sha256(bytes.fromhex(record["signature"])).hexdigest()
    if record.get("randomness", randomness) != randomness:
        faults.add("drand_randomness", field="randomness", value=record["randomness"], hint=say("drand_copy"))
    if not verify_signature(chain, record["round"], record["signature"]):
        faults.add("drand_signature", field="signature", value=record["signature"], hint=say("drand_copy"),
                   chain=chain.name, round=record["round"])  # fmt: skip
    if after is not None and chain.time_of(round_number) <= after:
        later = say("drand_time_mend", round=chain.first_round_after(after))
        faults.add("drand_time", field="round", value=round_number, hint=later)
    faults.raise_if_any()
    return Beacon(chain.hash, round_number, randomness, record["signature"])


def _read(text: str, faults: Collector) -> dict[str, Any]:
    """Read the pasted text; record every fault of form."""
    try:
        record = json.loads(text) if len(text) <= MAX_RECORD and verify_draw.nesting(text) <= 2 else None
    except ValueError:
        record = None
    if not isinstance(record, dict):
        faults.add("drand_json", hint=say("drand_json_mend"))
        return {}
    if record.get("previous_signature"):
        faults.add("drand_chained", field="previous_signature", hint=say("drand_chained_mend"))
        return {}
    number = record.get("round")
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number < 2**53:
        faults.add("round", field="round", value=number)
    clean = {"round": number}
    for field, digits in _HEX.items():
        value = record.get(field)
        if value is None and field == "randomness":
            continue
        if not isinstance(value, str) or not re.fullmatch(rf"[0-9a-fA-F]{{{digits}}}", value):
            faults.add("hex", field=field, value=value, digits=digits)
        else:
            clean[field] = value.lower()
    return clean
