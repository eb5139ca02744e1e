"""Before and behind the doors: a request with a body of any size, what a page says, what the tables hold."""

from __future__ import annotations

import io
import re
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.test import Client

from tests.conftest import owner

# What a refusal may leave behind: its own line in the record, and who looked at what.
TRACES = {"acts_act", "acts_actlink", "access_viewlog", "django_session", "todo_item"}
HELD = "SELECT (to_jsonb(line) - 'last_login')::text AS held FROM \"{}\" line"
BOUNDARY = "----boundary-of-a-test"


def tables(*besides: str) -> dict[str, str]:
    """A digest of each table's content; the traces of a refusal, of a sign-in, and `besides` left out."""
    found = {}
    with owner(), connection.cursor() as cursor:
        for name in sorted(set(connection.introspection.table_names(cursor)) - TRACES - set(besides)):
            cursor.execute(f"SELECT md5(string_agg(held, chr(10) ORDER BY held)) FROM ({HELD}) kept".format(name))
            found[name] = cursor.fetchone()[0] or ""
    return found


def said(answer: HttpResponse) -> str:
    """The words of a page's main part, on one line."""
    text = answer.content.decode()
    text = text[text.index('id="main"') :] if 'id="main"' in text else text
    text = re.sub(r"<(script|style|select).*?</\1>", " ", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


class Flood:
    """A request body made while it is read: a head, so many zeros, a tail. Nothing of it is ever in memory."""

    readline = None

    def __init__(self, head: bytes, zeros: int, tail: bytes) -> None:
        self.head, self.zeros, self.tail = io.BytesIO(head), zeros, io.BytesIO(tail)
        self.length = len(head) + zeros + len(tail)

    def read(self, most: int = 65536) -> bytes:
        """The next piece."""
        piece = self.head.read(most)
        if not piece and self.zeros:
            piece = bytes(min(most, self.zeros))
            self.zeros -= len(piece)
        return piece or self.tail.read(most)


def post_flood(client: Client, path: str, size: int, name: str = "登记.csv", **fields: Any) -> HttpResponse:
    """Post a form whose file has `size` zero bytes."""
    head = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in fields.items()
    )
    head += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    body = Flood(f"{head}Content-Type: text/csv\r\n\r\n".encode(), size, f"\r\n--{BOUNDARY}--\r\n".encode())
    return client.request(
        REQUEST_METHOD="POST",
        PATH_INFO=path,
        CONTENT_TYPE=f"multipart/form-data; boundary={BOUNDARY}",
        CONTENT_LENGTH=str(body.length),
        **{"wsgi.input": body},
    )
