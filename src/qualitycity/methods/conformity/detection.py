"""«Not detected» (未检出) and «detected, not quantified» against a limit.

Neither is a number, least of all zero. Each says that the true value lies in a range: below the detection limit
(检出限, LOD), or from there up to the quantification limit (定量限, LOQ). The limit is met if the whole range meets it,
missed if the whole range misses it; otherwise the method was not fit for this limit and nothing can be judged.
"""

from __future__ import annotations

from decimal import Decimal

from .limits import Judgement, Limits, Number, Verdict, exact


def judge_not_detected(lod: Number, limits: Limits) -> Judgement:
    """Judge a result reported as not detected, whose detection limit is `lod`, in the unit of the limits.

    The detection limit is compared as it stands, never rounded. The quantity is one that cannot be negative. Raises
    TypeError for floats, ValueError for a detection limit that is not positive.

    >>> judge_not_detected("5", Limits.of(upper="20")).verdict.value
    'conforms'
    >>> judge_not_detected("25", Limits.of(upper="20")).verdict.value
    'cannot be judged'
    """
    end = _positive("lod", lod)
    return _judge(Decimal(0), end, limits, f"not detected, detection limit {end}")


def judge_not_quantified(lod: Number, loq: Number, limits: Limits) -> Judgement:
    """Judge a result that was detected but lies below the quantification limit `loq`.

    The true value is at least `lod` and below `loq`. Errors as `judge_not_detected`; ValueError for loq <= lod.

    >>> judge_not_quantified("5", "15", Limits.of(upper="20")).verdict.value
    'conforms'
    >>> judge_not_quantified("5", "15", Limits.of(upper="10")).verdict.value
    'cannot be judged'
    >>> judge_not_quantified("5", "15", Limits.of(upper="2")).verdict.value
    'does not conform'
    """
    start, end = _positive("lod", lod), _positive("loq", loq)
    if end <= start:
        raise ValueError(f"loq: {end} is not above the detection limit {start}")
    return _judge(start, end, limits, f"detected below the quantification limit {end}, detection limit {start}")


def _positive(name: str, value: Number) -> Decimal:
    number = exact(name, value)
    if number <= 0:
        raise ValueError(f"{name}: {value!r} is not positive")
    return number


def _judge(start: Decimal, end: Decimal, limits: Limits, note: str) -> Judgement:
    """Judge a value known to lie in [start, end)."""
    if limits.admit(start) and limits.admit(end, -1):
        verdict = Verdict.CONFORMS
    elif _wholly_below(end, limits) or _wholly_above(start, limits):
        verdict = Verdict.FAILS
    else:
        verdict = Verdict.UNDECIDED
    return Judgement(verdict, limits, "full", None, None, note=note)


def _wholly_below(end: Decimal, limits: Limits) -> bool:
    return limits.lower is not None and end <= limits.lower


def _wholly_above(start: Decimal, limits: Limits) -> bool:
    return limits.upper is not None and (start > limits.upper or (start == limits.upper and not limits.upper_inclusive))
