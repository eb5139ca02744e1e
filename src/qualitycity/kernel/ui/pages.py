"""The page kinds as functions: a room's view says what, these say how. See docs/reference/ui.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.workflow import Move

from .act_pages import CONFLICT, UNPROCESSABLE, act_page, create_page, empty_form
from .forms import ReasonForm
from .listing import Listing

__all__ = ["act_page", "check_page", "create_page", "job_part", "list_page", "record_page"]

Facts = Iterable[tuple[Any, Any]]
TABS = (
    ("overview", gettext_lazy("概况")),
    ("materials", gettext_lazy("材料")),
    ("history", gettext_lazy("办理记录")),
    ("related", gettext_lazy("关联")),
)


def list_page(
    request: HttpRequest,
    listing: Listing,
    *,
    title: Any,
    template: str = "ui/list.html",
    batch: Mapping[str, Callable[..., Any]] | None = None,
    **context: Any,
) -> HttpResponse:
    """A list: its page, its workbook (`?export=xlsx`), the batch posted from it. `batch`: verb → act function."""
    if request.GET.get("export") == "xlsx" and listing.export_name:
        return _workbook(listing, title)
    services = batch or {}
    moves: list[Move] = [service.move for service in services.values()]  # type: ignore[attr-defined]
    listing.batch = [move for move in moves if current_actor().can(move.duty)]
    if request.method == "POST" and request.POST.get("act") in services:
        return _batch(request, listing, services[request.POST["act"]])
    return render(request, template, {"listing": listing, "title": title, **context})


def _workbook(listing: Listing, title: Any) -> HttpResponse:
    from qualitycity.kernel.sheets import export, xlsx_response

    columns, rows, filters = listing.export()
    data = export(title, columns=columns, rows=rows, filters=filters, actor=current_actor(), at=clock.now())
    return xlsx_response(data, f"{listing.export_name}-{clock.today():%Y%m%d}.xlsx")


def _batch(request: HttpRequest, listing: Listing, service: Callable[..., Any]) -> HttpResponse:
    """Ask once what a batch will do, then run act by act; each row's refusal is told by its name."""
    move: Move = service.move  # type: ignore[attr-defined]
    rows = list(listing.selected())
    if not rows:
        messages.warning(request, _("还没有选中任何一行。"))
        return HttpResponseRedirect(request.get_full_path())
    form = ReasonForm(request.POST if "_step" in request.POST else None) if move.reason else None
    if "_step" not in request.POST or (form is not None and not form.is_valid()):
        count = ngettext("将对 %(n)d 件逐件办理「%(button)s」。", "将对 %(n)d 件逐件办理「%(button)s」。", len(rows))
        consequences = [count % {"n": len(rows), "button": move.button}, *filter(None, [move.confirm])]
        context = {
            "title": _("批量%(button)s") % {"button": move.button},
            "consequences": consequences,
            "facts": [(getattr(row, "number", ""), str(row)) for row in rows[:200]],
            "form": form,
            "submit": move.button,
            "back": request.get_full_path(),
            "carried": [("act", move.verb), *(("ids", row.pk) for row in rows)],
        }
        return render(request, "ui/check.html", context, status=UNPROCESSABLE if "_step" in request.POST else 200)
    reason = {"reason": form.cleaned_data["reason"]} if form else {}
    refused = []
    for row in rows:
        try:
            service(row, **reason)
        except Refused as refusal:
            refused.append(f"{row}:{refusal.message}")
    done = len(rows) - len(refused)
    if done:
        messages.success(request, _("「%(button)s」已办 %(n)d 件。") % {"button": move.button, "n": done})
    for sentence in refused:
        messages.error(request, sentence)
    return HttpResponseRedirect(request.get_full_path())


def record_page(
    request: HttpRequest,
    subject: Model,
    *,
    template: str = "ui/record.html",
    tabs: Sequence[tuple[str, Any]] = TABS,
    direct: Sequence[str] = (),
    **context: Any,
) -> HttpResponse:
    """One record with its head, buttons and tabs. `direct` names verbs whose button posts at once."""
    codes = [code for code, _title in tabs]
    tab = request.GET.get("tab", codes[0])
    tab = tab if tab in codes else codes[0]
    context = {
        "record": subject,
        "title": str(subject),
        "tab": tab,
        "tabs": [(code, title, f"?tab={code}" if code != codes[0] else "?", code == tab) for code, title in tabs],
        "direct": ",".join(direct),
        **context,
    }
    return render(request, template, context)


def check_page(
    request: HttpRequest,
    *,
    title: Any,
    consequences: Sequence[Any],
    submit: Any,
    action: Callable[..., Any],
    done: Any,
    back: str,
    facts: Facts = (),
    reason: bool = False,
    **context: Any,
) -> HttpResponse:
    """A check page before something irreversible that is no single move. `action()` or `action(reason)` does it."""
    form: Any = ReasonForm(request.POST if request.method == "POST" else None) if reason else None
    status = 200
    if request.method == "POST":
        status = UNPROCESSABLE
        if form is None or form.is_valid():
            try:
                result = action(form.cleaned_data["reason"]) if reason else action()
            except Refused as refusal:
                form = form or empty_form()
                form.add_refusal(refusal)
                status = CONFLICT if refusal.code in ("state", "gone") else UNPROCESSABLE
            else:
                return HttpResponseRedirect(done(result) if callable(done) else done)
    page = {"title": title, "consequences": consequences, "facts": facts, "form": form, "submit": submit, "back": back}
    return render(request, "ui/check.html", page | context, status=status)


def job_part(
    request: HttpRequest,
    *,
    done: int,
    total: int,
    text: Any = "",
    finished: bool = False,
    failed: Any = "",
    next_url: str = "",
    next_text: Any = "",
) -> HttpResponse:
    """The state of long work, for `{% job url %}` to poll."""
    share = round(100 * done / total) if total else (100 if finished else 0)
    context = {
        "url": request.get_full_path(),
        "done": done,
        "total": total,
        "share": min(share, 100),
        "text": text,
        "finished": finished,
        "failed": failed,
        "next_url": next_url,
        "next_text": next_text,
    }
    return render(request, "ui/parts/job.html", context)
