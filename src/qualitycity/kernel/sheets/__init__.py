"""Sheets: one declaration gives template, check, failure list, export and form. See docs/reference/sheets.md."""

from typing import TYPE_CHECKING, Any

from qualitycity.kernel.sheets.cells import BadCell
from qualitycity.kernel.sheets.check import nearest
from qualitycity.kernel.sheets.declare import Column, Sheet
from qualitycity.kernel.sheets.intake import Intake
from qualitycity.kernel.sheets.reading import Parsed, Row, fault_title, read, stream
from qualitycity.kernel.sheets.writing import export, failure_list, template, xlsx_response

if TYPE_CHECKING:
    from qualitycity.kernel.sheets.forms import form_class
    from qualitycity.kernel.sheets.services import commit, discard, receive

__all__ = [
    "BadCell",
    "Column",
    "Intake",
    "Parsed",
    "Row",
    "Sheet",
    "commit",
    "discard",
    "export",
    "failure_list",
    "fault_title",
    "form_class",
    "nearest",
    "read",
    "receive",
    "stream",
    "template",
    "xlsx_response",
]


def __getattr__(name: str) -> Any:
    """The services need the models, the form needs the interface: they load at first use."""
    if name in {"receive", "commit", "discard"}:
        from qualitycity.kernel.sheets import services

        return getattr(services, name)
    if name == "form_class":
        from qualitycity.kernel.sheets.forms import form_class

        return form_class
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
