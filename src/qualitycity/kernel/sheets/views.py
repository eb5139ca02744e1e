"""The pages of an intake: hand a sheet in, see everything that is wrong with it, take it in as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.access.routes import page
from qualitycity.kernel.acts import Fault, Faults, Refused
from qualitycity.kernel.evidence.upload import too_large
from qualitycity.kernel.ui.forms import Form

from . import services
from .cells import as_text
from .intake import Intake
from .models import Upload
from .reading import Parsed, fault_title
from .writing import failure_list, template, xlsx_response

UNPROCESSABLE = 422
# What a page shows; the failure list holds all.
ROWS_SHOWN, FAULTS_SHOWN = 20, 200


class FileForm(Form):
    """One file."""

    file = forms.FileField(
        label=gettext_lazy("填好的表格"),
        help_text=gettext_lazy("xlsx、xls、ods 或 csv。先检查、给您看结果,确认后才入库。"),
        error_messages={"required": gettext_lazy("请选择要上传的文件。"), "empty": gettext_lazy("文件是空的。")},
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv"}),
    )
    autosave = False


@dataclass(frozen=True)
class _Pages:
    """The views of one intake, under the names `name`, `name-template`, `name-preview`, …"""

    intake: Intake
    name: str

    def url(self, request: HttpRequest, part: str = "", pk: UUID | None = None) -> str:
        """The address of another page of this intake, under the same front door."""
        space = request.resolver_match.namespace if request.resolver_match else ""
        name = f"{self.name}-{part}" if part else self.name
        return reverse(f"{space}:{name}" if space else name, args=[pk] if pk else [])

    def upload(self, request: HttpRequest) -> HttpResponse:
        """Choose a file; it is read, and its preview follows."""
        form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
        if request.method == "POST":
            if sentence := too_large(request):
                form.is_valid()
                form.errors.pop("file", None)
                form.add_error("file", sentence)
            elif form.is_valid():
                file = form.cleaned_data["file"]
                try:
                    upload = services.receive(
                        self.intake, file, file.name, page=lambda pk: self.url(request, "preview", pk)
                    )
                except Refused as refusal:
                    form.add_refusal(refusal)
                else:
                    return HttpResponseRedirect(upload.get_absolute_url())
        context = {
            "title": _("上传%(sheet)s") % {"sheet": self.intake.sheet.title},
            "form": form,
            "submit": _("检查表格"),
            "template_url": self.url(request, "template"),
            "sheet": self.intake.sheet,
        }
        status = UNPROCESSABLE if form.is_bound else 200
        return render(request, "sheets/upload.html", context, status=status)

    def template(self, request: HttpRequest) -> HttpResponse:
        """The template to fill in."""
        return xlsx_response(template(self.intake.sheet), _("%(sheet)s(模板)") % {"sheet": self.intake.sheet.title})

    def preview(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """What was read, and all that is wrong; the button where nothing is."""
        return self._show(request, self._mine(pk))

    def failures(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The bad rows with reasons, to mend and hand in again."""
        content = failure_list(self.intake.sheet, self._mine(pk).parsed())
        return xlsx_response(content, _("%(sheet)s(要改的行)") % {"sheet": self.intake.sheet.title})

    def commit(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Take the sheet in; what the room refuses comes back on the preview."""
        upload = self._mine(pk)
        if request.method != "POST":
            return HttpResponseRedirect(self.url(request, "preview", pk))
        try:
            result = services.commit(upload)
        except Faults as refusal:
            return self._show(request, upload, refused=refusal.faults)
        except Refused as refusal:
            return self._show(request, upload, refused=[Fault(refusal.message, field=refusal.field)])
        messages.success(request, _("已入库 %(n)d 行。") % {"n": len(upload.rows)})
        return HttpResponseRedirect(self.intake.done(result) if self.intake.done else self.url(request, "preview", pk))

    def discard(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Give the upload up and begin anew."""
        upload = self._mine(pk)
        if request.method == "POST":
            try:
                services.discard(upload)
            except Refused as refusal:
                return self._show(request, upload, refused=[Fault(refusal.message)])
        return HttpResponseRedirect(self.url(request))

    def _mine(self, pk: UUID) -> Upload:
        """The upload, when the current actor made it through this intake; Http404 otherwise."""
        upload = Upload.objects.filter(pk=pk, sheet=self.intake.sheet.code, received_by=current_actor().ref).first()
        if upload is None:
            raise Http404
        return upload

    def _show(self, request: HttpRequest, upload: Upload, refused: list[Fault] | None = None) -> HttpResponse:
        parsed = upload.parsed()
        faults = parsed.faults if refused is None else refused
        context = {
            "title": _("%(sheet)s:检查结果") % {"sheet": self.intake.sheet.title},
            "upload": upload,
            "preview": self._preview(parsed, faults),
            "failures_url": self.url(request, "failures", upload.pk) if parsed.bad_rows else "",
            "more_faults": max(0, len(faults) - FAULTS_SHOWN),
            "unknown": parsed.unknown,
            "ready": upload.state == "checked" and parsed.ready and not faults,
            "commit_url": self.url(request, "commit", upload.pk),
            "discard_url": self.url(request, "discard", upload.pk),
            "again_url": self.url(request),
        }
        return render(request, "sheets/preview.html", context, status=200 if refused is None else UNPROCESSABLE)

    def _preview(self, parsed: Parsed, faults: list[Fault]) -> dict[str, Any]:
        """The tables of the page."""
        sheet = self.intake.sheet
        labels = {column.key: dict(column.options()) for column in sheet.columns if column.choices is not None}
        rows = [
            [
                row.number,
                *(
                    labels.get(c.key, {}).get(row.values.get(c.key), _said(row.values.get(c.key)))
                    for c in sheet.columns
                ),
            ]
            for row in parsed.rows[:ROWS_SHOWN]
        ]
        counts = [(_("行"), parsed.total), (_("行没有问题"), len(parsed.rows)), (_("行要改"), len(parsed.bad_rows))]
        return {
            "counts": counts,
            "faults": [{**asdict(fault), "title": fault_title(sheet, fault)} for fault in faults[:FAULTS_SHOWN]],
            "titles": [_("行"), *(column.title for column in sheet.columns)],
            "rows": rows,
        }


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return as_text(value)


def intake_urls(intake: Intake, prefix: str = "import/", name: str = "import") -> list[URLPattern]:
    """The routes of an intake for a room's `desk` list; each asks for the intake's duty."""
    pages = _Pages(intake, name)

    def route(where: str, view: Callable[..., HttpResponse], part: str = "") -> URLPattern:
        # A function of its own, because the duty is written on the view and bound methods take no attributes.
        def answer(request: HttpRequest, **given: Any) -> HttpResponse:
            return view(request, **given)

        return path(prefix + where, page(intake.duty)(answer), name=f"{name}-{part}" if part else name)

    return [
        route("", pages.upload),
        route("template/", pages.template, "template"),
        route("<uuid:pk>/", pages.preview, "preview"),
        route("<uuid:pk>/failures/", pages.failures, "failures"),
        route("<uuid:pk>/commit/", pages.commit, "commit"),
        route("<uuid:pk>/discard/", pages.discard, "discard"),
    ]
