"""Papers at the desk, and their verification by anybody."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qualitycity.kernel.access.routes import PUBLIC, SIGNED_IN, page
from qualitycity.kernel.access.viewlog import looked
from qualitycity.kernel.evidence.views import serve
from qualitycity.kernel.ui.pages import act_page, record_page

from .codes import tidy
from .queries import paper_or_404, public_paper
from .services import withdraw_paper
from .workflow import PAPER

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TABS = (("overview", gettext_lazy("概况")), ("history", gettext_lazy("办理记录")))


@page(SIGNED_IN)
def paper(request: HttpRequest, code: str) -> HttpResponse:
    """One paper: what it is, whether it holds, its files."""
    found = paper_or_404(code)
    subject = found.subject
    crumbs = [(str(subject), subject.get_absolute_url())]
    return record_page(request, found, template="documents/paper.html", tabs=TABS, about=subject, crumbs=crumbs)


@page(SIGNED_IN)
def pdf(request: HttpRequest, code: str) -> HttpResponse:
    """The PDF as issued."""
    found = paper_or_404(code)
    looked(found.subject, format_lazy("{}:{}", gettext_lazy("打开文书"), found.kind_title))
    return serve(found.file_id, found.file.mime, inline=request.GET.get("download") != "1")


@page(SIGNED_IN)
def docx(request: HttpRequest, code: str) -> HttpResponse:
    """The editable copy."""
    found = paper_or_404(code)
    looked(found.subject, format_lazy("{}:{}", gettext_lazy("打开文书"), found.kind_title))
    response = HttpResponse(found.docx(), content_type=DOCX)
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=f"{found.code}.docx") or ""
    )
    response["Cache-Control"] = "private, no-store"
    return response


@page("documents.paper.withdraw")
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """Take a paper back."""
    return act_page(request, paper_or_404(code), withdraw_paper)


@page(PUBLIC)
def verify(request: HttpRequest) -> HttpResponse:
    """Type a code."""
    typed = request.GET.get("code", "")
    if code := tidy(typed):
        return HttpResponseRedirect(reverse("documents-public:code", args=[code]))
    return render(request, "documents/verify.html", _page(typed=typed, wrong=bool(typed)), status=422 if typed else 200)


@page(PUBLIC)
def code(request: HttpRequest, code: str) -> HttpResponse:
    """What a code discloses: kind, number, issuer, date, digest, status."""
    tidied = tidy(code)
    if not tidied:
        return render(request, "documents/verify.html", _page(typed=code, wrong=True), status=404)
    if tidied != code:
        return HttpResponseRedirect(reverse("documents-public:code", args=[tidied]))
    found = public_paper(tidied)
    if found is None:
        return render(request, "documents/verify.html", _page(typed=tidied, unknown=True), status=404)
    state = PAPER.states[found.state].title
    return render(request, "documents/verify.html", _page(title=found.kind_title, paper=found, state=state))


def _page(**context: Any) -> dict[str, Any]:
    return {"title": _("核验文书"), **context}
