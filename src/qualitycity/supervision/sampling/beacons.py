"""The drand beacon as a public input: which round is announced, and a pasted record checked off line."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from qualitycity.kernel.acts import Fault, Faults, Refused
from qualitycity.methods.lottery.beacon import chain_of, chains, check_record
from qualitycity.methods.lottery.faults import InputFaults, LotteryError


def announced(ceremony_at: datetime) -> dict[str, Any]:
    """The input of an announcement: the first round after the announced time of the ceremony."""
    chain = next(one for one in chains().values() if one.accepted)
    return chain.announced(chain.first_round_after(ceremony_at - timedelta(seconds=1)))


def verified(expected: dict[str, Any], record: str) -> dict[str, Any]:
    """Check a pasted record against the announced chain and round; Faults with all that is wrong."""
    try:
        found = check_record(record, chain_of(expected["chain"]), expected["round"])
    except InputFaults as faults:
        raise Faults(
            [Fault(one.message, field="record", value=one.value[:40], hint=one.hint) for one in faults.faults]
        ) from faults
    except LotteryError as why:
        raise Refused(_("信标不能用:%(why)s") % {"why": why}, field="record") from why
    return {"round": found.round, "randomness": found.randomness, "signature": found.signature}
