"""Lists: filters in the address, sort, columns, pages, export. A room's list is a table of columns and of filters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urljoin

from django import forms
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from qualitycity.kernel.access.routes import may_open

from . import cells
from .forms import Form

PER_PAGE = (20, 50, 100)


@dataclass(frozen=True)
class Column:
    """One column. `key` walks attributes, dict keys and relations («region__name»); `value(row)` overrides it.

    kind: text code number date datetime flag state light link. `sort` is the ORM path (default: the key), or False.
    """

    key: str
    title: Any
    kind: str = "text"
    value: Callable[[Any], Any] | None = None
    sort: bool | str = True
    link: bool | Callable[[Any], str] = False
    hidden: bool = False
    unit: Any = ""
    wrap: bool = False

    def raw(self, row: Any) -> Any:
        """What stands in this column of a row, before it is dressed for the page."""
        if self.value is not None:
            return self.value(row)
        for part in self.key.split("__"):
            row = row.get(part) if isinstance(row, dict) else getattr(row, part, None)
            if row is None:
                return None
        return row() if callable(row) else row

    def html(self, row: Any) -> Any:
        """The cell as the page shows it."""
        if self.kind == "state" and self.value is None:
            return cells.state(row)
        return cells.value("text" if self.kind == "state" else self.kind, self.raw(row))

    def text(self, row: Any) -> Any:
        """The cell as a workbook takes it: dates and numbers stay what they are, words become words."""
        if self.kind == "state" and self.value is None:
            item = row.WORKFLOW.states.get(row.state)
            return str(item.title) if item else row.state
        raw = self.raw(row)
        if self.kind == "light":
            return str(cells.as_light(raw).word)
        if self.kind == "flag":
            return cells.value("flag", raw)
        return raw if raw is None or self.kind in ("number", "date", "datetime") else str(raw)

    def url(self, row: Any) -> str:
        """Where the cell leads, or nothing."""
        if callable(self.link):
            return self.link(row)
        return row.get_absolute_url() if self.link else ""


@dataclass(frozen=True)
class Filter:
    """One filter. kind: text, select (when there are choices), date, month, number, flag.

    `lookup` is an ORM lookup or several of which one must hold (default: the name); `apply(rows, value)` is a rule of
    its own and the only way for lists that are no querysets. `choices` is a list of pairs or a callable giving one.
    """

    name: str
    title: Any
    kind: str = ""
    choices: Iterable[tuple[Any, Any]] | Callable[[], Iterable[tuple[Any, Any]]] | None = None
    lookup: str | tuple[str, ...] = ""
    apply: Callable[[Any, Any], Any] | None = None
    hint: Any = ""

    def form_field(self) -> forms.Field:
        """The form field that checks and draws this filter."""
        options: dict[str, Any] = {"label": self.title, "required": False}
        if self.choices is not None:
            choices = self.choices() if callable(self.choices) else self.choices
            return forms.ChoiceField(choices=[("", _("全部")), *choices], **options)
        if self.kind == "flag":
            return forms.BooleanField(**options)
        if self.kind == "date":
            return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **options)
        if self.kind == "number":
            return forms.DecimalField(**options)
        widget = forms.TextInput(
            attrs={"type": "month" if self.kind == "month" else "search", "placeholder": self.hint}
        )
        return forms.CharField(widget=widget, max_length=80, **options)

    def narrow(self, rows: Any, value: Any) -> Any:
        """`rows` that pass this filter at `value`."""
        if self.apply is not None:
            return self.apply(rows, value)
        lookups = (self.lookup,) if isinstance(self.lookup, str) else self.lookup
        wanted = Q()
        for lookup in lookups:
            wanted |= Q(**{lookup or self.name: value})
        return rows.filter(wanted)


@dataclass(frozen=True)
class Head:
    """A column heading: the column, where a click on it leads, and how it is sorted now (aria-sort)."""

    column: Column
    url: str
    direction: str


@dataclass(frozen=True)
class Cell:
    """One cell of a row on the page."""

    column: Column
    html: Any
    url: str


@dataclass
class Listing:
    """A list page: what the request asks of `rows`. Everything it shows is read from and kept in the address."""

    request: HttpRequest
    rows: Any
    columns: Sequence[Column]
    filters: Sequence[Filter] = ()
    order: str = ""
    export_name: str = ""
    empty: Any = ""
    per_page: int = PER_PAGE[0]
    prefix: str = ""
    batch: Sequence[Any] = field(default=(), init=False)

    @cached_property
    def form(self) -> Form:
        """The filters as a bound form; its errors stand beside the filter at fault."""
        fields = {self.prefix + item.name: item.form_field() for item in self.filters}
        return type("FilterForm", (Form,), fields)(self.request.GET, auto_id="filter_%s")

    @cached_property
    def values(self) -> dict[str, Any]:
        """Filters in use: name → value as Python sees it; those that could not be read are left out."""
        self.form.is_valid()
        cleaned = {name[len(self.prefix) :]: value for name, value in self.form.cleaned_data.items()}
        return {name: value for name, value in cleaned.items() if value not in (None, "", False)}

    @cached_property
    def found(self) -> Any:
        """All rows that pass the filters, sorted; a queryset if a queryset came in."""
        rows = self.rows
        for item in self.filters:
            if item.name in self.values:
                rows = item.narrow(rows, self.values[item.name])
        return self._sorted(rows)

    def _sorted(self, rows: Any) -> Any:
        wanted = self.sort.lstrip("-")
        path = self._sort_path(next((c for c in self.columns if c.key == wanted), None)) if wanted else ""
        path = path or (wanted if isinstance(rows, QuerySet) else "")
        if isinstance(rows, QuerySet):
            sign = "-" if self.sort.startswith("-") else ""
            return rows.order_by(sign + path, "-pk") if path else rows if rows.ordered else rows.order_by("-pk")
        column = next((c for c in self.columns if c.key == wanted), None)
        if column is None:
            return list(rows)
        # what is missing goes last in either direction
        there = [row for row in rows if column.raw(row) is not None]
        gone = [row for row in rows if column.raw(row) is None]
        return sorted(there, key=column.raw, reverse=self.sort.startswith("-")) + gone

    def _sort_path(self, column: Column | None) -> str:
        """The ORM path by which a column sorts, or nothing where it cannot."""
        if column is None or column.sort is False:
            return ""
        if isinstance(column.sort, str):
            return column.sort
        if column.value is not None and isinstance(self.rows, QuerySet):
            return ""
        if not isinstance(self.rows, QuerySet):
            return column.key
        if column.key in self.rows.query.annotations or _is_path(self.rows.model, column.key):
            return column.key
        return ""

    @cached_property
    def sort(self) -> str:
        """The sort in force, «-key» for descending; one asked for that no column offers is ignored."""
        asked = self.request.GET.get(self.prefix + "sort", "")
        keys = {column.key for column in self.columns if self._sort_path(column)}
        return asked if asked.lstrip("-") in keys else self.order

    @cached_property
    def shown(self) -> list[Column]:
        """The columns on the page: those chosen in the address, else all that are not hidden."""
        chosen = self.request.GET.getlist(self.prefix + "cols")
        keys = {key for part in chosen for key in part.split(",")}
        return [c for c in self.columns if c.key in keys] or [c for c in self.columns if not c.hidden]

    @cached_property
    def per(self) -> int:
        """Rows a page."""
        asked = self.request.GET.get(self.prefix + "per", "")
        return int(asked) if asked in {str(n) for n in PER_PAGE} else self.per_page

    @cached_property
    def page(self) -> Page:
        """The page asked for; one past the end is the last."""
        return Paginator(self.found, self.per).get_page(self.request.GET.get(self.prefix + "page"))

    @property
    def total(self) -> int:
        return self.page.paginator.count

    @property
    def pages(self) -> list[tuple[Any, str]]:
        """(number or «…», address) for the page bar."""
        bar = self.page.paginator.get_elided_page_range(self.page.number, on_each_side=2, on_ends=1)
        return [(n, self.url(page=n) if isinstance(n, int) else "") for n in bar]

    @property
    def heads(self) -> list[Head]:
        """Headings of the columns shown."""
        result = []
        for column in self.shown:
            direction = ""
            if self.sort.lstrip("-") == column.key:
                direction = "descending" if self.sort.startswith("-") else "ascending"
            turn = "-" + column.key if direction == "ascending" else column.key
            url = self.url(sort=turn, page=None) if self._sort_path(column) else ""
            result.append(Head(column, url, direction))
        return result

    @property
    def lines(self) -> list[tuple[Any, list[Cell]]]:
        """(row, its cells) for the rows of this page."""
        return [(row, [self._cell(c, row) for c in self.shown]) for row in self.page]

    def _cell(self, column: Column, row: Any) -> Cell:
        """A cell leads only where the actor may go; a cell that is nothing but a link is then empty."""
        url = column.url(row)
        if url and not may_open(urljoin(self.request.path, url)):
            return Cell(column, "" if column.kind == "link" else column.html(row), "")
        return Cell(column, column.html(row), url)

    @property
    def in_use(self) -> list[tuple[Any, str, str]]:
        """Filters in use as (title, value in words, address without it)."""
        result = []
        for item in self.filters:
            if item.name in self.values:
                shown = self.words(item, self.values[item.name])
                result.append((item.title, shown, self.url(**{item.name: None, "page": None})))
        return result

    def words(self, item: Filter, value: Any) -> str:
        """The value of a filter in words."""
        choices = getattr(self.form.fields[self.prefix + item.name], "choices", None)
        if choices:
            return str(dict(choices).get(value, value))
        if value is True:
            return _("是")
        return value.isoformat() if isinstance(value, date) else str(value)

    def url(self, **changes: Any) -> str:
        """This address with some parameters changed (None removes one)."""
        query = self.request.GET.copy()
        for name, value in changes.items():
            query.pop(self.prefix + name, None)
            if value is not None:
                query[self.prefix + name] = str(value)
        query.pop("export", None)
        return "?" + query.urlencode()

    def carried(self, *without: str) -> list[tuple[str, str]]:
        """Parameters of this address that a small form must carry along, but for its own."""
        own = {self.prefix + name for name in without} | {self.prefix + "page", "export"}
        return [(name, value) for name, values in self.request.GET.lists() if name not in own for value in values]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the filter form carries along."""
        return self.carried(*(item.name for item in self.filters))

    @property
    def kept_for_columns(self) -> list[tuple[str, str]]:
        """What the column chooser carries along."""
        return self.carried("cols")

    @property
    def kept_for_per(self) -> list[tuple[str, str]]:
        """What the choice of rows a page carries along."""
        return self.carried("per")

    @property
    def per_choices(self) -> tuple[int, ...]:
        return PER_PAGE

    @property
    def export_url(self) -> str:
        """The address of the workbook of this list as filtered and sorted."""
        return self.url(page=None) + "&export=xlsx"

    @property
    def previous_url(self) -> str:
        return self.url(page=self.page.previous_page_number())

    @property
    def next_url(self) -> str:
        return self.url(page=self.page.next_page_number())

    @property
    def clear_url(self) -> str:
        """The address without any filter."""
        return self.url(**{item.name: None for item in self.filters}, page=None)

    def selected(self) -> QuerySet:
        """The rows ticked in a posted batch, of those this list may show at all."""
        key = self.rows.model._meta.pk
        wanted = []
        for text in self.request.POST.getlist("ids"):
            with suppress(ValidationError):
                wanted.append(key.to_python(text))
        return self.rows.filter(pk__in=wanted)

    def export(self) -> tuple[list[tuple[str, Any]], Iterable[list[Any]], dict[str, str]]:
        """(columns as (key, title), rows of values, filters in words) of all rows found, for a workbook."""
        titles = [(c.key, f"{c.title}({c.unit})" if c.unit else c.title) for c in self.shown]
        found = self.found.iterator(chunk_size=2000) if isinstance(self.found, QuerySet) else self.found
        rows = ([c.text(row) for c in self.shown] for row in found)
        return titles, rows, {str(title): shown for title, shown, _url in self.in_use}


def _is_path(model: type[Model], key: str) -> bool:
    """Whether every part of «region__name» is a field of the model it is asked of (a property cannot be sorted by)."""
    found: Any = model
    for part in key.split("__"):
        try:
            found = found._meta.get_field(part).related_model
        except (FieldDoesNotExist, AttributeError):
            return False
    return True
