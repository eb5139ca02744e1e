"""Retention of personal data: who left so long ago that the term of the rulebook is over."""

from __future__ import annotations

from datetime import date

from django.db.models import Max, Q
from django.utils.translation import gettext as _

from qualitycity.kernel.acts.engine import act
from qualitycity.kernel.clock.calendar import add_months
from qualitycity.kernel.rulebook import rule

from .models import Account
from .workflow import ACCOUNT

RULE = "retention.departed"


def due_for_erasure(day: date) -> list[Account]:
    """People without a running post whose last one ended exactly the retention term before `day`."""
    ended = add_months(day, -int(rule(RULE).amount))
    return list(
        Account.objects.filter(state="active")
        .exclude(appointments__until__isnull=True)
        .annotate(last=Max("appointments__until", filter=Q(appointments__until__isnull=False)))
        .filter(last=ended)
    )


@act(ACCOUNT, "fall_due")
def remind_of_erasure(account: Account) -> None:
    """Put the erasure of a person before the security administrator."""
    from qualitycity.kernel.todo.services import send

    send(account, _("个人信息保存期已满,应注销"), duty="access.account.erase")
