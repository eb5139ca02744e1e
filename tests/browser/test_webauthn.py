"""A security key, tried with Chromium's virtual authenticator: enrolled, asked for, and what does not let in."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.cache import cache
from playwright.sync_api import expect

from qualitycity.demo.people import PASSWORD, demo_account
from tests import crawl
from tests.conftest import owner

LOGIN = "section"
STICK = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasResidentKey": False,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass
class Stick:
    """A virtual security key plugged into a page."""

    page: Any
    cdp: Any
    id: str

    def held(self) -> list[dict[str, Any]]:
        """The credentials on the key, with their private keys, as Chromium tells them."""
        return self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]

    def sign(self, options: dict[str, Any], origin: str, rp_id: str) -> dict[str, Any]:
        """What a browser at `origin` would send for these options, signed with the key's own private key."""
        held = self.held()[0]
        secret = serialization.load_der_private_key(b64decode(held["privateKey"]), None)
        assert isinstance(secret, ec.EllipticCurvePrivateKey)
        client = json.dumps({"type": "webauthn.get", "challenge": options["challenge"], "origin": origin}).encode()
        told = hashlib.sha256(rp_id.encode()).digest() + b"\x05" + (held["signCount"] + 1).to_bytes(4, "big")
        signature = secret.sign(told + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        name = _text(b64decode(held["credentialId"]))
        return {
            "type": "public-key",
            "id": name,
            "rawId": name,
            "response": {
                "clientDataJSON": _text(client),
                "authenticatorData": _text(told),
                "signature": _text(signature),
                "userHandle": None,
            },
            "clientExtensionResults": {},
        }


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


@pytest.fixture
def stick(visit: Callable[..., Any], live_server: Any) -> Stick:
    """A person who has been signed in for a while, with a new key in the machine."""
    cache.clear()  # failed attempts of other tests count for the same account
    page = visit("", "/")
    session = crawl.client(LOGIN).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": STICK})
    return Stick(page, cdp, made["authenticatorId"])


def enrol(stick: Stick) -> None:
    """Register the key: the password is asked for once more first."""
    page = stick.page
    page.goto("/accounts/2fa/webauthn/add/")
    assert "/accounts/reauthenticate/" in page.url, "a key was offered without asking who is there"
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/2fa/webauthn/add/**")
    page.locator("[name=name]").fill("抽屉里的密钥")
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url(lambda url: "/webauthn/add/" not in url)


def leave(page: Any) -> None:
    """Sign out."""
    page.goto("/accounts/logout/")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(lambda url: "/logout/" not in url)


def give_password(page: Any) -> None:
    """Sign in as far as the password goes: the desk is still closed."""
    page.goto("/accounts/login/")
    page.locator("#id_login").fill(LOGIN)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("main form:has(#id_password) button[type=submit]").click()
    page.wait_for_url("**/2fa/authenticate/**")


def is_in(page: Any) -> bool:
    """Whether the desk opens. Asked beside the page: the way to sign in, if followed, would want a new answer."""
    return page.context.request.get("/desk/", max_redirects=0).status == 200


def send(page: Any, answer: dict[str, Any]) -> None:
    """Put an answer into the form as the library's script would."""
    with page.expect_navigation():
        page.evaluate(
            """(answer) => {
              const field = document.querySelector('#webauthn_form [name=credential]');
              field.value = JSON.stringify(answer);
              field.form.submit();
            }""",
            answer,
        )


def options(page: Any) -> dict[str, Any]:
    """What the sign-in page asks of a key now."""
    return json.loads(page.locator("#js_data").text_content())["request_options"]["publicKey"]


def test_password_and_key_let_in(stick: Stick) -> None:
    page = stick.page
    enrol(stick)
    assert len(stick.held()) == 1 and stick.held()[0]["rpId"] == "localhost"
    page.goto("/accounts/2fa/webauthn/")
    expect(page.locator("main")).to_contain_text("抽屉里的密钥")
    leave(page)
    assert not is_in(page)
    give_password(page)
    assert not is_in(page), "the password alone"
    page.locator("#mfa_webauthn_authenticate").click()
    page.wait_for_url("**/desk/")
    assert stick.held()[0]["signCount"] == 2


def test_another_key_does_not_let_in_and_the_page_says_so(stick: Stick) -> None:
    page = stick.page
    enrol(stick)
    leave(page)
    stick.cdp.send("WebAuthn.clearCredentials", {"authenticatorId": stick.id})
    give_password(page)
    page.locator("#mfa_webauthn_authenticate").click()
    expect(page.locator("#key-fault")).to_contain_text("没有在这个账号登记")
    assert not is_in(page)


@pytest.mark.parametrize(
    ("origin", "rp_id", "lets_in"),
    [
        ("{own}", "localhost", True),  # the forger's hand is good: only what it signs is wrong below
        ("https://phishing.example", "localhost", False),
        ("http://127.0.0.1", "localhost", False),
        ("{own}", "phishing.example", False),
    ],
)
def test_a_signature_made_for_another_place_does_not_let_in(
    stick: Stick, live_server: Any, origin: str, rp_id: str, lets_in: bool
) -> None:
    page = stick.page
    enrol(stick)
    leave(page)
    give_password(page)
    send(page, stick.sign(options(page), origin.format(own=live_server.url), rp_id))
    assert is_in(page) is lets_in
    expect(page.get_by_role("alert")).to_have_count(0 if lets_in else 1)


def test_an_answer_seen_before_does_not_let_in(stick: Stick, live_server: Any) -> None:
    page = stick.page
    enrol(stick)
    leave(page)
    give_password(page)
    seen = stick.sign(options(page), live_server.url, "localhost")
    send(page, seen)
    assert is_in(page)
    leave(page)
    give_password(page)
    send(page, seen)
    assert not is_in(page)


def test_a_removed_key_does_not_let_in(stick: Stick, live_server: Any) -> None:
    page = stick.page
    with owner():
        TOTP.activate(demo_account(LOGIN), "JBSWY3DPEHPK3PXP")
    enrol(stick)
    page.goto("/accounts/2fa/webauthn/")
    page.locator("main a[href*='/remove/'], main form[action*='/remove/'] button").first.click()
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url(lambda url: "/remove/" not in url)
    with owner():
        assert not Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).exists()
    leave(page)
    give_password(page)
    page.locator("#mfa_webauthn_authenticate").click()
    expect(page.locator("#key-fault")).to_be_visible()
    send(page, stick.sign(options(page), live_server.url, "localhost"))
    assert not is_in(page)
