"""The REST API: its description is committed, and every operation answers as described, whatever it is asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.test import Client

from qualitycity.demo.people import demo_account
from qualitycity.web.api import api

ROOT = Path(__file__).resolve().parents[2]
BACKEND = "django.contrib.auth.backends.ModelBackend"


def test_the_committed_description_is_the_true_one() -> None:
    committed = json.loads((ROOT / "docs" / "reference" / "openapi.json").read_text())
    assert committed == json.loads(json.dumps(api.get_openapi_schema(), default=str))


def test_nobody_gets_401_and_the_wrong_post_403(pack: None) -> None:
    from qualitycity.kernel.access.routes import PUBLIC, routes

    foreign, wrong = Client(), Client()
    wrong.force_login(demo_account("c1"), backend=BACKEND)
    asked = 0
    for path, view in routes():
        if " " not in path or getattr(view, "duty", PUBLIC) == PUBLIC or "<" in path:
            continue
        address = "/" + path.split(" ")[1]
        assert foreign.get(address).status_code == 401, address
        assert wrong.get(address).status_code == 403, address
        asked += 1
    assert asked


@pytest.mark.long
def test_no_input_breaks_it(pack: None) -> None:
    """Generated requests against every operation: the answer has a described status and shape, never a 500."""
    import schemathesis
    from hypothesis import HealthCheck, given, settings

    from qualitycity.web.wsgi import application

    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    client = Client()
    client.force_login(demo_account("section"), backend=BACKEND)
    cookie = {"Cookie": f"sessionid={client.cookies['sessionid'].value}"}
    for operation in schema.get_all_operations():

        @given(case=operation.ok().as_strategy())
        @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
        def ask(case: object) -> None:
            case.call_and_validate(headers=cookie)  # type: ignore[attr-defined]

        ask()
