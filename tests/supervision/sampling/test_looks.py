"""「谁看过我」 tells a firm who looked at it, and does not tell it that it was drawn."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from qualitycity.kernel import clock
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.access.models import Account
from qualitycity.supervision.sampling import services
from qualitycity.supervision.sampling.models import Visit

from . import play

pytestmark = pytest.mark.django_db(transaction=True)
DRAWN, FILE = "查看未公开的抽中名单", "企业档案"


def read(login: str, path: str) -> str:
    client = Client()
    with role("desk"):
        account = Account.objects.get(username=login)
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_a_firm_does_not_learn_from_the_view_log_that_it_was_drawn(pack: None, as_login: Any) -> None:
    draw = play.publish(as_login, play.build(as_login))
    play.hold(as_login, play.first_round(draw))
    with role("desk"):
        firm = draw.frame.rows.get(uscc=play.firm(10)).enterprise
    read("section", f"/desk/sampling/draws/{draw.pk}/?tab=names")
    read("section", firm.get_absolute_url())
    assert DRAWN in read("auditor", "/desk/access/looks/")
    mine = read("ent10", "/desk/access/looks/me/")
    assert FILE in mine and DRAWN not in mine
    with clock.on(date(2027, 4, 8)), as_login("section"):
        for visit in Visit.objects.filter(drawn__round__draw=draw):
            services.record_sampled(visit)
    assert DRAWN in read("ent10", "/desk/access/looks/me/"), "once the names are public, the firm sees every look"
