"""A sampling plan of one or more stages, judged on the cumulated count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from operator import index
from typing import Protocol


@dataclass(frozen=True)
class Stages:
    """Take n[k] more items at stage k; accept at a cumulated count <= ac[k], do not accept at >= re[k], else go on.

    ``ac[k] = -1`` forbids acceptance at that stage (the sign # of the standards). The last stage always decides:
    ``re[-1] == ac[-1] + 1``. Raises ValueError with every fault of the plan.
    Source: ISO 2859-1:1999, clauses 3.1.8 and 11.1.

    >>> Stages((32, 32), (1, 4), (4, 5)).total
    64
    """

    n: tuple[int, ...]
    ac: tuple[int, ...]
    re: tuple[int, ...]

    def __post_init__(self) -> None:
        for field in ("n", "ac", "re"):
            object.__setattr__(self, field, _integers(field, getattr(self, field)))
        faults = _faults(self.n, self.ac, self.re)
        if faults:
            raise ValueError("; ".join(faults))

    @property
    def total(self) -> int:
        """Items taken when every stage is reached."""
        return sum(self.n)

    @property
    def drawn(self) -> tuple[int, ...]:
        """Items taken up to and including each stage."""
        return tuple(accumulate(self.n))

    @property
    def stages(self) -> Stages:
        """The plan itself, so that every kind of plan answers `.stages`."""
        return self


class HasStages(Protocol):
    """Whatever can say which stages it has: a `Stages`, or a plan of `tables`.

    >>> made: HasStages = single(80, 2)
    >>> made.stages.total
    80
    """

    @property
    def stages(self) -> Stages:
        """The stages of the plan."""


def single(n: int, ac: int) -> Stages:
    """Return the plan of one sample of n items: accept at up to `ac` nonconforming.

    >>> single(80, 2)
    Stages(n=(80,), ac=(2,), re=(3,))
    """
    return Stages((n,), (ac,), (ac + 1,))


def double(n: Sequence[int], ac: Sequence[int], re1: int) -> Stages:
    """Return a double plan: sizes of both samples, both acceptance numbers, and the first rejection number.

    >>> double((50, 50), (0, 3), 3)
    Stages(n=(50, 50), ac=(0, 3), re=(3, 4))
    """
    if len(n) != 2 or len(ac) != 2:
        raise ValueError(f"n, ac: a double plan has two of each, not {len(n)} and {len(ac)}")
    return Stages(tuple(n), tuple(ac), (re1, ac[1] + 1))


def multiple(n: Sequence[int], ac: Sequence[int], re: Sequence[int]) -> Stages:
    """Return a plan of any number of stages.

    >>> multiple([8] * 3, [-1, 0, 1], [2, 2, 2]).drawn
    (8, 16, 24)
    """
    return Stages(tuple(n), tuple(ac), tuple(re))


def _integers(field: str, numbers: Sequence[int]) -> tuple[int, ...]:
    try:
        return tuple(index(number) for number in numbers)
    except TypeError:
        raise ValueError(f"{field}: integers, got {numbers!r}") from None


def _faults(n: tuple[int, ...], ac: tuple[int, ...], re: tuple[int, ...]) -> list[str]:
    if not n or not len(n) == len(ac) == len(re):
        return [f"n, ac, re: of one length and not empty, got {len(n)}, {len(ac)}, {len(re)}"]
    faults = []
    if min(n) < 1:
        faults.append(f"n: at least 1 item a stage, got {n}")
    if min(ac) < -1 or ac[-1] < 0:
        faults.append(f"ac: at least -1, and 0 at the last stage, got {ac}")
    if any(b < a for numbers in (ac, re) for a, b in pairwise(numbers)):
        faults.append(f"ac, re: counts are cumulated and may not fall, got ac {ac}, re {re}")
    if any(r <= a for a, r in zip(ac, re, strict=True)):
        faults.append(f"re: above ac at every stage, got ac {ac}, re {re}")
    if re[-1] != ac[-1] + 1:
        faults.append(f"re: the last stage must decide, re = ac + 1, got ac {ac[-1]}, re {re[-1]}")
    return faults
