"""A publication is Chinese for ever; its page says the words of the interface in the reader's language."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from . import play

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = ("已公告", "检查后公开", "机会均等", "首轮", "已注销", "6 个月内已抽", "已补入", "登记有、名录无")


def test_the_public_page_speaks_english_and_the_payload_stays_chinese(pack: None, as_login: Any) -> None:
    draw = play.publish(as_login, play.build(as_login))
    address = f"/p/draw/{draw.slug}/"
    chinese = Client().get(address).content.decode()
    english = Client().get(address, headers={"accept-language": "en"}).content.decode()
    assert [word for word in WORDS if word not in chinese] == []
    shown = english.split("<main", 1)[1].split("public-trace", 1)[0]
    assert [word for word in WORDS if word in shown] == []
    assert "示例袜业12" in english, "names are names"
    assert [word for word in WORDS if word not in Client().get(address + "data.json").content.decode()] == []
