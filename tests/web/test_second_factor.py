"""Sign-in with a second factor, its loss, and the way back."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.management import CommandError, call_command
from django.test import Client

from qualitycity.demo.people import PASSWORD, demo_account, load_accounts, load_places
from qualitycity.kernel.access.actor import SYSTEM, acting
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.acts.queries import history

SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def people(db: None) -> None:
    with role("desk"), acting(SYSTEM):
        load_places()
        load_accounts()


def sign_in(client: Client) -> str:
    answer = client.post("/accounts/login/", {"login": "admin", "password": PASSWORD})
    return answer.url if answer.status_code == 302 else ""


def code() -> str:
    return format_hotp_value(hotp_value(SECRET, next(iter(yield_hotp_counters_from_time()))))


def test_with_a_second_factor_the_password_alone_opens_nothing(people: None) -> None:
    TOTP.activate(demo_account("admin"), SECRET)
    client = Client()
    assert sign_in(client).startswith("/accounts/2fa/authenticate/")
    assert client.get("/desk/").status_code == 302
    assert client.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert client.get("/desk/").status_code == 302
    assert client.post("/accounts/2fa/authenticate/", {"code": code()}).status_code == 302
    assert client.get("/desk/").status_code == 200


def test_a_lost_second_factor_is_removed_by_an_act(people: None) -> None:
    TOTP.activate(demo_account("admin"), SECRET)
    call_command("reset_second_factor", "admin", verbosity=0)
    assert not Authenticator.objects.filter(user=demo_account("admin")).exists()
    assert sign_in(Client()) == "/desk/"
    with role("desk"):
        line = history(demo_account("admin"))[-1]
    assert (line.action, line.who) == ("重置第二因素", "系统") and "遗失" in line.reason
    with pytest.raises(CommandError, match="没有账号 nobody"):
        call_command("reset_second_factor", "nobody")


def test_the_page_to_enrol_is_there_and_in_chinese(people: None) -> None:
    client = Client()
    sign_in(client)
    text = client.get("/accounts/2fa/").content.decode()
    assert 'lang="zh-hans"' in text or 'lang="zh-cn"' in text.lower()


def test_five_wrong_passwords_close_the_door_for_a_while(people: None) -> None:
    client = Client()
    for _try in range(5):
        client.post("/accounts/login/", {"login": "admin", "password": "wrong"})
    assert sign_in(client) == "", "the right password is not even tried"


def test_nobody_signs_up_alone(people: None) -> None:
    text = Client().get("/accounts/signup/", follow=True).content.decode()
    assert 'name="password1"' not in text
