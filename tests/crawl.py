"""Walk through the application as one account: every address a link leads to, a few of each kind of page.

A kind is the route, the tab, and the state of the record shown. The walk goes by Django's test client, so that hundreds
of pages take seconds; what needs a browser opens the addresses found.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

from django.apps import apps
from django.db import models
from django.test import Client
from django.urls import Resolver404, resolve
from lxml import html

import qualitycity
from qualitycity.cli.catalogues import read, sources

LOGINS = (
    "leader", "coord", "section", "host", "dept_x", "s03", "keeper", "tech1", "labm", "ent10", "town_e", "town_w",
    "asr1", "c1", "auditor", "admin", "security", "",
)  # fmt: skip
EACH = 4  # addresses of one route and tab
BACKEND = "django.contrib.auth.backends.ModelBackend"
NOT_PAGES = ("/static/", "/accounts/logout/", "/accounts/2fa/recovery-codes/download")
SOURCE = Path(qualitycity.__file__).parent
TEXTS = (models.CharField, models.TextField, models.JSONField)
CHINESE = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True)
class Page:
    """What an address answered to an account."""

    login: str
    address: str
    kind: tuple[str, ...]
    status: int
    mime: str
    content: bytes

    @property
    def tree(self) -> Any:
        """The page as a tree; None for what is no HTML."""
        return html.fromstring(self.content.decode()) if self.mime.startswith("text/html") else None


def client(login: str, language: str = "zh-hans") -> Client:
    """A signed-in client (nobody for an empty login) that reads in a language and meets errors as pages."""
    from qualitycity.kernel.access.models import Account

    found = Client(raise_request_exception=False)
    if login:
        found.force_login(Account.objects.get(username=login), backend=BACKEND)
    found.cookies["django_language"] = language
    return found


def walk(login: str, language: str = "zh-hans", each: int = EACH, whole: bool = True) -> Iterator[Page]:
    """Every kind of page that links lead to from the account's first page; at most `each` addresses a route and tab.

    Not `whole`: without the addresses that only sort, filter or export what another shows.
    """
    asked = client(login, language)
    waiting, known, taken = ["/desk/" if login else "/"], set(), Counter()
    while waiting:
        address = waiting.pop(0)
        route = _route(address)
        if address in known or taken[route] >= each or not (whole or _plain(address)):
            continue
        known.add(address)
        taken[route] += 1
        answer = asked.get(address)
        if answer.status_code in (301, 302):
            waiting.insert(0, urljoin(address, answer.url))
            continue
        record = answer.context.get("record") if answer.context else None
        kind = (*route, str(getattr(record, "state", "") or ""))
        content = b"" if answer.streaming else answer.content
        page = Page(login, address, kind, answer.status_code, answer.headers.get("Content-Type", ""), content)
        yield page
        if answer.status_code == 200 and page.tree is not None:
            waiting += links(page)


def links(page: Page) -> list[str]:
    """Where the links of a page lead, as addresses of this site."""
    found = []
    for target in page.tree.xpath("//a/@href"):
        address = urljoin(page.address, str(target)).partition("#")[0]
        if address.startswith("/") and not address.startswith(NOT_PAGES):
            found.append(address)
    return found


def written_faults(page: Page, language: str = "zh-hans") -> list[str]:
    """What can be seen in the text of a page alone (journeys.md 0.2): language, headings, marks, foreign addresses."""
    tree, faults = page.tree, []
    if not tree.get("lang", "").lower().startswith(language[:2]):
        faults.append(f"lang={tree.get('lang')}")
    if not tree.findtext(".//title", "").strip(" ·"):
        faults.append("no title")
    levels = [int(heading.tag[1]) for heading in tree.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    if levels.count(1) != 1:
        faults.append(f"{levels.count(1)} first headings")
    faults += [f"heading {here} after {before}" for before, here in pairwise(levels) if here > before + 1]
    ids = Counter(tree.xpath("//@id"))
    faults += [f"id {name} ×{count}" for name, count in ids.items() if count > 1]
    for mark in tree.xpath(
        "//*[contains(concat(' ', @class, ' '), ' light ')] | //span[starts-with(@class, 'state ')]"
    ):
        text = mark.text_content().strip()
        if not re.search(r"[●▲■◆○◔◑✓✕‖]", text) or not re.search(r"\w", text):
            faults.append(f"a mark without shape or word: {text!r}")
    targets = tree.xpath("//@href | //@src | //@action")
    return faults + [f"foreign {target}" for target in targets if urlsplit(str(target)).netloc]


def _plain(address: str) -> bool:
    return set(parse_qs(urlsplit(address).query)) <= {"tab"}


def _route(address: str) -> tuple[str, ...]:
    """The kind of an address before it is asked."""
    parts = urlsplit(address)
    try:
        match = resolve(parts.path)
    except Resolver404:
        return (parts.path, "nowhere")
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    named = [str(value) for value in match.kwargs.values() if isinstance(value, str)] if "sort" in query else []
    beside = [f"{name}={query[name]}" for name in ("tab", "sort", "export") if name in query]
    if set(query) - {"tab", "sort", "export"}:
        beside.append("filtered")
    return (match.route, *named, *beside)


def chinese_data() -> list[str]:
    """Every Chinese text that people or official sources put into the database, longest first.

    Words the application wrote itself (to-dos, lines of 办理记录, what was looked at) are none of it.
    """
    ours = {("todo", "text"), ("todo", "number"), ("access", "what"), ("disclosure", "payload")}
    found: set[str] = set()
    for model in apps.get_models():
        label = model._meta.app_label
        if not model.__module__.startswith("qualitycity.") or label == "acts":
            continue
        for field in model._meta.concrete_fields:
            if isinstance(field, TEXTS) and (label, field.name) not in ours:
                for value in model._base_manager.values_list(field.name, flat=True).distinct():
                    found |= {text for text in _leaves(value) if CHINESE.search(text)}
    return sorted(found | _deliberate(), key=len, reverse=True)


def _leaves(value: Any) -> set[str]:
    """The texts in a value, which may be a table of tables."""
    if isinstance(value, dict):
        return set().union(*(_leaves(item) for item in value.values()))
    if isinstance(value, list | tuple):
        return set().union(*(_leaves(item) for item in value))
    return {value, value.strip()} if isinstance(value, str) and value else set()


def _deliberate() -> set[str]:
    """English texts that name something in Chinese on purpose: «e.g. 1,800(万元人民币)»."""
    messages = [message for path in sources(SOURCE) for message in read(path)]
    texts = [
        text
        for message in messages
        for text in ([message.string] if isinstance(message.string, str) else message.string)
    ]
    return {text for text in texts if text and CHINESE.search(text)}


def chinese_left(page: Page, data: list[str]) -> list[str]:
    """Texts of a page in English that still hold Chinese of the interface."""
    left = []
    for text in _texts(page.tree):
        rest = text
        for value in data:
            if not CHINESE.search(rest):
                break
            rest = rest.replace(value, "")
        if CHINESE.search(rest):
            left.append(text if rest == text else f"{text} ⇒ {rest}")
    return left


def _texts(tree: Any) -> Iterator[str]:
    """What a reader sees or hears: text and speaking attributes, but for what is typed and what is marked Chinese."""
    spoken = ("alt", "title", "placeholder", "aria-label", "label")
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag in ("script", "style", "textarea"):
            continue
        if any(str(parent.get("lang", "")).startswith("zh") for parent in (element, *element.iterancestors())):
            continue
        words = [element.text, *(child.tail for child in element)]
        words += [value for name, value in element.attrib.items() if name in spoken or name.startswith("data-")]
        for text in words:
            if text and CHINESE.search(text):
                yield " ".join(text.split())
