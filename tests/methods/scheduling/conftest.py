"""The golden cases of scheduling."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def golden(shared: Path) -> Path:
    """The folder of golden cases."""
    return shared / "golden" / "scheduling"
