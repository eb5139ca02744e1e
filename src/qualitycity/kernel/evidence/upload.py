"""Uploads in flight: what is larger than any file may be is not written to disk, whatever size it claims."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from .kinds import GROUPS, most_bytes


class Bounded(FileUploadHandler):
    """Drops a file as soon as it passes the largest size of the rulebook; the page then finds `too_large(request)`."""

    chunk_size = 256 * 1024

    def handle_raw_input(self, *given: Any, **more: Any) -> None:
        """Look the limit up once a request."""
        self.limit = most_bytes(*GROUPS)

    def new_file(self, *given: Any, **more: Any) -> None:
        """Count anew for each file."""
        super().new_file(*given, **more)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Pass the piece on, or drop the file."""
        self.received += len(raw_data)
        if self.received > self.limit:
            self.request.too_large = self.limit  # type: ignore[union-attr]
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The handlers behind this one keep the file."""
        return


def too_large(request: HttpRequest) -> str:
    """The sentence to show when a file of this request was dropped; empty otherwise."""
    limit = getattr(request, "too_large", 0)
    return _("文件太大,最多 %(most)d MB。没有保存任何内容。") % {"most": limit >> 20} if limit else ""
