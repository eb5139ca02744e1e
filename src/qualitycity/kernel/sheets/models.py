"""An uploaded sheet: the file, what was read from it, and how far it came."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from django.db import models

from qualitycity.kernel.acts import Fault
from qualitycity.kernel.evidence.models import StoredFile

from .reading import Parsed, Row
from .workflow import UPLOAD


class Upload(models.Model):
    """One sheet handed in. Preview and commit read the same stored rows, so that what was seen is what is taken in."""

    WORKFLOW = UPLOAD

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sheet = models.CharField(max_length=60)
    title = models.CharField(max_length=120)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="uploads")
    total = models.PositiveIntegerField(default=0)
    rows = models.JSONField(default=list)
    faults = models.JSONField(default=list)
    bad_rows = models.JSONField(default=dict)
    unknown = models.JSONField(default=list)
    page = models.CharField(max_length=200, blank=True)
    received_by = models.CharField(max_length=40)
    received_at = models.DateTimeField()
    business_date = models.DateField()
    region_path = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=12, default="")

    class Meta:
        ordering = ["-received_at"]
        constraints = [UPLOAD.constraint("sheets_upload_state")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return self.page or "/desk/"

    @property
    def number(self) -> str:
        """A short name in the record."""
        return self.file_id[:12]

    @property
    def digest(self) -> str:
        """SHA-256 of the file."""
        return self.file_id

    def keep(self, parsed: Parsed) -> None:
        """Take over what was read."""
        self.total, self.unknown = parsed.total, parsed.unknown
        self.rows = [{"number": row.number, "values": pack(row.values)} for row in parsed.rows]
        self.faults = [
            {**vars(fault), "message": str(fault.message), "hint": str(fault.hint)} for fault in parsed.faults
        ]
        self.bad_rows = {str(number): cells for number, cells in parsed.bad_rows.items()}

    def parsed(self) -> Parsed:
        """What was read, as `read` gave it."""
        return Parsed(
            digest=self.digest,
            total=self.total,
            rows=[Row(row["number"], unpack(row["values"])) for row in self.rows],
            faults=[Fault(**fault) for fault in self.faults],
            bad_rows={int(number): cells for number, cells in self.bad_rows.items()},
            unknown=self.unknown,
        )


def pack(values: dict[str, Any]) -> dict[str, Any]:
    """Values as JSON holds them: dates and decimals as small dictionaries."""
    return {key: _pack(value) for key, value in values.items()}


def unpack(values: dict[str, Any]) -> dict[str, Any]:
    """The values again."""
    return {key: _unpack(value) for key, value in values.items()}


def _pack(value: Any) -> Any:
    if isinstance(value, dt.date):
        return {"date": value.isoformat()}
    return {"decimal": str(value)} if isinstance(value, Decimal) else value


def _unpack(value: Any) -> Any:
    if isinstance(value, dict):
        return dt.date.fromisoformat(value["date"]) if "date" in value else Decimal(value["decimal"])
    return value
