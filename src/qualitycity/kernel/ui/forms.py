"""Forms that look and read the same everywhere: Django's own fields and checks, our drawing of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms.renderers import DjangoTemplates
from django.utils.translation import gettext as _

from qualitycity.kernel.acts import Faults, Refused

from . import cells

__all__ = ["Form", "Known", "ModelForm", "ReasonForm", "reason_field"]


class CityRenderer(DjangoTemplates):
    """Draws fields by our templates; widgets stay Django's."""

    form_template_name = "ui/forms/form.html"
    field_template_name = "ui/forms/field.html"


if TYPE_CHECKING:  # a mixin that the type checker reads as a form
    Base = forms.BaseForm
else:
    Base = object


@dataclass(frozen=True)
class Known:
    """Where a value that is not asked again comes from, and where it can be challenged."""

    source: Any
    challenge: str = ""


@dataclass(frozen=True)
class Section:
    """A part of a form as it is drawn, with the anchor of its line in the side index."""

    anchor: str
    title: Any
    fields: list[forms.BoundField]

    @property
    def faulty(self) -> bool:
        return any(item.errors for item in self.fields)


@dataclass(frozen=True)
class ErrorLine:
    """A line of the error summary: the field's anchor and label (both empty for the whole form) and the sentence."""

    anchor: str
    label: Any
    message: str


class Face(Base):
    """What our forms have in common; mixed into Django's Form and ModelForm."""

    default_renderer: Any = CityRenderer
    sections: Sequence[tuple[Any, Sequence[str]]] = ()
    private: Sequence[str] = ()
    autosave = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, item in self.fields.items():
            dress(item)
            if name in self.private:
                item.widget.attrs["data-private"] = ""

    def mark_known(self, name: str, *, source: Any, challenge: str = "") -> None:
        """Show the initial value of a field as 「系统已有」: not asked again, and what is posted for it is ignored."""
        self.fields[name].disabled = True
        self.fields[name].known = Known(source, challenge)  # type: ignore[attr-defined]

    def arguments(self) -> dict[str, Any]:
        """What goes to the act as keyword arguments; by default all cleaned data."""
        return dict(self.cleaned_data)

    def add_refusal(self, refusal: Refused) -> None:
        """Put what an act refused beside its fields, or at the head of the form where it belongs to none."""
        if not isinstance(refusal, Faults):
            self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal.message))
            return
        for fault in refusal.faults:
            here = fault.row is None and fault.field in self.fields
            text = f"{fault.message} {fault.hint}".strip() if here else str(fault)
            self.add_error(fault.field if here else None, text)

    @property
    def error_lines(self) -> list[ErrorLine]:
        """All errors, for the summary at the head of the page."""
        lines = [ErrorLine("", "", str(message)) for message in self.non_field_errors()]
        for item in self:  # every field, hidden ones too
            lines += [ErrorLine(anchor(item), item.label, str(message)) for message in item.errors]
        return lines

    @property
    def drawn_sections(self) -> list[Section]:
        """The visible fields by section; those no section names come last, without a title."""
        visible = {item.name: item for item in self.visible_fields()}
        result = []
        for number, (title, names) in enumerate(self.sections, 1):
            result.append(Section(f"part-{number}", title, [visible.pop(name) for name in names if name in visible]))
        if visible:
            result.append(Section("part-0", "", list(visible.values())))
        return result

    @property
    def has_required(self) -> bool:
        return any(item.field.required for item in self.visible_fields())

    def answers(self) -> list[tuple[Any, Any]]:
        """(label, what was answered in words) for a check page."""
        return [(item.label, in_words(item.field, self.cleaned_data.get(item.name))) for item in self.visible_fields()]


class Form(Face, forms.Form):
    """Base of every form."""


class ModelForm(Face, forms.ModelForm):
    """Base of forms drawn from a model. They check; the act saves."""


def reason_field() -> forms.CharField:
    """The reason that a move asks for."""
    return forms.CharField(
        label=_("理由"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=500,
        error_messages={"required": _("请写明理由。")},
        help_text=_("写入办理记录,不能再改。"),
    )


class ReasonForm(Form):
    """Nothing but a reason."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"] = reason_field()
        dress(self.fields["reason"])


def dress(item: forms.Field) -> None:
    """Give a field's widget the classes and input type of the house, leaving what the room set."""
    widget = item.widget
    if isinstance(widget, forms.DateInput) and not isinstance(widget, forms.DateTimeInput):
        widget.input_type, widget.format = "date", "%Y-%m-%d"
    if isinstance(widget, forms.DateTimeInput):
        widget.input_type, widget.format = "datetime-local", "%Y-%m-%dT%H:%M"
    if isinstance(widget, (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)):
        look = "form-check-input" if isinstance(widget, forms.CheckboxInput) else "choices"
    elif isinstance(widget, forms.Select):
        look = "form-select"
    else:
        look = "form-control"
    given = widget.attrs.get("class", "")
    if look not in given.split():
        widget.attrs["class"] = f"{given} {look}".strip()


def anchor(item: forms.BoundField) -> str:
    """The id that a link in the error summary leads to: the input, or the first of a group."""
    return item.id_for_label or f"{item.auto_id}_0"


def in_words(item: forms.Field, value: Any) -> Any:
    """A cleaned value as a person reads it."""
    if value is None or value == "":
        return cells.NOTHING
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, UploadedFile):
        return value.name
    choices = getattr(item, "choices", None)
    if choices is not None and not hasattr(item, "queryset"):
        named = {str(key): label for key, label in _flat(choices)}
        wanted = value if isinstance(value, (list, tuple, set)) else [value]
        return "、".join(str(named.get(str(one), one)) for one in wanted)
    if isinstance(value, (list, tuple, set)) or hasattr(value, "all"):
        return "、".join(str(one) for one in value)
    if hasattr(value, "year"):
        return cells.day(value)
    return str(value)


def _flat(choices: Iterable[Any]) -> Iterable[tuple[Any, Any]]:
    for key, label in choices:
        if isinstance(label, (list, tuple)):
            yield from label
        else:
            yield key, label
