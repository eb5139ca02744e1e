"""Files going out: to those who may see the case, and to anybody once published."""

from __future__ import annotations

from typing import Any, BinaryIO

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.access.routes import PUBLIC, SIGNED_IN, page
from qualitycity.kernel.access.viewlog import looked

from . import vault
from .models import PublicFile, StoredFile
from .queries import attachment_or_404
from .sniff import extension

# What a browser may show in the page itself: redrawn pictures and PDF. All else is handed over as a file.
INLINE = {"image/jpeg", "image/png", "application/pdf"}
ORIGINAL = "evidence.original.view"


@page(SIGNED_IN)
def attachment(request: HttpRequest, pk: int) -> HttpResponse:
    """An attached file. A picture goes out as its stripped copy; the original only by its duty and `?original=1`."""
    row = attachment_or_404(pk)
    file = row.file
    metadata = file.picture
    wants_original = request.GET.get("original") == "1" and current_actor().can(ORIGINAL)
    if metadata is not None and metadata.stripped is not None and not wants_original:
        file = metadata.stripped
    looked(row.subject, format_lazy("{}:{}", gettext_lazy("打开材料"), row.kind_title))
    return serve(file.sha256, file.mime, inline=request.GET.get("download") != "1" and not wants_original)


@page(PUBLIC)
def public_file(request: HttpRequest, sha256: str, suffix: str) -> HttpResponse:
    """A published file, by its digest."""
    row = PublicFile.objects.filter(pk=sha256).first()
    if row is None or extension(row.mime) != suffix:
        raise Http404
    response = serve(row.file_id, row.mime, inline=True)
    response["Cache-Control"] = "public, max-age=3600"
    return response


def serve(sha256: str, mime: str, *, inline: bool = False) -> HttpResponse:
    """The content of a file, digest checked, under its digest as name and with a type the browser must not doubt."""
    try:
        content: BinaryIO = StoredFile(sha256=sha256, mime=mime).open()
    except vault.Damaged:
        return HttpResponse(
            _("文件与入库时的摘要不一致,已停止下载。请告知系统管理员从备份恢复。"),
            status=500,
            content_type="text/plain; charset=utf-8",
        )
    shown = inline and mime in INLINE
    response: Any = FileResponse(  # a stream of the disk; for our middleware a response like any other
        content,
        as_attachment=not shown,
        filename=f"{sha256}.{extension(mime)}",
        content_type=mime if shown else "application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["X-Digest-SHA256"] = sha256
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
