"""Importing a register: upload, preview, commit, result, failure list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms as fields
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.access.models import Region
from qualitycity.kernel.access.routes import page
from qualitycity.kernel.access.scope import get_or_404, scoped
from qualitycity.kernel.acts import Fault, Faults, Refused
from qualitycity.kernel.evidence.upload import too_large
from qualitycity.kernel.sheets import template, xlsx_response
from qualitycity.kernel.ui.forms import Form
from qualitycity.kernel.ui.listing import Column, Filter, Listing
from qualitycity.kernel.ui.pages import act_page, job_part, list_page, record_page

from .. import services, tasks
from ..intake.sheet import ENTERPRISES
from ..intake.words import explain, failures
from ..models import CategoryProposal, ImportBatch, ImportProgress, ImportRow
from .common import may

SILENT = timedelta(minutes=5)  # without a word of progress
TABS = [("overview", _("概况")), ("rows", _("逐行结果")), ("history", _("办理记录"))]
PHASES = {
    "waiting": _("排队等候"),
    "queued": _("排队等候"),
    "reading": _("正在读取"),
    "comparing": _("正在与名录比对"),
    "previewed": _("核对完毕"),
    "checking": _("正在复核"),
    "writing": _("正在写入,第"),
    "finished": _("已完成"),
}


class UploadForm(Form):
    """A register's file for a county."""

    region = fields.ModelChoiceField(Region.objects.none(), label=_("哪个县(市)的登记数据"))
    file = fields.FileField(label=_("文件"), help_text=_("xlsx、xls、ods、csv,或压缩的 csv.gz"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        counties = scoped(Region.objects.filter(parent__isnull=True, valid_to__isnull=True), field="path")
        self.fields["region"].queryset = counties  # type: ignore[attr-defined]
        self.fields["region"].initial = counties.first()


@page("registry.import.view")
def import_list(request: HttpRequest) -> HttpResponse:
    """All imports."""
    listing = Listing(
        request,
        scoped(ImportBatch.objects.all()),
        columns=[
            Column("number", _("编号"), kind="code", link=True, sort="pk"),
            Column("filename", _("文件"), wrap=True),
            Column("uploaded_at", _("上传时间"), kind="datetime"),
            Column("rows", _("行数"), kind="number"),
            Column("accepted", _("接收"), kind="number"),
            Column("merged", _("并入"), kind="number"),
            Column("refused", _("拒绝"), kind="number"),
            Column("unchanged", _("无变化"), kind="number"),
            Column("changed", _("有变化"), kind="number"),
            Column("state", _("状态"), kind="state"),
        ],
        filters=[
            Filter(
                "state",
                _("状态"),
                choices=lambda: [(code, state.title) for code, state in ImportBatch.WORKFLOW.states.items()],
            )
        ],
        export_name="imports",
        empty=_("还没有导入过登记数据。点「上传登记数据」,先看核对结果再导入。"),
    )
    return list_page(
        request, listing, title=_("导入登记数据"), template="registry/imports.html", can_edit=may("registry.import.run")
    )


@page("registry.import.run")
def import_new(request: HttpRequest) -> HttpResponse:
    """Upload a file; a short one is read at once, a long one by the worker."""
    form = UploadForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 422
        if sentence := too_large(request):
            form.is_valid()
            form.errors.pop("file", None)
            form.add_error("file", sentence)
        elif form.is_valid():
            file, region = form.cleaned_data["file"], form.cleaned_data["region"]
            try:
                batch = services.receive(file, filename=file.name, region=region)
                tasks.read_soon(batch)
            except Refused as refusal:
                form.add_refusal(refusal)
            else:
                return HttpResponseRedirect(batch.get_absolute_url())
    context = {
        "form": form,
        "title": _("上传登记数据"),
        "submit": _("上传并核对"),
    }
    return render(request, "registry/import_new.html", context, status=status)


@page("registry.import.run")
def import_template(request: HttpRequest) -> HttpResponse:
    """The template of a register file."""
    return xlsx_response(template(ENTERPRISES), _now("企业登记数据模板.xlsx"))


@page("registry.import.view")
def import_view(request: HttpRequest, pk: int) -> HttpResponse:
    """One import: progress while it runs, the preview, what became of each row."""
    batch = get_or_404(ImportBatch.objects.select_related("region"), pk=pk)
    rows = Listing(
        request,
        ImportRow.objects.filter(batch=batch).select_related("enterprise").order_by("row_no"),
        columns=[
            Column("row_no", _("行"), kind="number"),
            Column("outcome", _("结果"), value=lambda row: row.get_outcome_display()),
            Column("code", _("代码"), kind="code"),
            Column("name", _("名称"), link=lambda row: row.enterprise.get_absolute_url() if row.enterprise else ""),
            Column("why", _("说明"), value=explain, wrap=True, sort=False),
        ],
        filters=[
            Filter("outcome", _("结果"), choices=ImportRow.Outcome.choices),
            Filter("q", _("名称或代码"), lookup=("name__icontains", "code__startswith")),
        ],
        export_name=f"{batch.number}",
        empty=_("没有这样的行。"),
    )
    if request.GET.get("export") == "xlsx":
        return list_page(request, rows, title=_now("%(number)s 逐行结果") % {"number": batch.number})
    progress = ImportProgress.objects.filter(batch=batch).first()
    return record_page(
        request,
        batch,
        template="registry/import.html",
        tabs=TABS,
        listing=rows,
        busy=_is_busy(batch, progress),
        failed=progress.failed if progress else "",
        counts=[(ImportRow.Outcome(outcome).label, outcome, count) for outcome, count in batch.counts.items()],
        changed=[(row, explain(row)) for row in rows.rows.filter(outcome="changed")[:20]],
        pending=CategoryProposal.objects.filter(enterprise__batch=batch, decision="pending").count(),
        file_faults=[Fault(**fault) for fault in batch.faults],
    )


def _is_busy(batch: ImportBatch, progress: ImportProgress | None) -> bool:
    """Whether somebody works on the batch now."""
    if progress is None or progress.failed:
        return False
    if progress.phase not in ("waiting", "queued") and timezone.now() - progress.at > SILENT:
        return False  # whoever worked on it was killed: the page offers to begin again
    return batch.state == "reading" or (
        batch.state == "previewed" and progress.phase in ("checking", "writing", "queued")
    )


@page("registry.import.view")
def import_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The bar, polled by the page."""
    batch = get_or_404(ImportBatch.objects.all(), pk=pk)
    progress = ImportProgress.objects.get(batch=batch)
    busy = _is_busy(batch, progress)
    return job_part(
        request,
        done=progress.done,
        total=progress.total,
        text=PHASES.get(progress.phase, ""),
        finished=not busy and not progress.failed,
        failed=progress.failed,
        next_url=batch.get_absolute_url(),
    )


@page("registry.import.view")
def import_failures(request: HttpRequest, pk: int) -> HttpResponse:
    """The refused rows as they were, with what is wrong: mended, the same file can be uploaded."""
    batch = get_or_404(ImportBatch.objects.all(), pk=pk)
    return xlsx_response(failures(batch), f"{batch.number}-{_now('失败清单')}.xlsx")


@page("registry.import.run")
def import_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Compare again: the register changed since, or the reading broke off."""
    batch = get_or_404(ImportBatch.objects.all(), pk=pk)
    if request.method == "POST":
        try:
            if batch.state == "reading":
                tasks.read_soon(batch)
            else:
                services.preview_import(batch)
        except Faults:
            pass  # they stand in the batch, which the page shows
        return HttpResponseRedirect(batch.get_absolute_url())
    return act_page(request, batch, services.preview_import)


@page("registry.import.run")
def import_commit(request: HttpRequest, pk: int) -> HttpResponse:
    """Commit what was shown: at once where it is short, by the worker where it is long."""
    batch = get_or_404(ImportBatch.objects.all(), pk=pk)
    if request.method == "POST" and tasks.is_long(batch) and current_actor().can(services.commit_import.move.duty):  # type: ignore[attr-defined]
        tasks.commit_soon(batch)
        return HttpResponseRedirect(batch.get_absolute_url())
    facts = [(ImportRow.Outcome(outcome).label, count) for outcome, count in batch.counts.items()]
    return act_page(request, batch, services.commit_import, facts=[(_now("行数"), batch.rows), *facts])


@page("registry.import.run")
def import_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a batch up."""
    return act_page(request, get_or_404(ImportBatch.objects.all(), pk=pk), services.discard_import)
