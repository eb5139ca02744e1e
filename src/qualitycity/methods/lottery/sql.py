"""The draw as one SQL text. A database differs in four small things only, and these are the slots of a `Dialect`.

Tables in: `frame` (id, stratum, weight, reason). Text must compare by bytes and `double` must be IEEE 754 binary64;
every engine measured does both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .draw import Ranking
from .plan import MAX_TOTAL


@dataclass(frozen=True)
class Dialect:
    """What differs between databases; `{}` is the place of the operand.

    `digest`: text → 64 lower-case hex digits; `hex_int`: 13 hex digits → 64-bit integer; `double`: integer → binary64;
    `binary`: a text column compared by bytes.
    """

    name: str
    digest: str
    hex_int: str
    double: str
    binary: str = "{}"


DUCKDB = Dialect("duckdb", "sha256({})", "CAST('0x' || {} AS BIGINT)", "CAST({} AS DOUBLE)")

RANK = """
WITH plan(stratum, m, total, cut, keep, wanted) AS (VALUES {plans}),
ticket AS (
  SELECT f.id, f.stratum, f.weight, p.m, p.total, p.cut, p.keep, p.wanted, {digest} AS ticket
  FROM {frame} f JOIN plan p ON p.stratum = f.stratum
  WHERE f.weight > 0 {passed}
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
SELECT f.stratum, f.weight, count(*) AS units FROM {frame} f WHERE f.weight > 0 {passed}
GROUP BY f.stratum, f.weight ORDER BY {stratum}, f.weight
"""


def literal(text: str) -> str:
    """Return a text as an SQL literal. The frame's own checks leave no control characters in it."""
    return "'" + text.replace("'", "''") + "'"


def _passed(ids: Iterable[str]) -> str:
    rows = ", ".join(f"({literal(unit_id)})" for unit_id in sorted(ids))
    return f"AND NOT EXISTS (SELECT 1 FROM (VALUES {rows}) AS x(id) WHERE x.id = f.id)" if rows else ""


def rank_sql(ranking: Ranking, frame: str, dialect: Dialect) -> str:
    """Return the text that ranks a frame table: rows (stratum, q, ticket, id), strata ascending, each in order.

    The three rounded operations of q stand in the given order, every operand an exact integer below 2^53.
    """
    double = dialect.double.format
    plans = ", ".join(
        f"({literal(p.stratum)}, {p.m}, {p.total}, {2**31 if p.cut is None else p.cut}, "
        f"{double(repr(p.limit if ranking.filtered and p.m else 1e308))}, {p.wanted})"
        for p in ranking.plans
        if p.wanted
    )
    cap, last = "", "ranked"
    if ranking.cap is not None:
        used: Sequence[tuple[str, int]] = sorted(ranking.used().items()) or [("", 0)]
        values = ", ".join(f"({literal(name)}, {count})" for name, count in used)
        cap, last = CAP.format(used=values, cap=ranking.cap, id=dialect.binary.format("id")), "capped"
    message = f"{literal(ranking.key + ':')} || f.id"
    return RANK.format(
        plans=plans, frame=frame, passed=_passed(ranking.passed_over), cap=cap, last=last,
        digest=dialect.digest.format(message), hex_int=dialect.hex_int.format("substr(ticket, 1, 13)"),
        minus_one=double("-1"), h=double("h"), h_rest=double(f"{MAX_TOTAL} - h"),
        w_rest=double("total - m * weight"), w=double("m * weight"),
        id=dialect.binary.format("id"), stratum=dialect.binary.format("stratum"),
    )  # fmt: skip


def histogram_sql(frame: str, passed_over: Iterable[str], dialect: Dialect) -> str:
    """Return the text that counts eligible units by stratum and weight."""
    return HISTOGRAM.format(frame=frame, passed=_passed(passed_over), stratum=dialect.binary.format("f.stratum"))
