"""What every engine that speaks SQL has in common: a `Source` needs but two ways to ask (all rows, rows in pieces)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from .draw import Ranked, Ranking
from .frame import Unit, check_known
from .hashing import hasher
from .sql import Dialect, histogram_sql, rank_sql

PIECE = 50_000


class SqlSource(ABC):
    """A frame that a database holds: a table (or view) with id, stratum, weight (BIGINT), reason, without a fault."""

    def __init__(self, frame: str, dialect: Dialect) -> None:
        self.name, self.dialect = frame, dialect

    @abstractmethod
    def _all(self, text: str) -> list[tuple]:
        """Rows of a query."""

    @abstractmethod
    def _pieces(self, text: str) -> Iterator[list[tuple]]:
        """Rows of a query that need not fit in memory."""

    @abstractmethod
    def close(self) -> None:
        """Let go of memory and temporary files."""

    def _prepared(self, ranking: Ranking) -> Dialect:
        """Dialect with the hash of a ranking."""
        hasher(ranking.hash_name)  # refuses an unknown name
        return self.dialect

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def strata(self) -> list[str]:
        """See Source."""
        order = self.dialect.binary.format("stratum")
        return [row[0] for row in self._all(f"SELECT stratum FROM {self.name} GROUP BY stratum ORDER BY {order}")]

    def histogram(self, passed_over: Iterable[str] = ()) -> list[tuple[str, int, int]]:
        """See Source."""
        return [tuple(row) for row in self._all(histogram_sql(self.name, passed_over, self.dialect))]

    def eligible(self, passed_over: Iterable[str] = ()) -> Iterator[Unit]:
        """See Source; the units pass by in pieces."""
        passed, order = frozenset(passed_over), self.dialect.binary.format("id")
        for rows in self._pieces(
            f"SELECT id, stratum, weight, reason FROM {self.name} WHERE weight > 0 ORDER BY {order}"
        ):
            yield from (Unit(*row) for row in rows if row[0] not in passed)

    def check_passed_over(self, passed_over: Iterable[str]) -> None:
        """See Source."""
        asked = set(passed_over)
        if asked:
            listed = ", ".join(map(self.dialect.text, sorted(asked)))
            found = self._all(f"SELECT id FROM {self.name} WHERE weight > 0 AND id IN ({listed})")
            check_known(asked - {row[0] for row in found})

    def rank(self, ranking: Ranking) -> list[Ranked]:
        """See Source."""
        if not any(plan.wanted for plan in ranking.plans):
            return []
        return [Ranked(*row) for row in self._all(rank_sql(ranking, self.name, self._prepared(ranking)))]

    def digest(self, hash_name: str = "sha256") -> str:
        """See Source; the canonical file passes by in pieces."""
        sink = _Digest(hasher(hash_name)())
        self.write_canonical(sink)  # type: ignore[arg-type]
        return str(sink.hash.hexdigest())

    def write_canonical(self, sink: BinaryIO) -> None:
        """See Source."""
        order = self.dialect.binary.format("id")
        line = "id || ',' || stratum || ',' || weight || ',' || reason"
        for rows in self._pieces(f"SELECT {line} AS line FROM {self.name} ORDER BY {order}"):
            sink.write("".join(row[0] + "\n" for row in rows).encode())


class _Digest:
    """Gives a hash the one method of a file that `write_canonical` needs."""

    def __init__(self, new: Any) -> None:
        self.hash = new

    def write(self, data: bytes) -> int:
        self.hash.update(data)
        return len(data)
