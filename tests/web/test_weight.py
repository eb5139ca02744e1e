"""What a page weighs on the line: itself and all it names, as it is served to a browser that takes gzip."""

from __future__ import annotations

import gzip
import re
from urllib.parse import urljoin

import pytest
from django.test import Client

from tests import crawl

PUBLIC = 300_000  # bytes, issue 2, section 2
LANDING = 700_000  # a desk may bring a library for charts along
GZIP = {"Accept-Encoding": "gzip"}
# What a browser fetches unasked. Icons are drawn by <use> from a sheet; url(data:…) weighs with its stylesheet.
NAMED = (
    "//link[@rel='stylesheet' or @rel='icon' or @rel='modulepreload' or @rel='preload']/@href",
    "//script/@src",
    "//img/@src",
    "//source/@src",
    "//video/@src",
    "//iframe/@src",
    "//*[local-name()='use']/@href",
    "//*[local-name()='image']/@href",
)
IN_STYLE = re.compile(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""")
IN_SCRIPT = re.compile(
    r"""^\s*(?:import|export)\b[^"';]*?\bfrom\s*["']([^"']+)|^\s*import\s*["']([^"']+)|\bimport\(\s*["']([^"']+)"""
    r"""|\bnew\s+Worker\(\s*["']([^"']+)""",
    re.M,
)
pytestmark = pytest.mark.usefixtures("played")


class Scale:
    """Weighs addresses as one visitor; every address is fetched once."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.known: dict[str, tuple[int, list[str]]] = {}

    def page(self, address: str) -> dict[str, int]:
        """Address → bytes of a page and of everything it leads a browser to fetch."""
        found: dict[str, int] = {}
        waiting = [address]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found[one], named = self._fetch(one)
                waiting += named
        return found

    def _fetch(self, address: str) -> tuple[int, list[str]]:
        if address not in self.known:
            answer = self.client.get(address, headers=GZIP)
            assert answer.status_code == 200, f"{address} answers {answer.status_code}"
            sent = b"".join(answer.streaming_content) if answer.streaming else answer.content
            text = gzip.decompress(sent) if answer.headers.get("Content-Encoding") == "gzip" else sent
            names = _names(answer.headers.get("Content-Type", ""), text)
            targets = [urljoin(address, name).partition("#")[0] for name in names if not name.startswith("data:")]
            self.known[address] = len(sent), targets
        return self.known[address]


def _names(mime: str, content: bytes) -> list[str]:
    """What a file names for fetching."""
    if mime.startswith("text/html"):
        tree = crawl.html.fromstring(content.decode())
        styles = "\n".join(tree.xpath("//style/text() | //@style"))
        return [str(name) for path in NAMED for name in tree.xpath(path)] + _matches(IN_STYLE, styles)
    if mime.startswith("text/css"):
        return _matches(IN_STYLE, content.decode())
    if "javascript" in mime:
        return _matches(IN_SCRIPT, content.decode())
    return []


def _matches(pattern: re.Pattern[str], text: str) -> list[str]:
    return [next(filter(None, found.groups())) for found in pattern.finditer(text) if any(found.groups())]


def _heavy(weights: dict[str, int], bound: int) -> list[str]:
    """A line for a page over the bound: the whole, and its five heaviest parts."""
    if sum(weights.values()) <= bound:
        return []
    parts = sorted(weights.items(), key=lambda item: -item[1])[:5]
    return [f"{next(iter(weights))}: {sum(weights.values()):,} bytes: {parts}"]


def test_every_public_page_is_light() -> None:
    scale, heavy, weighed = Scale(crawl.client("")), [], []
    for page in crawl.walk("", each=3, whole=False):
        if page.status == 200 and page.mime.startswith("text/html"):
            weights = scale.page(page.address)
            weighed.append(sum(weights.values()))
            heavy += _heavy(weights, PUBLIC)
    assert len(weighed) > 10 and not heavy, "\n".join(heavy)
    assert any("verify" in name and name.endswith(".js") for name in scale.known), "modules are followed"
    assert min(weighed) > 50_000, "the house style alone weighs more: something named is not counted"


def test_a_public_page_of_a_long_list_is_light(owner_sql: object) -> None:
    """A published frame as long as a page ever shows (its first 300 firms): text that a browser gets compressed."""
    ((slug,),) = owner_sql("SELECT slug FROM disclosure_publication WHERE kind = 'draw' ORDER BY id LIMIT 1")  # type: ignore[operator]
    more = """UPDATE disclosure_version SET payload = jsonb_set(jsonb_set(payload, '{frame,rows}', (
        SELECT jsonb_agg(payload->'frame'->'rows'->(n %% jsonb_array_length(payload->'frame'->'rows'))
          || jsonb_build_object('unit', md5(n::text), 'name', left(md5((n + 7)::text), 16)))
        FROM generate_series(1, 400) n)), '{frame,total}', '400')
        WHERE publication_id = (SELECT id FROM disclosure_publication WHERE slug = %s AND kind = 'draw')"""
    with_rights(owner_sql, more, slug)
    asked = crawl.client("")
    plain = asked.get(f"/p/draw/{slug}/").content
    assert plain.count(b"data-label") > 300 * 5 and b"300" in plain
    assert not _heavy(Scale(asked).page(f"/p/draw/{slug}/"), PUBLIC)


def with_rights(owner_sql: object, sql: str, *params: object) -> None:
    """Past the triggers that keep versions as they are: the scene is set, nothing is tried."""
    owner_sql("ALTER TABLE disclosure_version DISABLE TRIGGER ALL")  # type: ignore[operator]
    owner_sql(sql, *params)  # type: ignore[operator]
    owner_sql("ALTER TABLE disclosure_version ENABLE TRIGGER ALL")  # type: ignore[operator]


@pytest.mark.parametrize("login", [login for login in crawl.LOGINS if login])
def test_a_landing_page_is_light(login: str) -> None:
    asked = crawl.client(login)
    answer = asked.get("/desk/", follow=True)
    address = answer.redirect_chain[-1][0] if answer.redirect_chain else "/desk/"
    weights = Scale(asked).page(address)
    assert not _heavy(weights, LANDING)
    charts = [name for name in weights if "echarts" in name]
    assert not charts or b"data-chart" in answer.content, "a library of charts on a page without a chart"


def test_what_is_sent_compressed_says_so_and_is_the_same() -> None:
    asked = crawl.client("")
    for address in ("/p/draw/2027-1/data.json", "/static/vendor/tabler.min.css"):
        packed = asked.get(address, headers=GZIP)
        sent = b"".join(packed.streaming_content) if packed.streaming else packed.content
        plain = asked.get(address)
        whole = b"".join(plain.streaming_content) if plain.streaming else plain.content
        assert packed.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in packed.headers["Vary"]
        assert gzip.decompress(sent) == whole and len(sent) < len(whole) / 2
