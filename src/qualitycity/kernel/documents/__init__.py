"""Documents: papers issued by acts, to be verified by anybody. See docs/reference/documents.md."""

from typing import TYPE_CHECKING, Any

from qualitycity.kernel.documents.content import Fields, Heading, Items, Para, Signatures, Table
from qualitycity.kernel.documents.kinds import PaperKind

if TYPE_CHECKING:
    from qualitycity.kernel.documents.queries import papers
    from qualitycity.kernel.documents.services import issue, next_number, withdraw_paper

__all__ = [
    "Fields",
    "Heading",
    "Items",
    "PaperKind",
    "Para",
    "Signatures",
    "Table",
    "issue",
    "next_number",
    "papers",
    "withdraw_paper",
]


def __getattr__(name: str) -> Any:
    """Services and reads need the models: they load at first use."""
    if name == "papers":
        from qualitycity.kernel.documents.queries import papers

        return papers
    if name in {"issue", "next_number", "withdraw_paper"}:
        from qualitycity.kernel.documents import services

        return getattr(services, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
