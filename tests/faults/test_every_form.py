"""Every form of the desk, one field absurd at a time: too long, too large, negative, of no such day, of control signs.

A form may refuse or take it; it may not break. What breaks a form breaks it for the people who make a slip.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile

from qualitycity.kernel import clock
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.access.routes import PUBLIC, SIGNED_IN, routes
from qualitycity.registry import uscc
from tests.story.office import browser
from tests.supervision.sampling import play

pytestmark = pytest.mark.long

LOGINS = ("section", "admin", "security", "leader", "coord", "s01", "town_e")
TEXTS = ["示" * 5000, "9" * 30, "-1", "1e400", "a\x00b", "\u202e<script>😀", "'; --", "0"]
DAYS = ["0001-01-01", "9999-12-31", "2027-02-30", "+2027-04-07", "2027-04-07T25:00"]
PLAUSIBLE = {
    "code": uscc.make("91339999", "MAD90001"),
    "strata_text": "socks,袜子,,4,0",
    "cma_no": "1" * 12,
    "number": "GB/T 2660-2017",
    "username": "somebody",
    "ceremony_at": "2027-04-08T09:30",
}


def plausible(name: str, field: forms.Field) -> Any:
    """A value that a sensible person could type."""
    if isinstance(field, forms.FileField):
        return SimpleUploadedFile("表.csv", "企业名称,统一社会信用代码\n".encode())
    if isinstance(field, forms.ModelChoiceField):
        with role("desk"):
            first = field.queryset.first()
        return first.pk if first else ""
    if isinstance(field, forms.ChoiceField):
        choices = [value for value, title in field.choices if value not in ("", None) and not isinstance(title, list)]
        return choices[0] if choices else ""
    if isinstance(field, forms.BooleanField):
        return "on"
    if name in PLAUSIBLE:
        return PLAUSIBLE[name]
    if isinstance(field, forms.DateTimeField):
        return "2027-04-08T09:30"
    if isinstance(field, forms.DateField):
        return "2027-04-06"
    return "2" if isinstance(field, forms.IntegerField | forms.DecimalField) else "示例"


def absurd(field: forms.Field) -> list[Any]:
    """Values that nobody means."""
    if isinstance(field, forms.FileField):
        return [SimpleUploadedFile("x" * 300 + ".csv", b"\x00\x01"), SimpleUploadedFile("../../x", b"PK\x03\x04")]
    if isinstance(field, forms.DateField | forms.DateTimeField):
        return DAYS
    if isinstance(field, forms.ModelChoiceField):
        return ["0", "99999999999999999999", "x"]
    return TEXTS


def addresses() -> Iterator[tuple[str, str]]:
    """(address, duty) of every page at the desk, the first record standing for all."""
    for pattern, view in routes():
        duty = getattr(view, "duty", PUBLIC)
        path = "/" + re.sub(r"<int:\w+>", "1", pattern)
        if pattern.startswith("desk/") and "<" not in path and duty not in (PUBLIC, SIGNED_IN):
            yield path, duty


def test_no_absurd_value_breaks_a_form(pack: None, as_login: play.AsLogin, settings: Any, tmp_path: Any) -> None:
    settings.CITY_DATA = tmp_path
    play.build(as_login)
    clients = {login: browser(login) for login in LOGINS}
    for client in clients.values():
        client.raise_request_exception = False
    broken, tried = [], 0
    with clock.on(play.J2_DAY):
        for path, _duty in addresses():
            client, form = next(((c, f) for c in clients.values() if (f := form_of(c, path))), (None, None))
            if client is None or form is None:
                continue
            for name, field in form.fields.items():
                for value in absurd(field):
                    tried += 1
                    base = {other: plausible(other, its) for other, its in form.fields.items()}
                    answer = client.post(path, base | {name: value, "_step": "commit"})
                    if answer.status_code >= 500:
                        broken.append((path, name, str(value)[:20]))
    assert tried > 500
    assert not broken


def form_of(client: Any, path: str) -> Any:
    """The form of a page, where this person is shown one."""
    answer = client.get(path)
    assert answer.status_code < 500, path
    form = answer.context.get("form") if answer.status_code == 200 and answer.context is not None else None
    return form if getattr(form, "fields", None) else None


QUERIES = ["a\x00b", "9" * 30, "-1", "%", "_", "'", "示" * 3000, "__class__", "1e400", "2027-02-30", "[]", "\u202e"]
NAMES = (
    "q",
    "page",
    "sort",
    "order",
    "export",
    "state",
    "tab",
    "cols",
    "per_page",
    "category",
    "town",
    "least",
    "stamp",
    "code",
)


def test_no_absurd_query_breaks_a_page(pack: None, as_login: play.AsLogin) -> None:
    """Filters, pages, sorting and tabs stand in the address, where anybody may write anything; public pages too."""
    draw = play.publish(as_login, play.build(as_login))
    public = browser()
    public.raise_request_exception = False
    clients = [browser(login) for login in ("section", "admin")]
    for client in clients:
        client.raise_request_exception = False
    open_pages = [
        (public, path) for path in ("/", "/sampling/", f"/p/draw/{draw.slug}/", "/p/draw/", "/roots/", "/verify/x/")
    ]
    pages = [(c, path) for path, _duty in addresses() for c in clients if c.get(path).status_code == 200]
    broken = []
    for client, path in (*open_pages, *pages, (clients[0], "/desk/search/")):
        for value in QUERIES:
            answer = client.get(path, dict.fromkeys(NAMES, value))
            if answer.status_code >= 500:
                broken.append((path, value[:20]))
            for name in NAMES[:5] if value in QUERIES[:2] else ():
                if client.get(path, {name: value}).status_code >= 500:
                    broken.append((path, name, value[:20]))
    assert len(pages) > 40
    assert not broken
