"""Pages around one act: the form, the check page that names what follows, the act, and its refusal beside the field."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from qualitycity.kernel.acts import Refused
from qualitycity.kernel.workflow import Move

from .forms import Face, Form, ReasonForm, dress, reason_field

Facts = Iterable[tuple[Any, Any]]
UNPROCESSABLE, CONFLICT = 422, 409


def empty_form() -> Form:
    """A bound form without fields: what a refusal is written on where nothing was asked."""
    form = Form({})
    form.full_clean()
    return form


def create_page(
    request: HttpRequest,
    service: Callable[..., Any],
    *,
    form: Callable[..., Any],
    title: Any = "",
    initial: Mapping[str, Any] | None = None,
    template: str = "ui/form.html",
    done: Any = None,
    **context: Any,
) -> HttpResponse:
    """A form that creates a subject by an act; afterwards the new subject's page (or `done`)."""
    page = _ActPage(request, None, service, form, initial, done)
    return page.answer({"title": title or service.move.button, **context}, template)  # type: ignore[attr-defined]


def act_page(
    request: HttpRequest,
    subject: Model,
    service: Callable[..., Any],
    *,
    form: Callable[..., Any] | None = None,
    initial: Mapping[str, Any] | None = None,
    template: str = "",
    done: Any = None,
    consequences: Sequence[Any] = (),
    facts: Facts = (),
    **context: Any,
) -> HttpResponse:
    """One act on a subject: a check page, or a form (and a check page behind it where the move asks to confirm)."""
    page = _ActPage(request, subject, service, form, initial, done, consequences, facts)
    return page.answer(context, template)


class _ActPage:
    """One request for one act: draws the form or the check page, runs the act, puts refusals where they belong."""

    def __init__(
        self,
        request: HttpRequest,
        subject: Model | None,
        service: Callable[..., Any],
        form: Callable[..., Any] | None,
        initial: Mapping[str, Any] | None,
        done: Any,
        consequences: Sequence[Any] = (),
        facts: Facts = (),
    ) -> None:
        self.request, self.subject, self.service, self.done = request, subject, service, done
        self.move: Move = service.move  # type: ignore[attr-defined]
        self.consequences, self.facts = consequences, facts
        self.asks = form is not None
        self.form = self._bound(form, initial)

    def _bound(self, form: Callable[..., Any] | None, initial: Mapping[str, Any] | None) -> Any:
        posted = self.request.method == "POST"
        data = (self.request.POST, self.request.FILES) if posted else ()
        if form is None:
            return ReasonForm(*data[:1]) if self.move.reason else None
        options: dict[str, Any] = {"initial": dict(initial or {})}
        if self.subject is not None and hasattr(form, "_meta"):  # a ModelForm writes into its instance while it checks
            options["instance"] = copy.copy(self.subject)
        bound = form(*data, **options)
        if self.move.reason:
            bound.fields["reason"] = reason_field()
            dress(bound.fields["reason"])
        return bound

    def answer(self, context: dict[str, Any], template: str) -> HttpResponse:
        """The page or, after the act, the way on."""
        step = self.request.POST.get("_step", "commit") if self.request.method == "POST" else ""
        status = 200
        if step and step != "back":
            status = UNPROCESSABLE
            if self.form is None or self.form.is_valid():
                if step == "ask" and self._must_check():
                    return self._check(context, carried=True)
                response, status = self._run()
                if response is not None:
                    return response
        if not self.asks:
            return self._check(context, template=template, status=status)
        return self._form(context, template or "ui/form.html", status, fresh=step == "back")

    def _must_check(self) -> bool:
        """Whether a check page comes between form and act; not with files, which it cannot carry."""
        return bool(self.move.confirm) and self.asks and not self.form.is_multipart()

    def _run(self) -> tuple[HttpResponse | None, int]:
        arguments = self.form.arguments() if self.form is not None else {}
        if self.move.reason:
            arguments.setdefault("reason", self.form.cleaned_data["reason"])
        try:
            result = self.service(*([] if self.subject is None else [self.subject]), **arguments)
        except Refused as refusal:
            if self.form is None:
                self.form = empty_form()
            self.form.add_refusal(refusal)
            return None, CONFLICT if refusal.code in ("state", "gone") else UNPROCESSABLE
        target = self.done(result if self.subject is None else self.subject) if callable(self.done) else self.done
        subject: Any = self.subject if self.subject is not None else result
        messages.success(
            self.request, _("「%(button)s」已办:%(subject)s") % {"button": self.move.button, "subject": subject}
        )
        return HttpResponseRedirect(target or subject.get_absolute_url()), 302

    def _common(self, context: dict[str, Any]) -> dict[str, Any]:
        back = self.subject.get_absolute_url() if self.subject is not None else ""  # type: ignore[attr-defined]
        crumbs = [(str(self.subject), back)] if self.subject is not None else []
        return {
            "title": self.move.button,
            "record": self.subject,
            "submit": self.move.button,
            "back": back,
            "crumbs": crumbs,
            "consequences": [*filter(None, [self.move.confirm]), *self.consequences],
            "move": self.move,
            **context,
        }

    def _form(self, context: dict[str, Any], template: str, status: int, *, fresh: bool) -> HttpResponse:
        if fresh:  # back from the check page: what was typed is shown, nothing is complained about
            self.form.is_bound, self.form.initial = False, {**self.form.initial, **_typed(self.form)}
        more = {"form": self.form, "step": "ask" if self._must_check() else "commit"}
        return render(self.request, template, self._common(context) | more, status=status)

    def _check(
        self, context: dict[str, Any], *, carried: bool = False, template: str = "", status: int = 200
    ) -> HttpResponse:
        workflow = self.service.workflow  # type: ignore[attr-defined]
        facts = [*self.facts, *(self.form.answers() if carried else [])]
        more: dict[str, Any] = {"facts": facts, "form": None if carried else self.form, "carried": []}
        if carried:
            more["carried"] = [(name, value) for name, values in self.request.POST.lists() for value in values]
            more["carried"] = [pair for pair in more["carried"] if pair[0] not in ("csrfmiddlewaretoken", "_step")]
            more["can_return"] = True
        target = workflow.states.get(self.move.target) if self.move.target else None
        before = workflow.states.get(getattr(self.subject, "state", ""))
        more["change"] = (before.title, target.title) if before and target and before != target else None
        return render(self.request, template or "ui/check.html", self._common(context) | more, status=status)


def _typed(form: Face) -> dict[str, Any]:
    """What stands in a posted form, by field, as the widgets read it."""
    return {
        name: item.widget.value_from_datadict(form.data, form.files, form.add_prefix(name))
        for name, item in form.fields.items()
        if not item.disabled
    }
