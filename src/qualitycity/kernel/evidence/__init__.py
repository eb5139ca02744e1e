"""Evidence: files by their content. See docs/reference/documents.md."""

from typing import TYPE_CHECKING, Any

from qualitycity.kernel.evidence.kinds import FileKind
from qualitycity.kernel.evidence.vault import Damaged

if TYPE_CHECKING:
    from qualitycity.kernel.evidence.queries import attachments
    from qualitycity.kernel.evidence.services import attach, publish_file, store

__all__ = ["Damaged", "FileKind", "attach", "attachments", "publish_file", "store"]


def __getattr__(name: str) -> Any:
    """Services and reads need the models: they load at first use."""
    if name == "attachments":
        from qualitycity.kernel.evidence.queries import attachments

        return attachments
    if name in {"attach", "publish_file", "store"}:
        from qualitycity.kernel.evidence import services

        return getattr(services, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
