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
from typing import Any

from .draw import PythonSource, Ranking, Source
from .faults import KEPT, LotteryError
from .frame import REASONS, Vetter
from .hashing import digest
from .held import PIECE, SqlSource
from .reading import MAX_BYTES, PYTHON_MAX_BYTES, check_size, csv_rows, is_parquet, parquet_columns, read_frame
from .sql import DUCKDB, Dialect, literal

OTHERS = ("polars", "spark", "postgresql")
PYTHON_UP_TO = 32 * 2**20  # above this size the engine left open is DuckDB
SILENT = "SET enable_progress_bar = false"  # DuckDB's bar would stand on standard output, among a command's answers
_PLAIN = r"[!#-+\--~]([ !#-+\--~]*[!#-+\--~])?"


class TableSource(SqlSource):
    """A frame held by DuckDB."""

    def __init__(self, con: Any, frame: str = "frame", workspace: Any = None) -> None:
        super().__init__(frame, DUCKDB)
        self.con, self._workspace = con, workspace
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
        con.execute(SILENT)
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

    def _cursor(self) -> Any:
        cursor = self.con.cursor()
        cursor.execute(SILENT)
        return cursor

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
        doubtful = self._cursor().execute(
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

    def _prepared(self, ranking: Ranking) -> Dialect:
        """DuckDB has SHA-256 of its own; SM3 enters as a Python function (slower, same bits)."""
        dialect = super()._prepared(ranking)
        if ranking.hash_name == "sha256":
            return dialect
        if not self._sm3:
            self.con.create_function("qc_sm3", lambda text: digest(text, "sm3"), ["VARCHAR"], "VARCHAR")
            self._sm3 = True
        return replace(dialect, digest="qc_sm3({})")

    def _all(self, text: str) -> list[tuple]:
        return list(self.con.execute(text).fetchall())

    def _pieces(self, text: str) -> Iterator[list[tuple]]:
        result = self._cursor().execute(text)
        while rows := result.fetchmany(PIECE):
            yield rows


def open_source(
    path: Path | str,
    engine: str | None = None,
    reasons: Iterable[str] = REASONS,
    max_bytes: int | None = None,
    database: str | None = None,
) -> Source:
    """Open a frame file with the engine named, or by its size when None (`python` or `duckdb`).

    Engines: `python`, `duckdb`, `polars`, `spark`, `postgresql` (whose `database` = connection string).
    """
    path = Path(path)
    if engine is None:
        size = 0
        with suppress(OSError):
            size = path.stat().st_size
        engine = "python" if size <= PYTHON_UP_TO else "duckdb"
    if engine == "python":
        return PythonSource(read_frame(path, reasons, max_bytes or PYTHON_MAX_BYTES))
    if engine not in ("duckdb", *OTHERS):
        raise LotteryError("engine", name=engine, known=("python", "duckdb", *OTHERS))
    if engine == "postgresql" and not database:
        raise LotteryError("engine_database")
    judged = TableSource.open(path, reasons, max_bytes or MAX_BYTES)
    if engine == "duckdb":
        return judged
    from . import engines

    with judged:  # one judge for every engine: DuckDB reads the file, the other takes the faultless rows over
        return engines.take_over(engine, judged, database)
