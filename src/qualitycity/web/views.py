"""The pages that belong to no room: the public front, the landing desk of each post, language, health, day roots."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import Actor, current_actor
from qualitycity.kernel.access.posts import POSTS, Post
from qualitycity.kernel.access.routes import PUBLIC, SIGNED_IN, page
from qualitycity.kernel.acts.models import DayRoot
from qualitycity.kernel.deadlines.models import Deadline
from qualitycity.kernel.disclosure.kinds import public_kinds
from qualitycity.kernel.disclosure.queries import newest
from qualitycity.kernel.search import search
from qualitycity.kernel.todo.models import Item
from qualitycity.kernel.todo.queries import box
from qualitycity.kernel.ui.desk import Place, menu, panels_for


@page(PUBLIC)
def front(request: HttpRequest) -> HttpResponse:
    """The public front page: what was published last, and how to check it."""
    context = {"newest": newest(), "kinds": public_kinds().values(), "demo": settings.CITY_DEMO}
    return render(request, "web/front.html", context)


@page(SIGNED_IN)
def home(request: HttpRequest) -> HttpResponse:
    """The landing page of the account's own first post (journeys.md 0.4)."""
    post = _first_post()
    if post is not None and post.front == "lab":
        return redirect("lab-home")
    return render(request, "ui/home.html", _landing(post))


@page(SIGNED_IN)
def lab_home(request: HttpRequest) -> HttpResponse:
    """The landing page of the laboratory's world."""
    return render(request, "ui/home.html", _landing(_first_post(), lab=True))


def _first_post() -> Post | None:
    actor = current_actor()
    return next((post for code, post in POSTS.items() if code in (actor.own_posts or actor.posts)), None)


def _landing(post: Post | None, lab: bool = False) -> dict[str, Any]:
    actor = current_actor()
    items = sorted(box(actor, "todo")[:60], key=lambda item: (item.text, -item.pk))
    due = _clocks(items)
    groups = [
        (text, [_line(item, due.get((item.subject_type, item.subject_id))) for item in rows])
        for text, rows in groupby(items, key=lambda item: item.words)
    ]
    panels = []
    for panel in panels_for(actor):
        panels.append(
            {
                "title": panel.title,
                "measures": list(panel.measures),
                "template": panel.template,
                "context": panel.context(actor) if panel.context else {},
            }
        )
    today = clock.today()
    weekday = [_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日")][today.weekday()]
    return {
        "title": post.landing if post else _("我的待办"),
        "greeting": _("%(name)s,今天是 %(day)s(%(weekday)s)")
        % {"name": actor.display, "day": today.isoformat(), "weekday": weekday},
        "todo_groups": groups,
        "panels": panels,
        "changes": [],
        "doors": _doors(actor, "lab" if lab else "desk"),
        "about": _LAB if lab else "",
    }


_LAB = gettext_lazy(
    "这里是实验室一侧:分给您的事会出现在上面的待办里。企业、抽样名单、抽样任务在这一侧读不到,检验人员因此不知道样品是谁的。"
)


def _doors(actor: Actor, door: str) -> list[tuple[Any, list[Place]]]:
    """What this person may open from the landing page: the menu in full, the public pages, the own account."""
    groups = [(group.title, group.places) for group in menu(actor, door)]
    public = [place for group in menu(actor, "public") for place in group.places]
    mine = [(_("帮助"), "ui-lab:help" if door == "lab" else "ui:help", "book"), (_("登录安全"), "mfa_index", "key")]
    own = [Place(title, reverse(name), icon, False) for title, name, icon in mine]
    return [*groups, (_("公众页面"), public), (_("我的账号"), own)]


def _clocks(items: list[Item]) -> dict[tuple[str, str], Deadline]:
    """The next running clock of each item's subject."""
    found: dict[tuple[str, str], Deadline] = {}
    running = Deadline.objects.filter(
        status=Deadline.Status.RUNNING, subject_id__in={item.subject_id for item in items}
    ).select_related("rule_version")
    for deadline in running.order_by("-due_date"):
        found[(deadline.subject_type, deadline.subject_id)] = deadline
    return found


def _line(item: Item, deadline: Deadline | None) -> dict[str, Any]:
    return {"title": item.title, "url": item.url, "note": item.number, "light": None, "due": deadline}


@page(SIGNED_IN)
def find(request: HttpRequest) -> HttpResponse:
    """One search over firms, cases, tasks and papers."""
    text = request.GET.get("q", "")
    return render(request, "web/search.html", {"q": text, "found": search(text, current_actor()), "title": _("搜索")})


@page(PUBLIC)
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Switch the language of the interface; a year's cookie, no account needed."""
    chosen = request.POST.get("language", "")
    back = request.POST.get("next") or "/"
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = HttpResponseRedirect(back)
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, chosen, max_age=365 * 86400, samesite="Lax", secure=settings.SECURE
        )
    return response


@page(PUBLIC)
def witness(request: HttpRequest) -> HttpResponse:
    """The short address that stands on a witness's card."""
    return redirect("sampling-witness:sign-in")


@page(PUBLIC)
def health(request: HttpRequest) -> JsonResponse:
    """Whether the application reaches its database, as the visitor it is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return JsonResponse({"ok": True, "role": cursor.fetchone()[0]})


@page(PUBLIC)
def roots(request: HttpRequest) -> HttpResponse:
    """The published day roots of 办理记录."""
    published = list(DayRoot.objects.all()[:400])
    context = {"roots": published, "sm3": any(root.sm3 for root in published), "source": _("办理记录日根")}
    return render(request, "web/roots.html", context)
