"""Blind-coded, replicated design of a product comparison: who gets which code, in which order the laboratory tests.

The design is a randomised complete block design: one replicate of every product makes a block, in random order, so a
drift of the instrument falls on all products alike. Codes are random numbers without sequence; a code tells nothing
about product, replicate or block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .rounds import Floats

_ROOM = 10  # possible codes for each code given, so that a made-up code is hardly ever a true one


@dataclass(frozen=True)
class Specimen:
    """One specimen: its code, the product (index) and replicate behind it, and its place in the running order."""

    code: str
    product: int
    replicate: int
    position: int


@dataclass(frozen=True)
class Design:
    """A blind-coded design; `specimens` is the key, which the blind officer keeps, `sheet` is for the tester."""

    products: tuple[str, ...]
    replicates: int
    specimens: tuple[Specimen, ...]
    method: str = "randomised complete blocks, random codes"

    @property
    def sheet(self) -> tuple[str, ...]:
        """The codes in the order in which the laboratory tests them: all that the tester sees."""
        return tuple(one.code for one in sorted(self.specimens, key=lambda one: one.position))

    def opened(self, values: Mapping[str, float]) -> Floats:
        """Return the results [P, n] behind the codes, once testing has ended.

        values: code → result for every specimen, NaN for a specimen that gave none. Raises ValueError naming all
        unknown codes and all codes without an entry.

        >>> one = design(["A", "B"], 2, np.random.default_rng(1))
        >>> one.opened({code: float(at) for at, code in enumerate(one.sheet)}).shape
        (2, 2)
        """
        known = {one.code for one in self.specimens}
        faults = [
            f"{what}: {', '.join(sorted(codes))}"
            for what, codes in (("unknown codes", set(values) - known), ("codes without result", known - set(values)))
            if codes
        ]
        if faults:
            raise ValueError(f"values has {'; '.join(faults)}")
        found = np.empty((len(self.products), self.replicates))
        for one in self.specimens:
            found[one.product, one.replicate] = values[one.code]
        return found


def design(products: Sequence[str], replicates: int, rng: np.random.Generator, *, digits: int = 6) -> Design:
    """Return a design of `replicates` specimens of each product, all its chance drawn from `rng`.

    products: at least two different names. replicates: at least 2, since without them no repeatability is known.
    digits: length of the codes. Raises ValueError naming what is too few, repeated, or too short for so many codes.

    >>> one = design(["local", "national", "foreign"], 2, np.random.default_rng(7))
    >>> len(one.sheet), len(set(one.sheet)), {len(code) for code in one.sheet}
    (6, 6, {6})
    """
    names = tuple(products)
    repeated = sorted({name for name in names if names.count(name) > 1})
    if len(names) < 2 or repeated:
        raise ValueError(f"products must be at least two different names; {len(names)} given, repeated: {repeated}")
    if replicates != int(replicates) or replicates < 2:
        raise ValueError(f"replicates must be an integer of at least 2, not {replicates}")
    size = len(names) * replicates
    if 10**digits < _ROOM * size:
        raise ValueError(f"digits = {digits} gives too few codes for {size} specimens")
    codes = rng.choice(10**digits, size=size, replace=False)
    order = np.concatenate([block * len(names) + rng.permutation(len(names)) for block in range(replicates)])
    position = np.argsort(order)
    return Design(
        names,
        replicates,
        tuple(
            Specimen(f"{codes[at]:0{digits}d}", at % len(names), at // len(names), int(position[at]))
            for at in range(size)
        ),
    )
