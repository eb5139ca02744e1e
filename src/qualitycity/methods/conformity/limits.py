"""A requirement as limits, the verdict on it, and the judgement that keeps how the verdict was reached."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation
from enum import StrEnum
from typing import Literal

Number = str | int | Decimal
Method = Literal["full", "rounded"]
Sign = Literal["+", "-"]

STANDARD = "GB/T 8170-2008"
LONGEST = 100  # digits of a number, and the largest power of ten: beyond it the text is no measured value
# Every operation in this context is exact or raises; 4 x LONGEST digits hold any product of two numbers allowed.
EXACT = Context(prec=4 * LONGEST, traps=[Inexact, InvalidOperation])
_TEXT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")


class Verdict(StrEnum):
    """What can be said of one item (单项判定)."""

    CONFORMS = "conforms"
    FAILS = "does not conform"
    UNDECIDED = "cannot be judged"
    NOT_TESTED = "not tested"


def exact(name: str, value: Number) -> Decimal:
    """Return the number as it was written.

    Raises TypeError for a float (2.675 as a float is 2.67499…; the text is gone) and ValueError for text that is no
    finite decimal number; both name the argument.

    >>> exact("measured", "15.4546")
    Decimal('15.4546')
    >>> exact("measured", 2.675)
    Traceback (most recent call last):
    ...
    TypeError: measured: 2.675 is a float; give decimal text, int or Decimal
    """
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise TypeError(f"{name}: {value!r} is a {type(value).__name__}; give decimal text, int or Decimal")
    if isinstance(value, str) and not _TEXT.fullmatch(value):
        raise ValueError(f"{name}: {value!r} is no decimal number")
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError(f"{name}: {value!r} is not finite")
    if len(number.as_tuple().digits) > LONGEST or abs(number.adjusted()) > LONGEST:
        raise ValueError(f"{name}: {value!r} has more than {LONGEST} digits or a power of ten beyond {LONGEST}")
    return number


def last_place(number: Decimal) -> Decimal:
    """Return the unit of the last written digit: 97.0 gives 0.1, 1400 gives 1, 14E+2 gives 100.

    >>> last_place(Decimal("97.0"))
    Decimal('0.1')
    """
    return Decimal((0, (1,), int(number.as_tuple().exponent)))


@dataclass(frozen=True)
class Limits:
    """What is required of a value: at least `lower`, at most `upper`; either may be absent, not both.

    The numbers keep the digits they were written with, because the rounded-value method rounds to them. Build it with
    `Limits.of`, which takes text. Raises ValueError where no value could conform.

    >>> Limits.of(lower="4.0", upper="8.5")
    Limits(lower=Decimal('4.0'), upper=Decimal('8.5'), lower_inclusive=True, upper_inclusive=True)
    """

    lower: Decimal | None = None
    upper: Decimal | None = None
    lower_inclusive: bool = True
    upper_inclusive: bool = True

    def __post_init__(self) -> None:
        if self.lower is None and self.upper is None:
            raise ValueError("lower, upper: at least one limit is needed")
        if self.lower is None or self.upper is None:
            return
        closed = self.lower_inclusive and self.upper_inclusive
        if self.lower > self.upper or (self.lower == self.upper and not closed):
            raise ValueError(f"lower, upper: no value lies between {self.lower} and {self.upper}")

    @classmethod
    def of(
        cls,
        lower: Number | None = None,
        upper: Number | None = None,
        *,
        lower_inclusive: bool = True,
        upper_inclusive: bool = True,
    ) -> Limits:
        """Return limits from numbers as they were written."""
        return cls(
            None if lower is None else exact("lower", lower),
            None if upper is None else exact("upper", upper),
            lower_inclusive,
            upper_inclusive,
        )

    @property
    def interval(self) -> Decimal:
        """The rounding interval the limits imply: the unit of their last digit.

        Raises ValueError where the two limits are written to different digits: then it has to be said.
        """
        places = {last_place(limit) for limit in (self.lower, self.upper) if limit is not None}
        if len(places) > 1:
            raise ValueError(f"interval: {self.lower} and {self.upper} end at different digits; say the interval")
        return places.pop()

    def admit(self, value: Decimal, nudge: int = 0) -> bool:
        """Tell whether the value conforms; `nudge` says that the true value lies just above (1) or below (-1) it."""
        if self.lower is not None and not _beyond(_order(value, self.lower) or nudge, self.lower_inclusive):
            return False
        return self.upper is None or _beyond(_order(self.upper, value) or -nudge, self.upper_inclusive)


def _order(one: Decimal, other: Decimal) -> int:
    return (one > other) - (one < other)


def _beyond(order: int, inclusive: bool) -> bool:
    return order > 0 or (order == 0 and inclusive)


@dataclass(frozen=True)
class Judgement:
    """A verdict with everything needed to reach it again.

    `measured` is the value as reported (None when not detected), `compared` the one held against the limits: rounded
    to `interval` under the rounded-value method (修约值比较法), the measured one under the full-value method
    (全数值比较法). `note` says in words what the numbers do not.
    """

    verdict: Verdict
    limits: Limits
    method: Method
    measured: Decimal | None
    compared: Decimal | None
    interval: Decimal | None = None
    reported_sign: Sign | None = None
    note: str = ""
    standard: str = STANDARD

    @property
    def conforms(self) -> bool | None:
        """True, False, or None where it cannot be judged."""
        return {Verdict.CONFORMS: True, Verdict.FAILS: False}.get(self.verdict)
