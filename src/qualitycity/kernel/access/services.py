"""Acts of access: accounts, posts, deputies, unmasking, erasure."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from qualitycity.kernel import clock
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.acts.engine import act, note

from . import personal
from .actor import current_actor
from .models import Account, Appointment, Delegation, PersonalRecord, Region, Unit
from .posts import POSTS
from .workflow import ACCOUNT, DELEGATION, REGION, UNIT


@act(REGION, "list")
def list_region(
    *,
    code: str,
    name: str,
    kind: str,
    parent: Region | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
    note_text: str = "",
) -> Region:
    """Enter a division into the list; its path is the parent's with the code."""
    if Region.objects.filter(code=code).exists():
        raise Refused(_("区划代码 %(code)s 已在册。") % {"code": code}, field="code")
    note(code=code, name=name)
    return Region.objects.create(
        code=code,
        name=name,
        kind=kind,
        parent=parent,
        path=f"{parent.path}/{code}" if parent else code,
        valid_from=valid_from,
        valid_to=valid_to,
        note=note_text,
    )


@act(REGION, "succeed")
def succeed_region(region: Region, *, successor: Region, on: date) -> None:
    """Say that a division was merged into or renamed to another on a day; records of before keep the old one."""
    region.successor, region.valid_to = successor, on
    note(successor=successor.code, on=on.isoformat())


@act(UNIT, "list")
def list_unit(
    *, code: str, name: str, kind: str, region: Region, parent: Unit | None = None, uscc: str = "", order: int = 1000
) -> Unit:
    """Enter a unit into the list."""
    if Unit.objects.filter(code=code).exists():
        raise Refused(_("单位代码 %(code)s 已在册。") % {"code": code}, field="code")
    note(code=code, name=name)
    return Unit.objects.create(
        code=code, name=name, kind=kind, region=region, parent=parent, uscc=uscc, protocol_order=order
    )


@act(UNIT, "rename")
def rename_unit(unit: Unit, *, name: str) -> None:
    """Give a unit its new name."""
    note(before=unit.name, after=name)
    unit.name = name


@act(ACCOUNT, "register")
def register_account(
    *,
    username: str,
    display_name: str,
    password: str | None = None,
    hashed: str = "",
    phone: str = "",
    demo: bool = False,
) -> Account:
    """Make an account. `hashed` takes a ready hash (many demonstration accounts share one)."""
    if Account.objects.filter(username=username).exists():
        raise Refused(_("登录名已被使用。"), field="username")
    account = Account(username=username, display_name=display_name, is_demo=demo)
    if hashed:
        account.password = hashed
    else:
        account.set_password(password)
    account.save()
    if phone:
        personal.put(account.ref, phone=phone)
    note(username=username)
    return account


@act(ACCOUNT, "appoint")
def appoint(
    account: Account,
    *,
    post: str,
    unit: Unit,
    region: Region | None = None,
    since: date | None = None,
    until: date | None = None,
) -> Appointment:
    """Give an account a post in a unit; the database refuses two posts that exclude each other."""
    if post not in POSTS:
        raise Refused(_("没有这个岗位。"), field="post")
    since = since or clock.today()
    if until is not None and until < since:
        raise Refused(_("结束日期早于开始日期。"), field="until")
    try:
        with transaction.atomic():
            row = Appointment.objects.create(
                account=account, post=post, unit=unit, region=region or unit.region, since=since, until=until
            )
    except IntegrityError as error:
        raise Refused(
            _("该岗位与此人现有岗位不相容:%(why)s") % {"why": str(error).splitlines()[0]}, field="post"
        ) from error
    note(post=post, unit=unit.code)
    return row


@act(ACCOUNT, "relieve")
def relieve(account: Account, *, appointment: Appointment) -> None:
    """End a post as of today."""
    appointment.until = clock.today()
    appointment.save(update_fields=["until"])
    note(post=appointment.post, unit=appointment.unit.code)


@act(ACCOUNT, "unmask")
def unmask(account: Account, *, name: str) -> str:
    """The full value of a personal field; the reason and the look stand in the record."""
    note(field=name)
    return personal.plain(account.ref, name)


@act(ACCOUNT, "reset_second_factor")
def reset_second_factor(account: Account) -> None:
    """Remove all second factors of an account, so that a new one can be enrolled at the next sign-in."""
    from allauth.mfa.models import Authenticator

    note(removed=Authenticator.objects.filter(user=account).delete()[0])


@act(ACCOUNT, "erase")
def erase(account: Account) -> None:
    """Destroy what is personal about somebody: name, sign-in, the key of phone and identity number."""
    account.display_name, account.email = "", ""
    account.username = f"erased-{account.ref}"
    account.is_active = False
    account.set_unusable_password()
    account.erased_at = timezone.now()
    PersonalRecord.objects.filter(ref=account.ref).update(
        wrapped_key="", phone="", id_number="", erased_at=account.erased_at
    )


@act(DELEGATION, "delegate")
def delegate(*, principal: Account, deputy: Account, since: date, until: date, reason_given: str) -> Delegation:
    """Let `deputy` act for `principal` from a day to a day; only for oneself."""
    actor = current_actor()
    if not actor.all_powerful and principal.pk != actor.account_id:
        raise Refused(_("只能委托本人的岗位。"), field="principal")
    if until < since:
        raise Refused(_("结束日期早于开始日期。"), field="until")
    if deputy.pk == principal.pk:
        raise Refused(_("不能委托给自己。"), field="deputy")
    if not deputies(principal).filter(pk=deputy.pk).exists():
        raise Refused(_("只能委托本单位的人;机关之间可以互相委托。"), field="deputy")
    _refuse_incompatible(principal, deputy)
    return Delegation.objects.create(principal=principal, deputy=deputy, since=since, until=until, reason=reason_given)


def deputies(principal: Account) -> QuerySet[Account]:
    """Who may stand in: people in office in the same unit, and among public offices those of the others too."""
    office = ("bureau", "section", "department", "town")
    today = clock.today()
    in_office = Q(since__lte=today) & (Q(until__isnull=True) | Q(until__gte=today))
    mine = principal.appointments.filter(in_office)
    where = Q(unit__in=mine.values("unit"))
    if mine.filter(unit__kind__in=office).exists():
        where |= Q(unit__kind__in=office)
    held = Appointment.objects.filter(in_office & where)
    return Account.objects.filter(is_active=True, pk__in=held.values("account")).exclude(pk=principal.pk)


@act(DELEGATION, "end")
def end_delegation(delegation: Delegation) -> None:
    """Take a delegation back."""
    if not current_actor().all_powerful and delegation.principal_id != current_actor().account_id:
        raise Refused(_("只能收回本人给出的委托。"))


def _refuse_incompatible(principal: Account, deputy: Account) -> None:
    """A deputy must not thereby hold two posts that exclude each other (separation survives absence)."""
    from .models import IncompatiblePosts

    theirs = set(deputy.appointments.filter(until__isnull=True).values_list("post", flat=True))
    mine = set(principal.appointments.filter(until__isnull=True).values_list("post", flat=True))
    for pair in IncompatiblePosts.objects.all():
        if (pair.first in mine and pair.second in theirs) or (pair.second in mine and pair.first in theirs):
            raise Refused(_("不能委托:%(reason)s。") % {"reason": pair.reason}, field="deputy")
