"""The DuckDB engine: frames larger than memory, the same bits as the Python one.

A CSV file is judged row by row in Python and handed on; a Parquet file is judged in SQL where a row is plainly
faultless, and only the other rows (any sign outside printable ASCII, any doubt) come to the same Python judge. So
both engines refuse the same rows in the same words.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from .draw import PythonSource, Ranked, Ranking, Source
from .faults import KEPT, LotteryError
from .frame import REASONS, Unit, Vetter, check_known
from .hashing import digest, hasher
from .reading import MAX_BYTES, PYTHON_MAX_BYTES, check_size, csv_rows, is_parquet, parquet_columns, read_frame
from .sql import DUCKDB, Dialect, histogram_sql, literal, rank_sql

PYTHON_UP_TO = 32 * 2**20  # above this size the engine left open is DuckDB
_PLAIN = r"[!#-+\--~]([ !#-+\--~]*[!#-+\--~])?"


class TableSource:
    """A frame held by DuckDB: a table (or view) with id, stratum, weight (BIGINT), reason, already without a fault."""

    def __init__(self, con: Any, frame: str = "frame", dialect: Dialect = DUCKDB, workspace: Any = None) -> None:
        self.con, self.name, self.dialect, self._workspace = con, frame, dialect, workspace
        self._sm3 = False

    @classmethod
    def open(
        cls, path: Path | str, reasons: Iterable[str] = REASONS, max_bytes: int = MAX_BYTES, memory: str = "1GB"
    ) -> TableSource:
        """Read, judge and hold a CSV or Parquet file within `memory`; spills to a temporary folder.

        Raises LotteryError for a file that cannot be read and InputFaults with every fault.
        """
        import duckdb

        path = Path(path)
        check_size(path, max_bytes)
        workspace = tempfile.TemporaryDirectory(prefix="qualitycity-draw-")
        con = duckdb.connect(config={"memory_limit": memory, "temp_directory": workspace.name})
        source = cls(con, workspace=workspace)
        try:
            vetter = Vetter(reasons)
            if is_parquet(path):
                source._take_parquet(path, vetter)
            else:
                source._take_csv(path, vetter)
            source._find_duplicates(vetter)
            if not vetter.faults.total and not con.execute("SELECT 1 FROM frame LIMIT 1").fetchone():
                vetter.faults.add("empty")
            vetter.faults.raise_if_any()
        except duckdb.Error as error:
            source.close()
            raise LotteryError("file_unreadable", name=path.name, detail=str(error).splitlines()[0]) from error
        except BaseException:
            source.close()
            raise
        return source

    def close(self) -> None:
        """Let go of memory and temporary files."""
        self.con.close()
        if self._workspace is not None:
            self._workspace.cleanup()

    def __enter__(self) -> TableSource:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _take_csv(self, path: Path, vetter: Vetter) -> None:
        clean = Path(self._workspace.name) / "rows.csv"
        with clean.open("w", encoding="utf-8", errors="replace", newline="") as file:
            write = csv.writer(file, lineterminator="\n").writerow
            for row in csv_rows(path, vetter.faults):
                unit = vetter.vet(*row)
                write((row[0], row[1], row[2], unit.weight if unit else 0, row[4]))
        self.con.execute(
            "CREATE TABLE numbered AS SELECT nr, coalesce(id, '') AS id, coalesce(stratum, '') AS stratum, weight, "
            "coalesce(reason, '') AS reason FROM read_csv(?, header = false, auto_detect = false, delim = ',', "
            "quote = '\"', escape = '\"', columns = {'nr': 'BIGINT', 'id': 'VARCHAR', 'stratum': 'VARCHAR', "
            "'weight': 'BIGINT', 'reason': 'VARCHAR'})",
            [str(clean)],
        )
        clean.unlink()
        self.con.execute("CREATE VIEW frame AS SELECT id, stratum, weight, reason FROM numbered")

    def _take_parquet(self, path: Path, vetter: Vetter) -> None:
        file = f"read_parquet({literal(str(path))})"
        unit_id, stratum, weight, reason = parquet_columns(self.con, path)
        self.con.execute(
            f"CREATE VIEW numbered AS SELECT row_number() OVER () AS nr, {unit_id} AS id, {stratum} AS stratum, "
            f"{weight} AS weight, {reason} AS reason FROM {file}"
        )
        self.con.execute(
            f"CREATE VIEW frame AS SELECT {unit_id} AS id, {stratum} AS stratum, "
            f"CAST({weight} AS BIGINT) AS weight, {reason} AS reason FROM {file}"
        )
        codes = ", ".join(literal(code) for code in sorted(vetter.reasons)) or "NULL"
        doubtful = self.con.cursor().execute(
            f"SELECT * FROM numbered WHERE NOT (regexp_full_match(id, '{_PLAIN}') AND length(id) <= 128 "
            f"AND regexp_full_match(stratum, '{_PLAIN}') AND length(stratum) <= 128 "
            "AND regexp_full_match(weight, '0|[1-9][0-9]{0,8}') "
            f"AND CASE WHEN weight = '0' THEN reason IN ({codes}) ELSE reason = '' END)"
        )
        while rows := doubtful.fetchmany(10_000):
            for row in rows:
                vetter.vet(*row)

    def _find_duplicates(self, vetter: Vetter) -> None:
        self.con.execute(
            "CREATE TEMP TABLE twice AS SELECT id FROM numbered WHERE id <> '' GROUP BY id HAVING count(*) > 1"
        )
        many = self.con.execute(
            "SELECT nr, id, first FROM (SELECT nr, id, min(nr) OVER (PARTITION BY id) AS first FROM numbered "
            "WHERE id IN (SELECT id FROM twice)) WHERE nr > first ORDER BY nr"
        )
        while rows := many.fetchmany(KEPT):
            for nr, unit_id, first in rows:
                vetter.duplicate(nr, unit_id, first)

    @property
    def strata(self) -> list[str]:
        """See Source."""
        return [row[0] for row in self._all(f"SELECT DISTINCT stratum FROM {self.name} ORDER BY stratum")]

    def histogram(self, passed_over: Iterable[str] = ()) -> list[tuple[str, int, int]]:
        """See Source."""
        return [tuple(row) for row in self._all(histogram_sql(self.name, passed_over, self.dialect))]

    def eligible(self, passed_over: Iterable[str] = ()) -> Iterator[Unit]:
        """See Source; the units pass by in pieces."""
        passed = frozenset(passed_over)
        result = self.con.cursor().execute(
            f"SELECT id, stratum, weight, reason FROM {self.name} WHERE weight > 0 ORDER BY id"
        )
        while rows := result.fetchmany(10_000):
            yield from (Unit(*row) for row in rows if row[0] not in passed)

    def check_passed_over(self, passed_over: Iterable[str]) -> None:
        """See Source."""
        asked = set(passed_over)
        if asked:
            listed = ", ".join(map(literal, sorted(asked)))
            found = self._all(f"SELECT id FROM {self.name} WHERE weight > 0 AND id IN ({listed})")
            check_known(asked - {row[0] for row in found})

    def rank(self, ranking: Ranking) -> list[Ranked]:
        """See Source."""
        if not any(plan.wanted for plan in ranking.plans):
            return []
        rows = self._all(rank_sql(ranking, self.name, self._dialect(ranking.hash_name)))
        return [Ranked(*row) for row in rows]

    def _dialect(self, hash_name: str) -> Dialect:
        """DuckDB has SHA-256 of its own; SM3 enters as a Python function (slower, same bits)."""
        if hash_name == "sha256":
            return self.dialect
        hasher(hash_name)  # refuses an unknown name
        if not self._sm3:
            self.con.create_function("qc_sm3", lambda text: digest(text, "sm3"), ["VARCHAR"], "VARCHAR")
            self._sm3 = True
        return replace(self.dialect, digest="qc_sm3({})")

    def digest(self, hash_name: str = "sha256") -> str:
        """See Source; the canonical file passes by in pieces."""
        sink = _Digest(hasher(hash_name)())
        self.write_canonical(sink)  # type: ignore[arg-type]
        return str(sink.hash.hexdigest())

    def write_canonical(self, sink: BinaryIO) -> None:
        """See Source."""
        result = self.con.cursor().execute(
            f"SELECT id || ',' || stratum || ',' || weight || ',' || reason FROM {self.name} ORDER BY id"
        )
        while rows := result.fetchmany(50_000):
            sink.write("".join(row[0] + "\n" for row in rows).encode())

    def _all(self, text: str) -> list[tuple]:
        return list(self.con.execute(text).fetchall())


class _Digest:
    """Gives a hash the one method of a file that `write_canonical` needs."""

    def __init__(self, new: Any) -> None:
        self.hash = new

    def write(self, data: bytes) -> int:
        self.hash.update(data)
        return len(data)


def open_source(
    path: Path | str, engine: str | None = None, reasons: Iterable[str] = REASONS, max_bytes: int | None = None
) -> Source:
    """Open a frame file with the engine named (`python`, `duckdb`), or by its size when None."""
    path = Path(path)
    if engine is None:
        size = 0
        with suppress(OSError):
            size = path.stat().st_size
        engine = "python" if size <= PYTHON_UP_TO else "duckdb"
    if engine == "python":
        return PythonSource(read_frame(path, reasons, max_bytes or PYTHON_MAX_BYTES))
    if engine == "duckdb":
        return TableSource.open(path, reasons, max_bytes or MAX_BYTES)
    raise LotteryError("engine", name=engine, known=("python", "duckdb"))
