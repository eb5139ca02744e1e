"""Three more engines that give the same bits, for whoever keeps the frame there: Polars, Apache Spark, PostgreSQL.

None of them is needed to hold a draw, and only what is asked for is loaded. Each takes a frame over from the DuckDB
engine, which has judged the file, or stands on a table that somebody else vouches for.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .draw import Ranking
from .faults import LotteryError
from .hashing import digest, hasher
from .held import PIECE, SqlSource
from .sql import POLARS, POSTGRESQL, SPARK, Dialect, literal
from .table import TableSource

COLUMNS = "id, stratum, weight, reason"


def _load(engine: str, module: str) -> Any:
    """Import what an engine needs, or say what is missing."""
    try:
        return import_module(module)
    except ImportError as error:
        raise LotteryError("engine_missing", name=engine, package=module.partition(".")[0]) from error


def take_over(engine: str, judged: TableSource, database: str | None = None) -> SqlSource:
    """Hand a judged frame on to `polars`, `spark` or `postgresql` (`database` = connection string)."""
    if engine == "polars":
        return PolarsSource.take_over(judged)
    if engine == "spark":
        return SparkSource.take_over(judged)
    psycopg = _load(engine, "psycopg")
    try:
        return PostgresSource.take_over(judged, psycopg.connect(database))
    except psycopg.Error as error:
        raise LotteryError("engine_failed", name=engine, detail=str(error).splitlines()[0]) from error


def _through_parquet(judged: TableSource) -> tuple[Any, str]:
    """Write a judged frame to a Parquet file in a temporary folder; returns the folder and the file's path."""
    workspace = tempfile.TemporaryDirectory(prefix="qualitycity-draw-")
    file = str(Path(workspace.name) / "frame.parquet")
    judged.con.execute(f"COPY (SELECT {COLUMNS} FROM {judged.name}) TO {literal(file)} (FORMAT parquet)")
    return workspace, file


class PolarsSource(SqlSource):
    """A frame in a Polars (lazy) frame. Polars has no SHA-256: `polars-hash` gives it, or else hashlib row by row."""

    def __init__(self, frame: Any, workspace: Any = None) -> None:
        super().__init__("frame", POLARS)
        self.polars, self._workspace = _load("polars", "polars"), workspace
        self.frame = frame.lazy().with_columns(self.polars.col("weight").cast(self.polars.Int64))
        self.context = self.polars.SQLContext(frame=self.frame)

    @classmethod
    def take_over(cls, judged: TableSource) -> PolarsSource:
        """Hand a judged frame on through a Parquet file, which is read piece by piece."""
        polars = _load("polars", "polars")
        workspace, file = _through_parquet(judged)
        return cls(polars.scan_parquet(file), workspace)

    def close(self) -> None:
        """See Source."""
        self.context.unregister("frame")
        if self._workspace is not None:
            self._workspace.cleanup()

    def _prepared(self, ranking: Ranking) -> Dialect:
        """The tickets are a column of the frame."""
        dialect = super()._prepared(ranking)
        self.context.register("frame", self.frame.with_columns(digest=self._tickets(ranking)))
        return dialect

    def _tickets(self, ranking: Ranking) -> Any:
        prefix, pl = f"{ranking.key}:", self.polars
        if ranking.hash_name == "sha256" and find_spec("polars_hash"):
            import_module("polars_hash")
            return pl.concat_str(pl.lit(prefix), pl.col("id")).chash.sha2_256()
        new = hasher(ranking.hash_name)

        def hashed(ids: Any) -> Any:
            return pl.Series([new((prefix + unit_id).encode()).hexdigest() for unit_id in ids], dtype=pl.String)

        return pl.col("id").map_batches(hashed, return_dtype=pl.String, is_elementwise=True)

    def _all(self, text: str) -> list[tuple]:
        return list(self.context.execute(text).collect().rows())

    def _pieces(self, text: str) -> Iterator[list[tuple]]:
        for piece in self.context.execute(text).collect().iter_slices(PIECE):
            yield piece.rows()


class SparkSource(SqlSource):
    """A frame in a table or view of an Apache Spark session."""

    def __init__(self, session: Any, frame: str = "frame", workspace: Any = None) -> None:
        super().__init__(frame, SPARK)
        self.session, self._workspace = session, workspace

    @classmethod
    def take_over(cls, judged: TableSource, session: Any = None) -> SparkSource:
        """Hand a judged frame on through a Parquet file; without a session a local one is started for it."""
        sql = _load("spark", "pyspark.sql")
        workspace, file = _through_parquet(judged)
        own = session is None
        try:
            session = session or sql.SparkSession.builder.config("spark.ui.enabled", "false").getOrCreate()
            session.read.parquet(file).createOrReplaceTempView("frame")
        except Exception as error:  # Java missing, or a cluster that does not answer: whatever the gateway raises
            workspace.cleanup()
            raise LotteryError("engine_failed", name="spark", detail=str(error).splitlines()[0]) from error
        return cls(session, workspace=(workspace, own))

    def close(self) -> None:
        """See Source; a session that was started here is stopped."""
        if self._workspace is not None:
            workspace, own = self._workspace
            workspace.cleanup()
            if own:
                self.session.stop()

    def _prepared(self, ranking: Ranking) -> Dialect:
        """Spark has SHA-256 of its own; SM3 enters as a Python function."""
        dialect = super()._prepared(ranking)
        if ranking.hash_name == "sha256":
            return dialect
        self.session.udf.register("qc_sm3", _sm3, "string")
        return replace(dialect, digest="qc_sm3({})")

    def _all(self, text: str) -> list[tuple]:
        return [tuple(row) for row in self.session.sql(text).collect()]

    def _pieces(self, text: str) -> Iterator[list[tuple]]:
        for row in self.session.sql(text).toLocalIterator():
            yield [tuple(row)]


def _sm3(text: str) -> str:
    return digest(text, "sm3")


class PostgresSource(SqlSource):
    """A frame in a table of PostgreSQL, seen through a psycopg connection."""

    def __init__(self, con: Any, frame: str = "frame", own: bool = False) -> None:
        super().__init__(frame, POSTGRESQL)
        self.con, self._own = con, own

    @classmethod
    def take_over(cls, judged: TableSource, con: Any) -> PostgresSource:
        """Copy a judged frame into a temporary table; `close` rolls back, so nothing of it stays in the database."""
        with con.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE frame (id text, stratum text, weight bigint, reason text)")
            with cursor.copy(f"COPY frame ({COLUMNS}) FROM STDIN") as copy:
                for rows in judged._pieces(f"SELECT {COLUMNS} FROM {judged.name}"):
                    for row in rows:
                        copy.write_row(row)
            cursor.execute("ANALYZE frame")
        return cls(con, "pg_temp.frame", own=True)

    def close(self) -> None:
        """See Source; a connection that was opened for the draw is closed."""
        if self._own:
            self.con.rollback()
            self.con.close()

    def _prepared(self, ranking: Ranking) -> Dialect:
        """PostgreSQL has SHA-256 of its own; SM3 is in its extension pgcrypto."""
        dialect = super()._prepared(ranking)
        if ranking.hash_name == "sha256":
            return dialect
        if not self._all("SELECT 1 FROM pg_extension WHERE extname = 'pgcrypto'"):
            raise LotteryError("engine_hash", name="postgresql", hash=ranking.hash_name, wanted="pgcrypto")
        return replace(dialect, digest=f"encode(digest(convert_to({{}}, 'UTF8'), '{ranking.hash_name}'), 'hex')")

    def _all(self, text: str) -> list[tuple]:
        return list(self.con.execute(text).fetchall())

    def _pieces(self, text: str) -> Iterator[list[tuple]]:
        with self.con.cursor(name="qc_pieces") as cursor:
            cursor.execute(text)
            while rows := cursor.fetchmany(PIECE):
                yield rows
