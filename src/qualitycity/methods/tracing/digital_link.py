"""GS1 keys in one form: EPC URIs and Digital Link URIs of any domain as constrained canonical Digital Link URIs."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

DOMAIN = "https://id.gs1.org"
EPC = re.compile(r"urn:epc:(id|class|idpat):([a-z]+):(.*)", re.DOTALL)
WEB = re.compile(r"https?://[^/?#]+((?:/[^?#]*)?)(?:\?[^#]*)?(?:#.*)?", re.DOTALL)
TEXT = r"""(?:%[0-9A-Fa-f]{2}|[!"'()*+,.0-9:;<=>?A-Z_a-z-])"""
ENCODED = str.maketrans({"!": "%21", "(": "%28", ")": "%29", "*": "%2A", "+": "%2B", ",": "%2C", ":": "%3A"})


@cache
def _keys() -> dict[str, Any]:
    tables: dict[str, Any] = tomllib.loads(Path(__file__).with_name("gs1_keys.toml").read_text())
    for key in tables["link"].values():
        form = re.sub(r"\{text:(\d+),(\d+)\}", lambda found: f"{TEXT}{{{found[1]},{found[2]}}}", key["value"])
        key["value"] = re.compile(form)
    tables["short"] = {key["short"]: ai for ai, key in tables["link"].items()} | tables["qualifier"]
    return tables


def check_digit(digits: str) -> str:
    """Check digit of a GTIN, GLN, SSCC and other GS1 keys (GS1 General Specifications, section 7.9).

    >>> check_digit("690123456789")
    '2'
    """
    total = sum(int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(reversed(digits)))
    return str(-total % 10)


@lru_cache(maxsize=65536)
def canonical(uri: str) -> str:
    """The constrained canonical Digital Link URI of a GS1 key; a text that is no GS1 key comes back as it is.

    The domain becomes id.gs1.org, query and fragment go, and only the finest level of identification stays (a serial
    number rather than a lot; a lot rather than a product).

    Source: CBV 2.0, section 8.9; GS1 Digital Link URI Syntax 1.2, section 4.11; GS1 TDS 2.0, chapter 7.

    >>> canonical("urn:epc:class:lgtin:4012345.012345.998877")
    'https://id.gs1.org/01/04012345123456/10/998877'
    >>> canonical("https://example.com/some/gtin/4012345123456/lot/998877?17=261231")
    'https://id.gs1.org/01/04012345123456/10/998877'
    >>> canonical("90 pieces")
    '90 pieces'
    """
    epc = EPC.fullmatch(uri)
    if epc:
        return _from_epc(*epc.groups()) or uri
    web = WEB.fullmatch(uri)
    return (_from_link(web[1].split("/")[1:]) if web else None) or uri


def _from_epc(kind: str, scheme: str, rest: str) -> str | None:
    """The Digital Link of an EPC URI, class or pattern (of which only what comes before the `*` counts)."""
    tables = _keys()
    rule = tables["id" if kind == "idpat" else kind].get(scheme)
    if rule is None or (kind == "idpat" and not (rest.endswith(".*") and rule["serial"])):
        return None
    pieces = rule.get("pieces", 0)
    if rule["digits"]:
        parts = rest.split(".", 1 + pieces + bool(rule["serial"]))
    else:
        parts = (
            [*rest.split(".", 1)[:1], *rest.split(".", 1)[1].rsplit(".", bool(rule["serial"]))] if "." in rest else []
        )
    if len(parts) != 2 + pieces + bool(rule["serial"]):
        return None
    company, reference = parts[:2]
    body = _body(rule, company, reference)
    if body is None or not all(re.fullmatch(r"\d{2}", part) for part in parts[2 : 2 + pieces]):
        return None
    key = f"{DOMAIN}/{rule['ai']}/{body}{''.join(parts[2 : 2 + pieces])}"
    if not rule["serial"] or kind == "idpat":
        return key
    serial = parts[-1]
    longest = rule.get("longest", 20) if rule["digits"] else 12
    if not re.fullmatch(TEXT + "+", serial) or len(re.sub("%..", "_", serial)) > longest:
        return None
    if serial == rule.get("empty"):
        return key
    return key + ("" if rule["serial"] == "+" else f"/{rule['serial']}/") + serial.translate(ENCODED)


def _body(rule: dict[str, Any], company: str, reference: str) -> str | None:
    """Company prefix and reference as the digits of the key, with its check digit."""
    if not re.fullmatch(r"\d{6,12}", company):
        return None
    if not rule["digits"]:
        fits = (
            re.fullmatch(TEXT + "+", reference) and len(company) + len(re.sub("%..", "_", reference)) <= rule["longest"]
        )
        return company + reference.translate(ENCODED) if fits else None
    if not (len(company) + len(reference) == rule["digits"] and re.fullmatch(r"\d*", reference)):
        return None
    lead = 1 if rule.get("lead") else 0
    digits = rule.get("front", "") + reference[:lead] + company + reference[lead:]
    return digits + check_digit(digits)


def _from_link(segments: list[str]) -> str | None:
    """The constrained form of the path of a Digital Link; None where it holds no key."""
    tables = _keys()
    names = [tables["short"].get(segment, segment) for segment in segments]
    for at, ai in enumerate(names[:-1]):
        key = tables["link"].get(ai)
        if key is None or not key["value"].fullmatch(segments[at + 1]):
            continue
        value = segments[at + 1].zfill(14) if ai == "01" else segments[at + 1]
        after = segments[at + 2 :]
        given = dict(zip(names[at + 2 :: 2], after[1::2], strict=False))
        finest = next((f"/{name}/{given[name]}" for name in key["qualifiers"] if given.get(name)), "")
        return f"{DOMAIN}/{ai}/{value}{finest}"
    return None
