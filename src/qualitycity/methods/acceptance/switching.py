"""Normal, tightened and reduced inspection: the switching rules of GB/T 2828.1-2012 as a pure state machine.

`step` takes a state and an inspected lot and returns the next state; a ledger of lots is
``itertools.accumulate(lots, step, initial=SwitchState())``. `scheme_oc` makes a Markov chain of the very same function,
so that the OC of the scheme cannot differ from what a ledger does.

Source: clauses 9.3 (switching rules), 9.3.3.2 (switching score), 9.4 (discontinuation).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from .tables import Aql, Plan, Severity, aql_text, aqls, cell, data, plan

_WINDOW = 5  # lots looked back on normal, and accepted lots that lead back from tightened
_REJECTED = 2  # lots not accepted in the window that lead to tightened
_STOP = 5  # lots not accepted on tightened that stop inspection
_SCORE = 30  # that opens reduced inspection
_LARGE_AC = 2  # from it on the score asks for the AQL one step tighter
_POINTS, _POINTS_SMALL = 3, 2
_BLOCK = 64  # qualities solved together


@dataclass(frozen=True)
class Lot:
    """One inspected lot, as far as the switching rules ask.

    accepted   on the plan in force
    ac         acceptance number of that plan
    tighter    Ac >= 2: it would have been accepted with the AQL one step tighter (False where that cannot be said)
    original   first inspection; a resubmitted lot never counts
    steady     production is steady
    consent    the responsible authority consents to reduced inspection
    other      other conditions warrant a return from reduced to normal

    >>> step(SwitchState("reduced"), Lot(True, 1, steady=False)).severity
    'normal'
    """

    accepted: bool
    ac: int
    tighter: bool = False
    original: bool = True
    steady: bool = True
    consent: bool = False
    other: bool = False


@dataclass(frozen=True)
class SwitchState:
    """Where inspection stands.

    score      switching score (normal inspection)
    window     normal: results of the last 5 lots; tightened: accepted lots since the last that was not
    cumulated  lots not accepted on tightened inspection
    suspended  inspection is discontinued until `resume`
    reason     why the last lot changed severity or stopped inspection, "" if it did not

    >>> step(SwitchState("tightened", window=(True,) * 4), Lot(True, 1))
    SwitchState(severity='normal', score=0, window=(), cumulated=0, suspended=False, reason='five_accepted')
    """

    severity: Severity = "normal"
    score: int = 0
    window: tuple[bool, ...] = ()
    cumulated: int = 0
    suspended: bool = False
    reason: Literal[
        "", "two_of_five", "five_accepted", "five_cumulated", "score", "not_accepted", "irregular", "other", "resumed"
    ] = ""


@dataclass(frozen=True)
class SchemeOC:
    """Long-run behaviour of the whole scheme at each quality: arrays [P].

    pa                              share of lots accepted
    normal, tightened, reduced      share of lots inspected so
    suspension                      stops of inspection per lot
    asn                             mean sample size

    >>> scheme_oc(1000, "II", "1.0", 0.0).asn.round(6)
    array([32.])
    """

    pa: np.ndarray
    normal: np.ndarray
    tightened: np.ndarray
    reduced: np.ndarray
    suspension: np.ndarray
    asn: np.ndarray
    dist: str
    standard: str
    method: str = "stationary law of the Markov chain of the switching rules; a stopped supplier resumes on tightened"


def step(state: SwitchState, lot: Lot) -> SwitchState:
    """Return the state after a lot.

    A resubmitted lot leaves the state as it is. ValueError where inspection is suspended.

    >>> from itertools import accumulate
    >>> bad, good = Lot(False, 1), Lot(True, 1)
    >>> [each.severity for each in accumulate([bad, good, bad], step, initial=SwitchState())]
    ['normal', 'normal', 'normal', 'tightened']
    """
    if state.suspended:
        raise ValueError("state: inspection is discontinued; resume it first")
    if not lot.original:
        return state
    return {"normal": _normal, "tightened": _tightened, "reduced": _reduced}[state.severity](state, lot)


def resume(state: SwitchState) -> SwitchState:
    """Return the state after the supplier's improvement was accepted: tightened inspection from the start (9.4).

    >>> resume(SwitchState("tightened", cumulated=5, suspended=True)).severity
    'tightened'
    """
    if not state.suspended:
        raise ValueError("state: inspection is not discontinued")
    return SwitchState("tightened", reason="resumed")


def tighter_ac(letter: str, aql: Aql) -> int | None:
    """Return the normal Ac with the AQL one step tighter, for the same sample; None where that plan has another n.

    Source: 9.3.3.2. Without the same sample nobody knows what the tighter plan would have said, and 3 cannot be added.

    >>> tighter_ac("J", "1.0"), tighter_ac("J", "15"), tighter_ac("F", "100")
    (1, 14, None)
    """
    column = aqls().index(aql_text(aql))
    if column == 0:
        return None
    here, there = cell(letter, aqls()[column]), cell(letter, aqls()[column - 1])
    return there.ac if there.n == here.n else None


def inspected(
    made: Plan, d: int, *, original: bool = True, steady: bool = True, consent: bool = False, other: bool = False
) -> Lot:
    """Return the lot for `step`, from its plan and the number d found in it.

    >>> inspected(plan(1000, "II", "1.0"), 2)
    Lot(accepted=True, ac=2, tighter=False, original=True, steady=True, consent=False, other=False)
    """
    limit = tighter_ac(made.asked, made.aql)
    tighter = made.severity == "normal" and limit is not None and d <= limit
    return Lot(made.accepts(d), made.ac, tighter, original, steady, consent, other)


def scheme_oc(lot_size: int, level: str, aql: Aql, p: Any, *, dist: str = "binomial", reduced: bool = True) -> SchemeOC:
    """Return acceptance, shares of the severities and mean sample of the scheme, lots of one size and steady quality.

    p: one-dimensional, fractions ("binomial") or nonconformities per item ("poisson", regime per 100). `reduced` False
    keeps to normal and tightened. ValueError also where a plan inspects the whole lot.

    >>> found = scheme_oc(1000, "II", "1.0", [0.005, 0.03])
    >>> found.pa.round(4), found.tightened.round(4)
    (array([0.9893, 0.3061]), array([2.000e-04, 9.912e-01]))
    """
    from .kernels import BINOMIAL, POISSON
    from .oc import checked  # compiled: a ledger that only steps does not wait for it

    if dist not in ("binomial", "poisson"):
        raise ValueError(f"dist: 'binomial' or 'poisson', got {dist!r}")
    quality, _ = checked(np.atleast_1d(p), BINOMIAL if dist == "binomial" else POISSON, None, 0)
    regime: Literal["percent", "per100"] = "percent" if dist == "binomial" else "per100"
    severities: tuple[Severity, ...] = ("normal", "tightened", "reduced")
    made = {severity: plan(lot_size, level, aql, severity, regime) for severity in severities[: 3 if reduced else 2]}
    outcomes = {severity: _outcomes(each, quality, dist, reduced) for severity, each in made.items()}
    states, arrows = _chain(outcomes, reduced)
    share = _stationary(len(states), arrows, quality.size)
    by = {s: share[:, [state.severity == s for state in states]].sum(axis=1) for s in severities}
    accepted = {s: sum(chance for lot, chance in each if lot.accepted) for s, each in outcomes.items()}
    stops = sum((share[:, i] * chance for i, _, chance, stop in arrows if stop), np.zeros(quality.size))
    return SchemeOC(
        sum((by[s] * accepted[s] for s in made), np.zeros(quality.size)),
        by["normal"],
        by["tightened"],
        by["reduced"],
        stops,
        sum((by[s] * made[s].n for s in made), np.zeros(quality.size)),
        dist,
        data()["standard"],
    )


def _normal(state: SwitchState, lot: Lot) -> SwitchState:
    window = (*state.window, lot.accepted)[-_WINDOW:]
    if window.count(False) >= _REJECTED:
        return SwitchState("tightened", reason="two_of_five")
    score = state.score + points if (points := _points(lot)) else 0
    if score >= _SCORE and lot.steady and lot.consent:
        return SwitchState("reduced", reason="score")
    return SwitchState("normal", score, window)


def _points(lot: Lot) -> int:
    if not lot.accepted:
        return 0
    if lot.ac < _LARGE_AC:
        return _POINTS_SMALL
    return _POINTS if lot.tighter else 0


def _tightened(state: SwitchState, lot: Lot) -> SwitchState:
    if not lot.accepted:
        stop = state.cumulated + 1 >= _STOP
        return SwitchState("tightened", 0, (), state.cumulated + 1, stop, "five_cumulated" if stop else "")
    window = (*state.window, True)
    if len(window) >= _WINDOW:
        return SwitchState("normal", reason="five_accepted")
    return SwitchState("tightened", 0, window, state.cumulated)


def _reduced(state: SwitchState, lot: Lot) -> SwitchState:
    if not lot.accepted:
        return SwitchState("normal", reason="not_accepted")
    if not lot.steady:
        return SwitchState("normal", reason="irregular")
    if lot.other:
        return SwitchState("normal", reason="other")
    return replace(state, reason="")


Outcomes = list[tuple[Lot, np.ndarray]]
Arrow = tuple[int, int, np.ndarray, bool]


def _outcomes(made: Plan, quality: np.ndarray, dist: str, consent: bool) -> Outcomes:
    """Return the lots that `step` can tell apart on this plan, each with its probability."""
    from .oc import oc
    from .stages import single

    accepted = oc(made, quality, dist)
    limit = tighter_ac(made.asked, made.aql) if made.severity == "normal" and made.ac >= _LARGE_AC else None
    easily = accepted * 0 if limit is None else oc(single(made.n, limit), quality, dist)
    return [
        (Lot(True, made.ac, tighter=True, consent=consent), easily),
        (Lot(True, made.ac, consent=consent), accepted - easily),
        (Lot(False, made.ac, consent=consent), 1 - accepted),
    ]


def _chain(outcomes: dict[Severity, Outcomes], reduced: bool) -> tuple[list[SwitchState], list[Arrow]]:
    """Walk `step` from the start to every state it reaches; arrows (from, to, probability, inspection stopped)."""
    states, at = [SwitchState()], {SwitchState(): 0}
    arrows: list[Arrow] = []
    for state in states:  # grows while it is walked
        for lot, chance in outcomes[state.severity]:
            after = step(state, lot)
            same = _alike(resume(after) if after.suspended else after, reduced)
            if same not in at:
                at[same] = len(states)
                states.append(same)
            arrows.append((at[state], at[same], chance, after.suspended))
    return states, arrows


def _alike(state: SwitchState, reduced: bool) -> SwitchState:
    """Return the state without what no later step asks: its reason, the fifth lot back, a score that opens nothing."""
    window = state.window[-(_WINDOW - 1) :]
    return replace(state, reason="", window=window, score=state.score if reduced else 0)


def _stationary(size: int, arrows: list[Arrow], count: int) -> np.ndarray:
    """Return the stationary law at each quality: shares [P, S]."""
    share = np.empty((count, size))
    right = np.zeros((size, 1))
    right[-1] = 1
    for begin in range(0, count, _BLOCK):
        block = slice(begin, begin + _BLOCK)
        balance = np.zeros((len(share[block]), size, size))
        for start, end, chance, _ in arrows:
            balance[:, end, start] += chance[block]
        balance -= np.eye(size)
        balance[:, -1, :] = 1  # one balance is implied by the others; shares add up to 1
        share[block] = np.linalg.solve(balance, right)[..., 0]
    return np.maximum(share, 0)  # the solver leaves -1e-17 for a severity that is never reached
