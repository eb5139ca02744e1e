"""Golden cases of acceptance sampling."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any


def folder(shared: Path) -> Path:
    return shared / "golden" / "labstats" / "sampling"


def table(shared: Path, name: str) -> list[dict[str, str]]:
    with (folder(shared) / name).open() as file:
        return list(csv.DictReader(file))


def cases(shared: Path, name: str) -> Any:
    return json.loads((folder(shared) / name).read_text())
