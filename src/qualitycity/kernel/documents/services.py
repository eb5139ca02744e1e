"""Issuing papers, giving numbers, taking papers back."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.db import connection, models
from django.urls import reverse
from django.utils.translation import override

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import current_actor
from qualitycity.kernel.acts.engine import act, given_reason, note, under_way
from qualitycity.kernel.acts.queries import key
from qualitycity.kernel.evidence.services import store
from qualitycity.kernel.rulebook import rule

from .codes import new_code
from .content import Content, content, date_words
from .kinds import PaperKind, paper_kinds
from .models import Paper
from .pdf import qr, render
from .workflow import PAPER


def issue(
    kind: str,
    subject: models.Model,
    context: Mapping[str, Any],
    *,
    number: str | None = None,
    replaces: Paper | None = None,
) -> Paper:
    """Issue a paper about a case; only inside an act, with which it stands or falls.

    `kind`: code of a declared `PaperKind`. `context`: see docs/reference/documents.md. `number`: given by the caller
    instead of the kind's series. `replaces`: the paper that is superseded by this one.
    The line of the act names the paper's code, number and digest.
    """
    if not under_way():
        raise RuntimeError("issue() outside an act")
    declared = paper_kinds()[kind]
    actor = current_actor()
    with override("zh-hans"):  # papers are official: Chinese whatever the screen shows
        title = str(declared.title)
        said = content(context, title=title, issuer=actor.unit_name, date=clock.today())
        if number is None:
            number = next_number(declared.series, year=said.date.year) if declared.series else ""
        code = new_code()
        data = print_data(declared, said, code=code, number=number)
        stored = store(render(declared, data), accepts=["document"])
    paper = Paper.objects.create(
        code=code,
        kind=kind,
        kind_title=title,
        title=said.title[:200],
        number=number,
        **key(subject),
        region_path=getattr(subject, "region_path", "") or "",
        file=stored,
        data=data,
        issuer=said.issuer,
        issued_on=said.date,
        issued_at=clock.real_now(),
        issued_by=actor.ref,
    )
    note(paper=code, paper_sha256=stored.sha256, **({"paper_number": number} if number else {}))
    if replaces is not None:
        supersede_paper(replaces, by=paper)
    return paper


def print_data(kind: PaperKind, said: Content, *, code: str, number: str) -> dict[str, Any]:
    """All that a template reads: content, code, number, layout, and the fixed words of the layout."""
    url = settings.CITY_URL.rstrip("/") + reverse("documents-public:code", args=[code])
    plain = asdict(said)
    extra = plain.pop("extra")
    return {
        **extra,
        **plain,
        "date": said.date.isoformat(),
        "date_text": date_words(said.date),
        "code": code,
        "number": number,
        "verify_url": url,
        "qr": qr(url),
        "layout": kind.layout,
        "red_head": kind.red_head,
        "landscape": kind.landscape,
        "copies": [str(name) for name in kind.copies],
        "missing": "",
        "labels": {
            "code": "校验码",
            "page": "第 {x} 页 共 {y} 页",
            "attachments": "附件：",
            "copy_to": "抄送：",
            "verify": "扫码,或在下列网址输入校验码,可核对本件的真伪与效力。",
        },
    }


def next_number(series: str, year: int | None = None) -> str:
    """The next number of a series in a year, in the form the rule of that id gives; only inside an act.

    Gapless: the counter's row is locked until the act's transaction ends, and falls back with it. ValueError when the
    form holds anything but `{year}` and `{n}`.
    """
    if not under_way():
        raise RuntimeError("next_number() outside an act")
    form = str(rule(series).value)
    fields = {name for _text, name, _spec, _conversion in string.Formatter().parse(form) if name is not None}
    if "n" not in fields or fields - {"n", "year"}:
        raise ValueError(f"the number form of {series}, «{form}», takes {{n}} and {{year}} only")
    year = year or clock.today().year
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO documents_numberseries AS held (series, year, last) VALUES (%s, %s, 1) "
            "ON CONFLICT (series, year) DO UPDATE SET last = held.last + 1 RETURNING last",
            [series, year],
        )
        return form.format(n=cursor.fetchone()[0], year=year)


@act(PAPER, "supersede")
def supersede_paper(paper: Paper, *, by: Paper) -> None:
    """Mark a paper as replaced by another; done by `issue(replaces=…)`."""
    paper.replaced_by, paper.state_since = by, clock.today()
    note(replaced_by=by.code)


@act(PAPER, "withdraw")
def withdraw_paper(paper: Paper) -> None:
    """Withdraw a paper; its public page says so, and why, from then on. `reason=` is asked by the move."""
    paper.state_reason, paper.state_since = given_reason()[:500], clock.today()
    note(paper=paper.code)
