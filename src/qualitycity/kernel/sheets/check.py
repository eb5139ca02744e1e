"""The one set of checks that the uploaded sheet and the form of a row share."""

import difflib
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from qualitycity.kernel.sheets.cells import READERS, BadCell, BrokenFormula, as_text
from qualitycity.kernel.sheets.declare import Column, Sheet

# Below this likeness (difflib ratio; two of three characters give 0.67) a suggestion misleads more than it helps.
LIKENESS = 0.5


def nearest(text: str, labels: list[str]) -> str:
    """The label most like ``text``, or an empty string where none is like it."""
    found = difflib.get_close_matches(text, labels, n=1, cutoff=LIKENESS)
    return found[0] if found else ""


class Checker:
    """A sheet made ready for one file or one form: choices asked once, suggestions remembered."""

    def __init__(self, sheet: Sheet) -> None:
        """Ask the choices of each column."""
        self.sheet = sheet
        self._values: dict[str, dict[str, Any]] = {}
        self._labels: dict[str, list[str]] = {}
        self._near: dict[tuple[str, str], str] = {}
        for column in sheet.columns:
            if column.choices is not None:
                pairs = column.options()
                self._labels[column.key] = [label for _value, label in pairs]
                # A label wins over another pair's value of the same text: people see labels.
                self._values[column.key] = {str(v): v for v, _ in pairs} | {label: v for v, label in pairs}

    def value(self, column: Column, raw: Any) -> Any:
        """The checked value of one cell, None when empty; raises :class:`BadCell`."""
        if isinstance(raw, BrokenFormula):
            raise BadCell(_("单元格里的公式出错了。"), _("改正公式,或直接填写数值。"))
        if column.normalise is not None and isinstance(raw, str):
            raw = column.normalise(as_text(raw))
        value = READERS[column.kind](raw)
        if value is None:
            if column.required:
                raise BadCell(_("不能为空。"), str(column.hint))
            return None
        if column.choices is not None:
            value = self._choose(column, value)
        for message, hint in _limits(column, value):
            raise BadCell(message, hint)
        if column.check is not None and (sentence := column.check(value)):
            raise BadCell(str(sentence), str(column.hint))
        return value

    def row(self, raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[str, BadCell]]]:
        """All values of a row and all that is wrong with it; checks across the row run only when each cell is right."""
        values: dict[str, Any] = {}
        wrong: list[tuple[str, BadCell]] = []
        for column in self.sheet.columns:
            try:
                values[column.key] = self.value(column, raw.get(column.key))
            except BadCell as bad:
                wrong.append((column.key, bad))
        if not wrong and self.sheet.check_row is not None:
            wrong = [(key, BadCell(str(message))) for key, message in self.sheet.check_row(values)]
        return values, wrong

    def _choose(self, column: Column, text: str) -> Any:
        values = self._values[column.key]
        if text in values:
            return values[text]
        if (column.key, text) not in self._near:
            self._near[column.key, text] = nearest(text, self._labels[column.key])
        near = self._near[column.key, text]
        raise BadCell(_("没有这个选项。"), _("最接近:%(near)s") % {"near": near} if near else str(column.hint))


def _limits(column: Column, value: Any) -> list[tuple[str, str]]:
    """What the declared bounds say against a value: (sentence, hint), at most one."""
    if column.kind in {"text", "code"} and column.max_length and len(value) > column.max_length:
        return [(_("太长:%(now)d 个字,最多 %(most)d 个。") % {"now": len(value), "most": column.max_length}, "")]
    if (
        column.kind == "decimal"
        and column.places is not None
        and -value.normalize().as_tuple().exponent > column.places
    ):
        return [(_("小数最多 %(places)d 位。") % {"places": column.places}, _("自行修约后再填,系统不替您舍入。"))]
    if column.kind in {"integer", "decimal", "date"}:
        if column.minimum is not None and value < column.minimum:
            return [(_("太小,最小是 %(bound)s。") % {"bound": column.minimum}, "")]
        if column.maximum is not None and value > column.maximum:
            return [(_("太大,最大是 %(bound)s。") % {"bound": column.maximum}, "")]
    return []
