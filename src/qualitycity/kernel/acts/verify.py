"""Recompute the whole chain of 办理记录 and the published day roots; name the exact place of a break."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from .models import Act, ActLink, DayRoot

GENESIS = b"\x00"


@dataclass(frozen=True)
class Break:
    """One place where the chain does not hold."""

    seq: int
    act_id: int | None
    at: str
    what: str

    def __str__(self) -> str:
        return f"第 {self.seq} 环 · 记录 {self.act_id or '—'} · {self.at or '时间不详'} · {self.what}"


@dataclass
class Report:
    """What a verification found: how many links were recomputed, and every break."""

    links: int = 0
    roots: int = 0
    head: str = ""
    breaks: list[Break] | None = None

    @property
    def consistent(self) -> bool:
        return not self.breaks


def verify() -> Report:
    """Recompute every link from the stored lines, compare columns with lines, and the day roots with the links.

    Finds an edited line or column, a deleted or inserted record, swapped records, a broken link, a cut tail (against
    the last day root).
    """
    report = Report(breaks=[])
    assert report.breaks is not None
    prev, expected, by_seq = GENESIS, 1, {}
    with transaction.atomic():
        for seq, act_id, linked_prev, digest, line in _rows():
            while expected < seq:
                report.breaks.append(Break(expected, None, "", "这一环缺失(记录被删除)"))
                expected += 1
            report.breaks += _check(seq, act_id, linked_prev, digest, line, prev)
            prev, expected = digest, seq + 1
            by_seq[seq] = digest.hex()
            report.links += 1
        report.breaks += _unlinked()
        for root in DayRoot.objects.order_by("day"):
            report.roots += 1
            if by_seq.get(root.last_seq) != root.root:
                report.breaks.append(Break(root.last_seq, None, str(root.day), "与当日公布的根不一致"))
            elif root.sm3 and root.sm3 != sm3_root(root.last_seq):
                report.breaks.append(Break(root.last_seq, None, str(root.day), "与当日公布的国密(SM3)根不一致"))
    report.head = prev.hex()
    return report


def _rows() -> Iterator[tuple[int, int, bytes, bytes, str | None]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.seq, l.act_id, l.prev, l.hash, a.line"
            " FROM acts_actlink l LEFT JOIN acts_act a ON a.id = l.act_id ORDER BY l.seq"
        )
        while rows := cursor.fetchmany(5000):
            for seq, act_id, prev, digest, line in rows:
                yield seq, act_id, bytes(prev), bytes(digest), line


def _check(seq: int, act_id: int, linked_prev: bytes, digest: bytes, line: str | None, prev: bytes) -> list[Break]:
    if line is None:
        return [Break(seq, act_id, "", "记录被删除,链上只剩这一环")]
    at = _time(line)
    if linked_prev != prev:
        return [Break(seq, act_id, at, "与前一环接不上(被插入、删除或调换)")]
    if hashlib.sha256(linked_prev + f"{seq}\n{line}".encode()).digest() != digest:
        return [Break(seq, act_id, at, "内容与封存时不同(被修改或调换)")]
    return []


def _time(line: str) -> str:
    try:
        return str(json.loads(line)["at"])[:19]
    except (ValueError, KeyError, TypeError):
        return ""


def _unlinked() -> list[Break]:
    """Records outside the chain, and columns that do not say what the line says."""
    found = []
    for act in Act.objects.filter(link__isnull=True).order_by("pk")[:100]:
        found.append(Break(0, act.pk, f"{act.at:%FT%T}", "这条记录不在链上(绕过系统写入)"))
    wrong = """
        SELECT l.seq, a.id, a.line FROM acts_act a JOIN acts_actlink l ON l.act_id = a.id
         WHERE (a.actor, a.workflow, a.verb, a.subject_type, a.subject_id, a.outcome, a.region_path)
               IS DISTINCT FROM
               (a.line::jsonb->>'actor', a.line::jsonb->>'workflow', a.line::jsonb->>'verb',
                a.line::jsonb->>'subject_type', a.line::jsonb->>'subject_id', a.line::jsonb->>'outcome',
                a.line::jsonb->>'region_path')
            OR a.at <> (a.line::jsonb->>'at')::timestamptz OR a.business_date <> (a.line::jsonb->>'business_date')::date
         ORDER BY l.seq LIMIT 100"""
    with connection.cursor() as cursor:
        cursor.execute(wrong)
        found += [
            Break(seq, act_id, _time(line), "检索列与封存的内容不同(列被修改)")
            for seq, act_id, line in cursor.fetchall()
        ]
    return found


def sm3_root(last_seq: int) -> str:
    """SM3 over the SHA-256 links 1..last_seq in order (GB/T 32905): the national algorithm beside the chain's own."""
    digest = hashlib.new("sm3")
    for value in ActLink.objects.filter(seq__lte=last_seq).order_by("seq").values_list("hash", flat=True).iterator():
        digest.update(bytes(value))
    return digest.hexdigest()
