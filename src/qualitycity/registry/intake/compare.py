"""What becomes of each staged row: one statement compares all of them with each other and with the register.

The rules (docs/decisions/0040-a-row-and-its-firm.md): a row with a fault is refused, unless only its code is at fault
and name and address are those of a sound row or a registered firm; of rows with one code the first counts; an old
15-digit row of the same name and address as an 18-character one belongs to it; an empty cell never overwrites; a town
settled by hand stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext as _

# jsonb [old, new] where the file says something else than the register, by field.
_CHANGES = """
jsonb_strip_nulls(jsonb_build_object(
  'name', CASE WHEN s.name_key <> e.name_key THEN jsonb_build_array(e.name, s.name) END,
  'established_on', CASE WHEN s.established_on IS NOT NULL AND s.established_on IS DISTINCT FROM e.established_on
      THEN jsonb_build_array(coalesce(e.established_on::text, ''), s.established_on::text) END,
  'kind', CASE WHEN s.kind NOT IN ('', e.kind) THEN jsonb_build_array(e.kind, s.kind) END,
  'capital', CASE WHEN s.capital_currency <> ''
      AND (s.capital_amount, s.capital_currency::text) IS DISTINCT FROM (e.capital_amount, e.capital_currency::text)
      THEN jsonb_build_array(coalesce(trim_scale(e.capital_amount) || '万' || e.capital_currency, ''),
                             trim_scale(s.capital_amount) || '万' || s.capital_currency) END,
  'scope', CASE WHEN s.scope NOT IN ('', e.scope) THEN jsonb_build_array(e.scope, s.scope) END,
  'address', CASE WHEN s.address NOT IN ('', e.address) THEN jsonb_build_array(e.address, s.address) END,
  'size', CASE WHEN s.size NOT IN ('', e.size) THEN jsonb_build_array(e.size, s.size) END,
  'cancelled_on', CASE WHEN s.cancelled_on IS NOT NULL AND e.cancelled_on IS NULL
      THEN jsonb_build_array('', s.cancelled_on::text) END,
  'region', CASE WHEN NOT e.region_by_hand AND coalesce(r.code, '') <> s.region_code
      AND (s.region_code <> '' OR s.address NOT IN ('', e.address))
      THEN jsonb_build_array(coalesce(r.name, ''), coalesce(n.name, '')) END))
"""

_COMPARE = f"""
WITH s AS (
  SELECT *, faults = '[]' AS sound, jsonb_array_length(faults) = 1 AND faults->0->>'field' = 'code' AS only_code
  FROM registry_importstage WHERE batch_id = %(batch)s
), first AS (
  SELECT code, min(row_no) AS row_no FROM s WHERE sound GROUP BY code
), twin AS (
  SELECT s.name_key, s.address, min(f.row_no) AS row_no FROM s JOIN first f USING (code)
  WHERE s.sound AND s.code_kind = 'uscc' AND s.address <> '' GROUP BY s.name_key, s.address
), seeker AS (
  SELECT row_no, name_key, address FROM s WHERE address <> '' AND (only_code OR (sound AND code_kind = 'legacy_reg_no'))
), known AS (
  SELECT q.row_no, min(e.id) AS id FROM seeker q
  JOIN registry_enterprise e ON e.name_key = q.name_key AND e.address = q.address
  WHERE e.uscc IS NOT NULL AND e.state <> 'merged' GROUP BY q.row_no
), orphan AS (
  SELECT q.row_no, t.row_no AS into_row, k.id AS known
  FROM seeker q LEFT JOIN twin t ON t.name_key = q.name_key AND t.address = q.address
  LEFT JOIN known k ON k.row_no = q.row_no
), present AS (
  SELECT s.row_no, e.id FROM s JOIN registry_enterprise e ON e.uscc = s.code WHERE s.code_kind = 'uscc'
  UNION ALL
  SELECT s.row_no, e.id FROM s JOIN registry_enterprise e ON e.legacy_reg_no = s.code
  WHERE s.code_kind = 'legacy_reg_no'
), compared AS (
  SELECT s.row_no, e.id, e.state, e.merged_into_id, {_CHANGES} AS changes
  FROM s JOIN present p USING (row_no) JOIN registry_enterprise e ON e.id = p.id
  LEFT JOIN access_region r ON r.id = e.region_id
  LEFT JOIN access_region n ON n.code = s.region_code AND s.region_code <> ''
), decided AS (
  SELECT s.row_no, s.code, s.name, s.faults, s.notes, s.cells, f.row_no AS first_row, o.into_row, o.known,
    c.id, c.changes, c.merged_into_id,
    CASE
      WHEN NOT s.sound AND (o.into_row IS NOT NULL OR o.known IS NOT NULL) THEN 'twin'
      WHEN NOT s.sound THEN 'refused'
      WHEN f.row_no <> s.row_no THEN 'repeated'
      WHEN o.into_row IS NOT NULL OR o.known IS NOT NULL THEN 'twin'
      WHEN c.state = 'merged' THEN 'followed'
      WHEN c.id IS NULL THEN 'accepted'
      WHEN c.changes = '{{}}' THEN 'unchanged'
      ELSE 'changed'
    END AS way
  FROM s LEFT JOIN first f ON f.code = s.code AND s.sound
  LEFT JOIN orphan o ON o.row_no = s.row_no LEFT JOIN compared c ON c.row_no = s.row_no
), outcome AS (
  SELECT row_no, code, name,
    CASE WHEN way IN ('twin', 'repeated', 'followed') THEN 'merged' ELSE way END AS outcome,
    CASE way WHEN 'twin' THEN CASE WHEN into_row IS NULL THEN known END WHEN 'followed' THEN merged_into_id
             WHEN 'refused' THEN NULL WHEN 'repeated' THEN NULL ELSE id END AS enterprise_id,
    CASE way WHEN 'twin' THEN into_row WHEN 'repeated' THEN first_row END AS into_row,
    faults || notes || CASE way
      WHEN 'twin' THEN jsonb_build_array(jsonb_build_object('field', '', 'value', '', 'hint', '', 'message',
        CASE WHEN into_row IS NULL THEN %(twin_known)s::text ELSE replace(%(twin_row)s, '{{row}}', into_row::text) END))
      WHEN 'repeated' THEN jsonb_build_array(jsonb_build_object('field', 'code', 'value', code, 'hint', '', 'message',
        replace(%(repeated)s, '{{row}}', first_row::text)))
      WHEN 'followed' THEN jsonb_build_array(jsonb_build_object('field', '', 'value', '', 'hint', '', 'message',
        %(followed)s::text))
      ELSE '[]' END AS reasons,
    CASE WHEN way = 'changed' THEN changes ELSE '{{}}' END AS changes,
    CASE WHEN way = 'refused' THEN cells ELSE '{{}}' END AS cells
  FROM decided
)
"""

_WRITE = """
INSERT INTO registry_importrow (batch_id, row_no, outcome, code, name, enterprise_id, into_row, reasons, changes, cells)
SELECT %(batch)s, row_no, outcome, code, name, enterprise_id, into_row, reasons, changes, cells
FROM outcome ORDER BY row_no
"""
_DIGEST = """
SELECT md5(string_agg(concat_ws(' ', row_no, outcome, enterprise_id, into_row, changes::text), E'\\n' ORDER BY row_no))
FROM
"""


@contextmanager
def hash_joins(cursor: CursorWrapper) -> Iterator[None]:
    """Keep the planner from nested loops: of rows staged a moment ago it has no statistics and takes them for one."""
    cursor.execute("SET LOCAL enable_nestloop = off")
    try:
        yield
    finally:
        if not connection.needs_rollback:
            cursor.execute("SET LOCAL enable_nestloop = on")


def write_rows(batch_id: int) -> dict[str, int]:
    """Write what becomes of each staged row, replacing an earlier comparison; returns the rows by outcome."""
    with connection.cursor() as cursor, hash_joins(cursor):
        cursor.execute("DELETE FROM registry_importrow WHERE batch_id = %s", [batch_id])
        cursor.execute(_COMPARE + _WRITE, _parameters(batch_id))
        cursor.execute(
            "SELECT outcome, count(*) FROM registry_importrow WHERE batch_id = %s GROUP BY outcome", [batch_id]
        )
        return dict(cursor.fetchall())


def digest_shown(batch_id: int) -> str:
    """A digest of the comparison as it was written for the preview."""
    with connection.cursor() as cursor:
        cursor.execute(_DIGEST + "registry_importrow WHERE batch_id = %s", [batch_id])
        return str(cursor.fetchone()[0] or "")


def digest_now(batch_id: int) -> str:
    """The same digest as the comparison would come out now: if it differs, the register has changed since."""
    with connection.cursor() as cursor, hash_joins(cursor):
        cursor.execute(_COMPARE + _DIGEST + "outcome", _parameters(batch_id))
        return str(cursor.fetchone()[0] or "")


def _parameters(batch_id: int) -> dict[str, Any]:
    return {
        "batch": batch_id,
        "twin_known": _("名称和地址与名录中的企业相同,并入该企业"),
        "twin_row": _("名称和地址与第 {row} 行相同,并入该行"),
        "repeated": _("代码与第 {row} 行相同,并入该行;以先出现的行为准"),
        "followed": _("名录中这一条已并入另一条,随之并入"),
    }
