"""What became of a row, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from qualitycity.kernel.acts import Fault
from qualitycity.kernel.sheets import Parsed, failure_list

from ..models import ImportBatch, ImportRow
from .sheet import ENTERPRISES


def explain(row: ImportRow) -> str:
    """What is said of a row, in one line: the reasons, and for a changed one what changes."""
    titles = {column.key: str(column.title) for column in ENTERPRISES.columns} | {"region": _("镇街")}
    parts = []
    for reason in row.reasons:
        text = f"{titles[reason['field']]}:{reason['message']}" if reason["field"] in titles else reason["message"]
        parts.append(f"{text.rstrip('。')}。{reason['hint']}" if reason["hint"] else text)
    for field, (old, new) in row.changes.items():
        parts.append(f"{titles.get(field, field)}:{old or '—'} → {new or '—'}")
    return ";".join(parts)


def failures(batch: ImportBatch) -> bytes:
    """The refused rows as a workbook, each with what is wrong and how to mend it: mended, it can be uploaded itself."""
    parsed = Parsed()
    for row in ImportRow.objects.filter(batch=batch, outcome="refused").order_by("row_no"):
        parsed.bad_rows[row.row_no] = row.cells or {"name": row.name, "code": row.code}
        parsed.faults += [Fault(row=row.row_no, **reason) for reason in row.reasons]
    return failure_list(ENTERPRISES, parsed)
