"""Pages of access: accounts and posts, who looked."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.ui.forms import Form
from qualitycity.kernel.ui.listing import Column, Filter, Listing
from qualitycity.kernel.ui.pages import act_page, create_page, list_page, record_page
from qualitycity.kernel.words import translated

from . import services
from .actor import current_actor
from .models import Account, Appointment, Region, Unit, ViewLog
from .posts import POSTS
from .routes import page
from .viewlog import views_shown_to


class AccountForm(Form):
    """A new account."""

    username = forms.SlugField(label=_("登录名"), max_length=40, help_text=_("小写字母、数字,如 zhang_w"))
    display_name = forms.CharField(label=_("姓名"), max_length=60)
    phone = forms.CharField(label=_("手机号"), max_length=20, required=False, help_text=_("加密保存,页面上只显示头尾"))
    password = forms.CharField(
        label=_("初始密码"),
        min_length=10,
        widget=forms.PasswordInput,
        help_text=_("不少于 10 位;本人首次登录后自行修改"),
    )
    private = ("password", "phone")


class AppointForm(Form):
    """A post in a unit."""

    post = forms.ChoiceField(label=_("岗位"), choices=lambda: [(code, post.title) for code, post in POSTS.items()])
    unit = forms.ModelChoiceField(Unit.objects.filter(active=True), label=_("单位"))
    region = forms.ModelChoiceField(
        Region.objects.all(), label=_("管辖区划"), required=False, help_text=_("不填则为单位所在区划")
    )
    since = forms.DateField(label=_("自"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("至(含)"), required=False, widget=forms.DateInput(attrs={"type": "date"}))


@page("access.account.view")
def accounts(request: HttpRequest) -> HttpResponse:
    """All accounts with their posts."""
    listing = Listing(
        request,
        Account.objects.prefetch_related("appointments__unit"),
        columns=[
            Column("username", _("登录名"), kind="code", link=True),
            Column("display_name", _("姓名")),
            Column("posts", _("岗位"), value=_posts, sort=False, wrap=True),
            Column("state", _("状态"), kind="state"),
            Column("last_login", _("最近登录"), kind="datetime", hidden=True),
        ],
        filters=[
            Filter("q", _("关键词"), lookup=("username__icontains", "display_name__icontains")),
            Filter(
                "post",
                _("岗位"),
                choices=lambda: [(code, post.title) for code, post in POSTS.items()],
                lookup="appointments__post",
            ),
        ],
        order="username",
        export_name="accounts",
        empty=_("还没有账号。"),
    )
    return list_page(request, listing, title=_("账号与岗位"), template="access/accounts.html")


def _posts(account: Account) -> str:
    return "、".join(f"{POSTS[row.post].title}({row.unit})" for row in account.appointments.all() if row.until is None)


@page("access.account.view")
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: posts held and held before, record of changes."""
    found = get_object_or_404(Account, pk=pk)
    rows = [(row, POSTS[row.post].title) for row in found.appointments.select_related("unit", "region")]
    tabs = [("overview", _("概况")), ("history", _("办理记录"))]
    return record_page(request, found, template="access/account.html", tabs=tabs, appointments=rows)


@page("access.account.edit")
def account_new(request: HttpRequest) -> HttpResponse:
    """Make an account."""
    return create_page(request, services.register_account, form=AccountForm, title=_("新建账号"))


@page("access.account.edit")
def account_appoint(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a post."""
    return act_page(request, get_object_or_404(Account, pk=pk), services.appoint, form=AppointForm)


@page("access.account.edit")
def account_relieve(request: HttpRequest, pk: int) -> HttpResponse:
    """End a post."""
    found = get_object_or_404(Account, pk=pk)

    class RelieveForm(Form):
        appointment = forms.ModelChoiceField(
            Appointment.objects.filter(account=found, until__isnull=True), label=_("结束的岗位")
        )

    return act_page(request, found, services.relieve, form=RelieveForm)


@page("access.account.reset")
def account_reset(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove the second factor of somebody who lost it."""
    return act_page(request, get_object_or_404(Account, pk=pk), services.reset_second_factor)


@page("access.account.erase")
def account_erase(request: HttpRequest, pk: int) -> HttpResponse:
    """Erase a person."""
    return act_page(request, get_object_or_404(Account, pk=pk), services.erase)


@page("access.personal.unmask")
def account_unmask(request: HttpRequest, pk: int) -> HttpResponse:
    """See a personal field in full, with a reason that stays."""

    class UnmaskForm(Form):
        name = forms.ChoiceField(label=_("信息"), choices=[("phone", _("手机号")), ("id_number", _("证件号"))])

    found = get_object_or_404(Account, pk=pk)
    return act_page(request, found, services.unmask, form=UnmaskForm)


@page("access.viewlog.view")
def looks(request: HttpRequest) -> HttpResponse:
    """Who looked at what."""
    return _looks(request, ViewLog.objects.all(), _("谁看过"))


@page("access.viewlog.mine")
def looks_at_me(request: HttpRequest) -> HttpResponse:
    """「谁看过我」: who looked at what concerns the own firm, by post and unit; nothing that tells of a sealed draw."""
    unit = Unit.objects.filter(pk=current_actor().unit_id or 0).first()
    return _looks(request, views_shown_to(unit.uscc if unit and unit.uscc else "-"), _("谁看过我"))


def _looks(request: HttpRequest, rows: object, title: object) -> HttpResponse:
    listing = Listing(
        request,
        rows,
        columns=[
            Column("at", _("时间"), kind="datetime"),
            Column("unit", _("单位")),
            Column("post", _("岗位"), value=lambda row: translated(row.post), sort="post"),
            Column("what", _("看了什么"), value=lambda row: translated(row.what), sort="what", wrap=True),
            Column("about", _("涉及"), kind="code"),
            Column("actor_ref", _("人员编号"), kind="code", hidden=True),
        ],
        filters=[
            Filter("q", _("关键词"), lookup=("what__icontains", "about__startswith", "unit__icontains")),
            Filter("since", _("不早于"), kind="date", lookup="at__date__gte"),
        ],
        order="-at",
        export_name="looks",
        empty=_("没有查阅记录。"),
    )
    return list_page(request, listing, title=title)
