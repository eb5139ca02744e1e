"""The draw as one SQL text. Databases differ in five small things only, and these are the slots of a `Dialect`.

Tables in: `frame` (id, stratum, weight BIGINT, reason). Text must compare by bytes and `double` must be IEEE 754
binary64; DuckDB, PostgreSQL, Apache Spark and Polars give the bits of the Python engine, which tests compare.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from .draw import Ranking
from .plan import MAX_TOTAL


def literal(text: str) -> str:
    """Return a text as an SQL literal. The frame's own checks leave no control characters in it."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Dialect:
    """What differs between databases; `{}` is the place of the operand.

    `digest`: text → 64 lower-case hex digits; `hex_int`: 13 hex digits → 64-bit integer; `double`: integer → binary64;
    `binary`: a text column compared by bytes; `text`: a Python text → a literal.
    """

    name: str
    digest: str
    hex_int: str
    double: str
    binary: str = "{}"
    text: Callable[[str], str] = literal


def _literal_by_bytes(text: str) -> str:
    """Spark reads a backslash within quotes, and older versions join two quotes: its literals go by their bytes."""
    return f"CAST(X'{text.encode().hex()}' AS STRING)"


def _digits(count: int, base: int = 16) -> str:
    """Add up hex digits place by place, for an engine that reads no hex: exact, for integers alone are added."""
    place = "CAST(strpos('123456789abcdef', substr({{0}}, {0}, 1)) AS BIGINT) * {1}".format
    return "(" + " + ".join(place(at + 1, base ** (count - 1 - at)) for at in range(count)) + ")"


DUCKDB = Dialect("duckdb", "sha256({})", "CAST('0x' || {} AS BIGINT)", "CAST({} AS DOUBLE)")
POSTGRESQL = Dialect(
    "postgresql",
    "encode(sha256(convert_to({}, 'UTF8')), 'hex')",
    "('x' || {})::bit(52)::bigint",
    "({})::float8",
    '{} COLLATE "C"',
)
SPARK = Dialect(
    "spark", "sha2({}, 256)", "CAST(conv({}, 16, 10) AS BIGINT)", "CAST({} AS DOUBLE)", text=_literal_by_bytes
)
POLARS = Dialect("polars", "f.digest", _digits(13), "CAST({} AS DOUBLE)")  # the source adds the column

RANK = """
WITH given(stratum, m, total, cut, keep, wanted) AS (VALUES {plans}),
plan AS (SELECT stratum, m, total, cut, {keep} AS keep, wanted FROM given),
ticket AS (
  SELECT f.id, f.stratum, f.weight, p.m, p.total, p.cut, p.keep, p.wanted, {digest} AS ticket
  FROM {frame} f JOIN plan p ON p.stratum = f.stratum {gone}
  WHERE f.weight > 0 {stayed}
),
number AS (SELECT *, 2 * {hex_int} + 1 AS h FROM ticket),
ranked AS (
  SELECT id, stratum, ticket, keep, wanted,
    CASE WHEN weight >= cut THEN {minus_one} ELSE ({h} / {h_rest}) * ({w_rest} / {w}) END AS q
  FROM number
),
{cap}placed AS (
  SELECT stratum, q, ticket, id, wanted,
    row_number() OVER (PARTITION BY stratum ORDER BY q, ticket, {id}) AS place
  FROM {last} WHERE q <= keep
)
SELECT stratum, q, ticket, id FROM placed WHERE place <= wanted ORDER BY {stratum}, place
"""

CAP = """used(enterprise, times) AS (VALUES {used}),
within AS (
  SELECT *, row_number() OVER (PARTITION BY split_part(id, '/', 1) ORDER BY q, ticket, {id}) AS nth FROM ranked
),
capped AS (
  SELECT w.* FROM within w LEFT JOIN used u ON u.enterprise = split_part(w.id, '/', 1)
  WHERE w.nth + coalesce(u.times, 0) <= {cap}
),
"""

HISTOGRAM = """
SELECT f.stratum, f.weight, count(*) AS units FROM {frame} f {gone} WHERE f.weight > 0 {stayed}
GROUP BY f.stratum, f.weight ORDER BY {stratum}, f.weight
"""


def _passed(ids: Iterable[str], dialect: Dialect) -> dict[str, str]:
    """Leave out the units drawn in earlier rounds: a join that every database has."""
    rows = ", ".join(f"({dialect.text(unit_id)})" for unit_id in sorted(ids))
    if not rows:
        return {"gone": "", "stayed": ""}
    return {"gone": f"LEFT JOIN (VALUES {rows}) AS gone(id) ON gone.id = f.id", "stayed": "AND gone.id IS NULL"}


def rank_sql(ranking: Ranking, frame: str, dialect: Dialect) -> str:
    """Return the text that ranks a frame table: rows (stratum, q, ticket, id), strata ascending, each in order.

    The three rounded operations of q stand in the given order, every operand an exact integer below 2^53.
    """
    double, text = dialect.double.format, dialect.text
    plans = ", ".join(
        f"({text(p.stratum)}, {p.m}, {p.total}, {2**31 if p.cut is None else p.cut}, "
        f"{p.limit if ranking.filtered and p.m else 1e308!r}, {p.wanted})"
        for p in ranking.plans
        if p.wanted
    )
    cap, last = "", "ranked"
    if ranking.cap is not None:
        used: Sequence[tuple[str, int]] = sorted(ranking.used().items()) or [("", 0)]
        values = ", ".join(f"({text(name)}, {count})" for name, count in used)
        cap, last = CAP.format(used=values, cap=ranking.cap, id=dialect.binary.format("id")), "capped"
    message = f"{text(ranking.key + ':')} || f.id"
    return RANK.format(
        plans=plans, frame=frame, cap=cap, last=last, **_passed(ranking.passed_over, dialect),
        digest=dialect.digest.format(message), hex_int=dialect.hex_int.format("substr(ticket, 1, 13)"),
        keep=double("keep"), minus_one=double("-1"), h=double("h"), h_rest=double(f"{MAX_TOTAL} - h"),
        w_rest=double("total - m * weight"), w=double("m * weight"),
        id=dialect.binary.format("id"), stratum=dialect.binary.format("stratum"),
    )  # fmt: skip


def histogram_sql(frame: str, passed_over: Iterable[str], dialect: Dialect) -> str:
    """Return the text that counts eligible units by stratum and weight."""
    return HISTOGRAM.format(frame=frame, stratum=dialect.binary.format("f.stratum"), **_passed(passed_over, dialect))
