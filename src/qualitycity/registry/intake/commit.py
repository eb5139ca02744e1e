"""Writing a previewed batch into the register: a handful of set statements inside the one transaction of the act."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.db import connection

from ..models import ImportBatch
from .compare import hash_joins

# Of rows of the register's own file the identity column is the code; everything else follows from the stage.
_INSERT = """
INSERT INTO registry_enterprise (
  state, region_path, region_id, region_basis, region_by_hand, is_local, name, name_key, initials, uscc, legacy_reg_no,
  established_on, kind, capital_amount, capital_currency, scope, address, size, cancelled_on, batch_id)
SELECT CASE WHEN s.cancelled_on IS NULL THEN 'in_operation' ELSE 'cancelled' END,
  coalesce(r.path, %(path)s), r.id, s.region_basis,
  false, s.is_local, s.name, s.name_key, s.initials, CASE WHEN s.code_kind = 'uscc' THEN s.code END,
  CASE WHEN s.code_kind = 'legacy_reg_no' THEN s.code END,
  s.established_on, s.kind, s.capital_amount, s.capital_currency, s.scope,
  s.address, s.size, s.cancelled_on, %(batch)s
FROM registry_importstage s JOIN registry_importrow o USING (batch_id, row_no)
LEFT JOIN access_region r ON r.code = s.region_code AND s.region_code <> ''
WHERE s.batch_id = %(batch)s AND o.outcome = 'accepted' ORDER BY s.row_no
"""
_POINT_NEW = """
UPDATE registry_importrow o SET enterprise_id = e.id FROM registry_enterprise e
WHERE o.batch_id = %(batch)s AND o.outcome = 'accepted' AND e.batch_id = %(batch)s
  AND o.code = coalesce(e.uscc, e.legacy_reg_no)
"""
_POINT_MERGED = """
UPDATE registry_importrow o SET enterprise_id = t.enterprise_id FROM registry_importrow t
WHERE o.batch_id = %(batch)s AND o.outcome = 'merged' AND o.into_row = t.row_no AND t.batch_id = %(batch)s
  AND o.enterprise_id IS NULL
"""
_OLD_NAMES = """
INSERT INTO registry_enterprisename (enterprise_id, name, name_key, until, source)
SELECT e.id, e.name, e.name_key, %(today)s, %(source)s
FROM registry_importrow o JOIN registry_enterprise e ON e.id = o.enterprise_id
WHERE o.batch_id = %(batch)s AND o.outcome = 'changed' AND o.changes ? 'name'
ON CONFLICT (enterprise_id, name_key) DO NOTHING
"""
_UPDATE = """
UPDATE registry_enterprise e SET
  name = s.name, name_key = s.name_key, initials = s.initials,
  established_on = coalesce(s.established_on, e.established_on),
  kind = coalesce(nullif(s.kind, ''), e.kind),
  capital_amount = CASE WHEN s.capital_currency = '' THEN e.capital_amount ELSE s.capital_amount END,
  capital_currency = CASE WHEN s.capital_currency = '' THEN e.capital_currency ELSE s.capital_currency END,
  scope = coalesce(nullif(s.scope, ''), e.scope),
  address = coalesce(nullif(s.address, ''), e.address),
  size = coalesce(nullif(s.size, ''), e.size),
  is_local = s.is_local,
  cancelled_on = coalesce(e.cancelled_on, s.cancelled_on),
  state = CASE WHEN e.cancelled_on IS NULL AND s.cancelled_on IS NOT NULL THEN 'cancelled' ELSE e.state END,
  region_id = CASE WHEN o.changes ? 'region' THEN r.id ELSE e.region_id END,
  region_path = CASE WHEN o.changes ? 'region' THEN coalesce(r.path, %(path)s) ELSE e.region_path END,
  region_basis = CASE WHEN o.changes ? 'region' THEN s.region_basis ELSE e.region_basis END
FROM registry_importrow o JOIN registry_importstage s USING (batch_id, row_no)
LEFT JOIN access_region r ON r.code = s.region_code AND s.region_code <> ''
WHERE o.batch_id = %(batch)s AND o.outcome = 'changed' AND e.id = o.enterprise_id
"""
# What belongs to a firm lies where the firm lies.
_FOLLOW = [
    f"""UPDATE {table} t SET region_path = e.region_path
FROM registry_importrow o JOIN registry_enterprise e ON e.id = o.enterprise_id
WHERE o.batch_id = %(batch)s AND o.outcome = 'changed' AND o.changes ? 'region' AND t.enterprise_id = e.id"""
    for table in (
        "registry_shop",
        "registry_enterpriseproduct",
        "registry_categoryproposal",
        "registry_priorsampling",
        "registry_declaredinterest",
    )
]
_OTHER_NAMES = """
INSERT INTO registry_enterprisename (enterprise_id, name, name_key, until, source)
SELECT DISTINCT ON (e.id, s.name_key) e.id, s.name, s.name_key, NULL::date, %(source)s
FROM registry_importrow o JOIN registry_importstage s USING (batch_id, row_no)
JOIN registry_enterprise e ON e.id = o.enterprise_id
WHERE o.batch_id = %(batch)s AND o.outcome = 'merged' AND s.name_key NOT IN ('', e.name_key)
ON CONFLICT (enterprise_id, name_key) DO NOTHING
"""
_OLD_NUMBERS = """
UPDATE registry_enterprise e SET legacy_reg_no = m.code FROM (
  SELECT o.enterprise_id, min(s.code) AS code
  FROM registry_importrow o JOIN registry_importstage s USING (batch_id, row_no)
  WHERE o.batch_id = %(batch)s AND o.outcome = 'merged' AND s.code_kind = 'legacy_reg_no' GROUP BY o.enterprise_id) m
WHERE e.id = m.enterprise_id AND e.legacy_reg_no IS NULL
  AND NOT EXISTS (SELECT 1 FROM registry_enterprise x WHERE x.legacy_reg_no = m.code)
"""
_STALE_PROPOSALS = """
DELETE FROM registry_categoryproposal p USING registry_importrow o
WHERE o.batch_id = %(batch)s AND o.outcome = 'changed' AND o.changes ?| array['scope', 'name']
  AND p.enterprise_id = o.enterprise_id AND p.decision = 'pending'
"""
_PROPOSALS = """
INSERT INTO registry_categoryproposal (region_path, enterprise_id, category_id, role, confidence, rule, found, decision)
SELECT e.region_path, e.id, c.id, p->>'role', (p->>'confidence')::int, p->>'rule', p->>'found', 'pending'
FROM registry_importrow o JOIN registry_importstage s USING (batch_id, row_no)
JOIN registry_enterprise e ON e.id = o.enterprise_id
CROSS JOIN LATERAL jsonb_array_elements(s.proposals) p JOIN registry_productcategory c ON c.code = p->>'category'
WHERE o.batch_id = %(batch)s
  AND (o.outcome = 'accepted' OR (o.outcome = 'changed' AND o.changes ?| array['scope', 'name']))
ON CONFLICT (enterprise_id, category_id) DO NOTHING
"""
_CLEAR = "DELETE FROM registry_importstage WHERE batch_id = %(batch)s"

# A row may be merged into one that is merged itself, never deeper: pointing twice settles both.
STEPS = [
    _INSERT,
    _POINT_NEW,
    _POINT_MERGED,
    _POINT_MERGED,
    _OLD_NAMES,
    _UPDATE,
    *_FOLLOW,
    _OTHER_NAMES,
    _OLD_NUMBERS,
    _STALE_PROPOSALS,
    _PROPOSALS,
    _CLEAR,
]


def lock() -> None:
    """One import at a time until the transaction ends: two of them could both take a code for new."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('registry.import'))")


def write(batch: ImportBatch, today: date, tell: Callable[[str, int, int], None]) -> None:
    """Run all steps; `tell(phase, done, total)` is told after each."""
    parameters: dict[str, int | str | date] = {
        "batch": batch.pk,
        "path": batch.region.path,
        "today": today,
        "source": batch.number,
    }
    with connection.cursor() as cursor, hash_joins(cursor):
        for number, step in enumerate(STEPS, start=1):
            cursor.execute(step, parameters)
            tell("writing", number, len(STEPS))
