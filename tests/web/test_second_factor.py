"""Sign-in with a second factor, its loss, and the way back."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.management import CommandError, call_command
from django.test import Client, override_settings

from qualitycity.demo.people import PASSWORD, demo_account, load_accounts, load_places
from qualitycity.kernel.access.actor import SYSTEM, acting
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.acts.queries import history

BACKEND = "django.contrib.auth.backends.ModelBackend"
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


@override_settings(CITY_DEMO=False)
def test_in_a_real_city_an_administrator_binds_a_second_factor_before_anything_else(people: None) -> None:
    client, others = Client(), Client()
    client.force_login(demo_account("admin"), backend=BACKEND)
    others.force_login(demo_account("section"), backend=BACKEND)
    for address in ("/desk/", "/desk/access/accounts/"):
        assert client.get(address).headers["Location"] == "/accounts/2fa/"
    text = client.get("/desk/", follow=True).content.decode()
    assert text.count("须先绑定第二因素") >= 1
    assert client.get("/").status_code == 200, "public pages stay open"
    TOTP.activate(demo_account("admin"), SECRET)
    assert client.get("/desk/").status_code == 200
    assert others.get("/desk/").status_code == 200
