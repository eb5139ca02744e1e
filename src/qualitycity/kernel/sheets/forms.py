"""A Django form of one row, made of the same columns and judged by the same checks as the sheet."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.sheets.cells import BadCell, as_text
from qualitycity.kernel.sheets.check import Checker
from qualitycity.kernel.sheets.declare import Column, Sheet
from qualitycity.kernel.ui.forms import Form


class ColumnField(forms.Field):
    """A form field whose cleaning is the column's own check."""

    def __init__(self, column: Column, **kwargs: Any) -> None:
        """Take label, help and widget from the column."""
        self.column = column
        kwargs.setdefault("widget", _widget(column))
        super().__init__(
            required=column.required,
            label=column.title,
            help_text=column.hint,
            error_messages={"required": _("不能为空。")},
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        """What the widget shows of a Python value."""
        if isinstance(value, bool):
            return "true" if value else "false"
        return value if value is None or self.column.kind == "choice" else as_text(value)

    def clean(self, value: Any) -> Any:
        """The checked value, by the sheet's rules; the hint is part of the error."""
        checker: Checker = self.checker
        try:
            return checker.value(self.column, value)
        except BadCell as bad:
            raise forms.ValidationError(" ".join(part for part in (bad.message, bad.hint) if part)) from bad

    checker: Checker


class RowForm(Form):
    """Base of the forms of :func:`form_class`: asks the choices anew for each form and checks across the row."""

    sheet: Sheet

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Bind the fields to one checker of this form."""
        super().__init__(*args, **kwargs)
        checker = Checker(self.sheet)
        for field in self.fields.values():
            if isinstance(field, ColumnField):
                field.checker = checker
                if field.column.kind == "choice":
                    field.widget.choices = [("", "—"), *field.column.options()]

    def clean(self) -> dict[str, Any]:
        """The row as a whole, when each field is right."""
        values = super().clean() or self.cleaned_data
        if not self.errors and self.sheet.check_row is not None:
            for key, message in self.sheet.check_row(values):
                self.add_error(key if key in self.fields else None, str(message))
        return values


def _widget(column: Column) -> forms.Widget:
    if column.kind == "choice":
        return forms.Select()
    if column.kind == "boolean":
        return forms.Select(choices=[("", "—"), ("true", _("是")), ("false", _("否"))])
    if column.kind == "date":
        return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    if column.kind in {"integer", "decimal"}:
        return forms.TextInput(attrs={"inputmode": "decimal" if column.kind == "decimal" else "numeric"})
    if column.kind == "text" and (column.max_length or 0) > 300:
        return forms.Textarea(attrs={"rows": 4})
    attrs = {"maxlength": column.max_length} if column.max_length else {}
    return forms.TextInput(
        attrs=attrs | ({"autocapitalize": "characters", "spellcheck": "false"} if column.kind == "code" else {})
    )


def form_class(sheet: Sheet) -> type[RowForm]:
    """A form class of one row: one field a column; ``cleaned_data`` holds what :func:`read` would give."""
    fields: dict[str, Any] = {column.key: ColumnField(column) for column in sheet.columns}
    return type(f"{sheet.code.title().replace('.', '').replace('_', '')}Form", (RowForm,), {**fields, "sheet": sheet})
