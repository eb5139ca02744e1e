#!/usr/bin/env python3
"""verify_draw.py: check a published random draw (公开随机摇号) without trusting whoever held it.

    python3 verify_draw.py BUNDLE.zip                 recompute everything that is published so far
    python3 verify_draw.py BUNDLE.zip --firm CODE     and show one firm its line, odds, ticket and rank
    python3 verify_draw.py BUNDLE.zip --before OLD.zip    and name what changed since an earlier download of the draw
    python3 verify_draw.py proof.json --root HEX      check that one line stands in the published frame

It needs Python 3.8 or newer and nothing else: no package, no network. It answers「一致」(exit code 0), every
difference it finds (1), or why the file cannot be checked (2). docs/reference/draw-bundle.md describes the bundle.

This file shares no code with the program that holds the draw, on purpose: it is a second reading of the same
published rule. An auditor can read it from top to bottom: 1 words, 2 hashes, 3 Merkle tree, 4 drand signatures
(BLS12-381), 5 reading a bundle, 6 draw rule v1, 7 matching, 8 the checks, 9 one firm, 10 an earlier download,
11 command line.
"""

# ruff: noqa: B905, N818, UP017, UP033, UP035  (this one file must also run on Python 3.8)
from __future__ import annotations

import argparse
import gc
import hashlib
import heapq
import io
import json
import os
import re
import shlex
import sys
import unicodedata
import zipfile
import zlib
from collections import Counter
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, Callable, Iterable, Iterator, NamedTuple, Sequence

VERSION = "1"
MIB = 1 << 20
LIMIT_FRAME, LIMIT_JSON, LIMIT_ROUNDS, LIMIT_NESTING = 512 * MIB, 64 * MIB, 1000, 100
MANTISSA = 1 << 53  # every integer of the rule stays below it, so that a double holds it exactly

# ---------------------------------------------------------------------------------------------------------------------
# 1. Words: every sentence in Chinese and in English
# ---------------------------------------------------------------------------------------------------------------------


class Text(NamedTuple):
    """One sentence in both languages."""

    zh: str
    en: str

    def of(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


NOTHING = Text("", "")
TITLES = {
    "frame_form": Text("名单文件格式", "form of the frame file"),
    "frame": Text("名单摘要", "frame digest"),
    "frame_root": Text("名单的默克尔根", "Merkle root of the frame"),
    "strata": Text("各层抽取数", "numbers to draw per stratum"),
    "odds": Text("公布的抽中机会", "published odds"),
    "same_rule": Text("各轮名单与规则相同", "frame and rule the same in every round"),
    "fresh": Text("各秘密的承诺互不相同", "every secret has a commitment of its own"),
    "times": Text("时间先后", "order of times"),
    "announcement": Text("公告摘要", "digest of the announcement"),
    "inputs": Text("公开输入与公告一致", "public inputs as announced"),
    "digits": Text("骰子数字", "dice digits"),
    "witness": Text("见证人承诺", "witness commitment"),
    "drand_chain": Text("信标链", "beacon chain"),
    "drand_time": Text("信标轮次晚于公告", "beacon round later than the announcement"),
    "drand_randomness": Text("信标随机数 = 签名的 SHA-256", "beacon randomness = SHA-256 of the signature"),
    "drand_signature": Text("信标签名(BLS12-381)", "beacon signature (BLS12-381)"),
    "void": Text("本轮已作废", "this round is void"),
    "secret": Text("抽取秘密与承诺", "draw secret against its commitment"),
    "seed_lines": Text("种子原文", "seed lines"),
    "seed": Text("种子", "seed"),
    "key": Text("抽签钥", "draw key"),
    "passed_over": Text("前几轮已抽中而略过的单元", "units passed over, drawn in earlier rounds"),
    "plan": Text("抽取方案", "draw plan"),
    "drawn": Text("抽中名单与次序", "drawn units in order"),
    "reserve": Text("备选名单与次序", "reserve units in order"),
    "last_q": Text("末位名次值", "rank value of the last unit"),
    "count": Text("抽中数", "number drawn"),
    "digest": Text("结果摘要", "result digest"),
    "match_secret": Text("匹配秘密与承诺", "match secret against its commitment"),
    "match_seed": Text("匹配种子", "match seed"),
    "match_key": Text("匹配钥", "match key"),
    "tasks": Text("匹配的任务即抽中单元", "tasks are the drawn units"),
    "team": Text("每个任务的人(机构)数", "size of each team"),
    "pairs": Text("只用允许的组合", "only allowed pairs used"),
    "loads": Text("负担均衡(最大、最小)", "loads within window"),
    "hi": Text("最大负担已不能再小", "no smaller largest load"),
    "lo": Text("最小负担已不能再大", "no larger smallest load"),
    "cost": Text("匹配总费用", "total cost of the matching"),
    "optimal": Text("没有更低费用的匹配(证书)", "no cheaper matching exists (certificate)"),
    "unique": Text("最优匹配是否唯一", "whether the best matching is the only one"),
    "pool": Text("事先承诺的候选库", "committed pool"),
    "firm": Text("本单位自查", "self check"),
    "proof": Text("名单行的默克尔证明", "Merkle proof of the line"),
    "before_frame": Text("名单与早先下载的相同", "frame as in the earlier download"),
    "before_rounds": Text("早先下载的各轮都还在", "rounds of the earlier download are all there"),
    "before_announcement": Text("公告与早先下载的相同", "announcement as in the earlier download"),
    "before_transcript": Text("现场记录与早先下载的不矛盾", "transcript keeps what was public before"),
    "before_result": Text("结果与早先下载的不矛盾", "result keeps what was public before"),
    "before_matching": Text("匹配与早先下载的相同", "matching as in the earlier download"),
}


class Unreadable(Exception):
    """The file cannot be checked at all; carries every reason found."""

    def __init__(self, *reasons: Text) -> None:
        super().__init__("; ".join(reason.en for reason in reasons))
        self.reasons = reasons


class Check(NamedTuple):
    """One line of the answer: ok is True (fits), False (differs) or None (still sealed or not checkable)."""

    round: int | None
    code: str
    ok: bool | None
    expected: Any
    found: Any
    note: Text


class Report:
    """Collects checks; ``round`` is the round the next ones belong to (None: the whole bundle)."""

    def __init__(self) -> None:
        self.checks: list[Check] = []
        self.round: int | None = None

    def compare(self, code: str, expected: Any, found: Any, note: Text = NOTHING) -> bool:
        """Add a check that what was published (found) is what follows from the inputs (expected)."""
        if not note.zh and expected != found and isinstance(expected, list) and isinstance(found, list):
            note = first_difference(expected, found)
        return self.judge(code, expected == found, note, expected, found)

    def judge(self, code: str, ok: bool, note: Text = NOTHING, expected: Any = None, found: Any = None) -> bool:
        self.checks.append(Check(self.round, code, ok, expected, found, note))
        return ok

    def sealed(self, code: str, note: Text) -> None:
        self.checks.append(Check(self.round, code, None, None, None, note))

    def faults(self, code: str, faults: Sequence[Text], note: Text = NOTHING) -> bool:
        """Add one check that stands if there is no fault."""
        shown = faults[:20]
        more = len(faults) - len(shown)
        zh, en = ";".join(f.zh for f in shown), "; ".join(f.en for f in shown)
        if more:
            zh, en = f"{zh};另有 {more} 处", f"{en}; and {more} more"
        return self.judge(code, not faults, Text(zh, en) if faults else note)


def first_difference(expected: list[Any], found: list[Any]) -> Text:
    """Say where two lists part."""
    for place, (a, b) in enumerate(zip(expected, found), 1):
        if a != b:
            return Text(
                f"第 {place} 项:应为 {show(a)},所见 {show(b)}", f"item {place}: expected {show(a)}, found {show(b)}"
            )
    return Text(f"应有 {len(expected)} 项,所见 {len(found)} 项", f"{len(expected)} items expected, {len(found)} found")


def show(value: Any, width: int = 200) -> str:
    """A value for the screen: nothing invisible, nothing that steers a terminal, not too long."""
    text = value if isinstance(value, str) else ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text[: width + 1])
    return text if len(text) <= width else text[:width] + "…"


# ---------------------------------------------------------------------------------------------------------------------
# 2. Hashes: SHA-256 from the standard library; SM3 (GB/T 32905-2016) from OpenSSL where it has it, else written out
# ---------------------------------------------------------------------------------------------------------------------


def sm3(data: bytes) -> bytes:
    """SM3 digest, 32 bytes."""

    def rol(x: int, n: int) -> int:
        return (x << n | x >> (32 - n)) & 0xFFFFFFFF

    state = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    message = data + b"\x80" + bytes(-(len(data) + 9) % 64) + (8 * len(data)).to_bytes(8, "big")
    for start in range(0, len(message), 64):
        w = [int.from_bytes(message[i : i + 4], "big") for i in range(start, start + 64, 4)]
        for j in range(16, 68):
            x = w[j - 16] ^ w[j - 9] ^ rol(w[j - 3], 15)
            w.append(x ^ rol(x, 15) ^ rol(x, 23) ^ rol(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, h = state
        for j in range(64):
            turn = rol(0x79CC4519 if j < 16 else 0x7A879D8A, j % 32)
            ss1 = rol((rol(a, 12) + e + turn) & 0xFFFFFFFF, 7)
            ff, gg = (a ^ b ^ c, e ^ f ^ g) if j < 16 else (a & b | a & c | b & c, e & f | ~e & g)
            tt1 = (ff + d + (ss1 ^ rol(a, 12)) + (w[j] ^ w[j + 4])) & 0xFFFFFFFF
            tt2 = (gg + h + ss1 + w[j]) & 0xFFFFFFFF
            a, b, c, d = tt1, a, rol(b, 9), c
            e, f, g, h = tt2 ^ rol(tt2, 9) ^ rol(tt2, 17), e, rol(f, 19), g
        state = [x ^ y for x, y in zip(state, (a, b, c, d, e, f, g, h))]
    return b"".join(x.to_bytes(4, "big") for x in state)


class _Sm3:
    """The few parts of hashlib's interface used below, for a Python whose OpenSSL lacks SM3."""

    def __init__(self, data: bytes) -> None:
        self._digest = sm3(data)

    def digest(self) -> bytes:
        return self._digest

    def hexdigest(self) -> str:
        return self._digest.hex()


@lru_cache(maxsize=None)
def hash_function(name: str) -> Callable[[bytes], Any]:
    """The hash named in the announcement: bytes to an object with digest() and hexdigest()."""
    if name == "sha256":
        return hashlib.sha256
    try:
        hashlib.new("sm3", b"")
    except ValueError:
        return _Sm3
    return lambda data: hashlib.new("sm3", data)


def hex_of(name: str, data: str | bytes) -> str:
    """Digest of a text (as UTF-8) or of bytes, in lower-case hex."""
    return hash_function(name)(data.encode() if isinstance(data, str) else data).hexdigest()


# ---------------------------------------------------------------------------------------------------------------------
# 3. Merkle tree (RFC 9162 section 2.1): leaf H(0x00 + line), node H(0x01 + left + right)
# ---------------------------------------------------------------------------------------------------------------------


def merkle_levels(lines: Sequence[bytes], name: str) -> list[list[bytes]]:
    """All levels, leaves first; a last node without a partner rises unchanged."""
    new = hash_function(name)
    level = [new(b"\x00" + line).digest() for line in lines] or [new(b"").digest()]
    levels = [level]
    while len(level) > 1:
        pairs = [new(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
        level = pairs + level[len(level) & ~1 :]
        levels.append(level)
    return levels


def merkle_path(levels: list[list[bytes]], index: int) -> list[bytes]:
    """Inclusion proof of one leaf: its sibling on each level where it has one."""
    path = []
    for level in levels[:-1]:
        if index ^ 1 < len(level):
            path.append(level[index ^ 1])
        index >>= 1
    return path


def merkle_root_from(line: bytes, index: int, size: int, path: Sequence[bytes], name: str) -> bytes | None:
    """The root that follows from a line and its proof (RFC 9162 section 2.1.3.2); None for a proof of wrong shape."""
    new, last = hash_function(name), size - 1
    node = new(b"\x00" + line).digest()
    if not 0 <= index < size:
        return None
    for sibling in path:
        if last == 0:
            return None
        if index & 1 or index == last:
            node = new(b"\x01" + sibling + node).digest()
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            node = new(b"\x01" + node + sibling).digest()
        index, last = index >> 1, last >> 1
    return node if last == 0 else None


# ---------------------------------------------------------------------------------------------------------------------
# 4. drand: a BLS signature on the curve BLS12-381, signature on G1 and public key on G2 (chain "quicknet")
#    Fp2 = numbers (a, b) meaning a + b*i. Points are pairs (x, y) over Fp2, None is the point at infinity; points of G1
#    are written in the same way with i-part 0. Fp12 = six numbers of Fp2, the coefficients of powers of w, w^6 = 1 + i.
# ---------------------------------------------------------------------------------------------------------------------

P = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB
ORDER = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
CURVE_X = 0xD201000000010000  # the curve's parameter is minus this number
G2_GENERATOR = (
    (
        0x024AA2B2F08F0A91260805272DC51051C6E47AD4FA403B02B4510B647AE3D1770BAC0326A805BBEFD48056C8C121BDB8,
        0x13E02B6052719F607DACD3A088274F65596BD0D09920B61AB5DA61BBDC7F5049334CF11213945D57E5AC7D055D042B7E,
    ),
    (
        0x0CE5D527727D6E118CC9CDC6DA2E351AADFD9BAA8CBDD3A76D429A695160D12C923AC9CC3BACA289E193548608B82801,
        0x0606C4A02EA734CC32ACD2B02BC28B99CB3E287E85A763AF267492AB572E99AB3F370D275CEC1DA1AAA9075FF05F79BE,
    ),
)
# Domain tags. quicknet uses the first; the second belongs to a retired chain that hashed to G1 under the tag of G2.
DOMAINS = {
    "bls-unchained-g1-rfc9380": b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_",
    "bls-unchained-on-g1": b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_",
}
QUICKNET = {
    "chain": "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
    "scheme": "bls-unchained-g1-rfc9380",
    "period": 3,
    "genesis": 1692803367,
    "public_key": "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d"
    "1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
    "group_hash": "f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e",
    "beacon_id": "quicknet",
}


def f2_mul(a: tuple, b: tuple) -> tuple:
    """Product in Fp2: i * i = -1."""
    return (a[0] * b[0] - a[1] * b[1]) % P, (a[0] * b[1] + a[1] * b[0]) % P


def f2_sub(a: tuple, b: tuple) -> tuple:
    """Difference in Fp2."""
    return (a[0] - b[0]) % P, (a[1] - b[1]) % P


def f2_inv(a: tuple) -> tuple:
    """1/a in Fp2."""
    n = pow(a[0] * a[0] + a[1] * a[1], -1, P)
    return a[0] * n % P, -a[1] * n % P


def slope(a: tuple, b: tuple) -> tuple:
    """Slope of the line through two points, or of the tangent where they are one."""
    if a == b:
        return f2_mul(f2_mul((3, 0), f2_mul(a[0], a[0])), f2_inv(f2_mul((2, 0), a[1])))
    return f2_mul(f2_sub(b[1], a[1]), f2_inv(f2_sub(b[0], a[0])))


def point_add(a: tuple | None, b: tuple | None) -> tuple | None:
    """Sum of two points of the curve."""
    if a is None or b is None:
        return b if a is None else a
    if a[0] == b[0] and (a[1] != b[1] or a[1] == (0, 0)):
        return None
    m = slope(a, b)
    x = f2_sub(f2_sub(f2_mul(m, m), a[0]), b[0])
    return x, f2_sub(f2_mul(m, f2_sub(a[0], x)), a[1])


def point_times(k: int, a: tuple | None) -> tuple | None:
    """A point added to itself k times, by doubling and adding."""
    out = None
    for bit in bin(k)[2:]:
        out = point_add(out, out)
        if bit == "1":
            out = point_add(out, a)
    return out


def f12_mul(a: list, b: list) -> list:
    """Product in Fp12."""
    real, imag = [0] * 12, [0] * 12
    for i, (a0, a1) in enumerate(a):
        if a0 or a1:
            for k, (b0, b1) in enumerate(b, i):
                real[k] += a0 * b0 - a1 * b1
                imag[k] += a0 * b1 + a1 * b0
    # w^6 = 1 + i brings the upper half down
    return [((real[k] + real[k + 6] - imag[k + 6]) % P, (imag[k] + real[k + 6] + imag[k + 6]) % P) for k in range(6)]


F12_ONE = [(1, 0)] + [(0, 0)] * 5


def f12_pow(a: list, k: int) -> list:
    """a to the power k in Fp12."""
    out = F12_ONE
    for bit in bin(k)[2:]:
        out = f12_mul(out, out)
        if bit == "1":
            out = f12_mul(out, a)
    return out


@lru_cache(maxsize=None)
def frobenius_step() -> tuple:
    """(1 + i)^((p - 1) / 6): what w is multiplied by when raised to the power p."""
    return f12_pow([(1, 1)] + [(0, 0)] * 5, (P - 1) // 6)[0]


def f12_frobenius(a: list, times: int = 1) -> list:
    """a to the power p, as often as asked."""
    for _ in range(times):
        factor, out = (1, 0), []
        for c0, c1 in a:
            out.append(f2_mul((c0, -c1), factor))
            factor = f2_mul(factor, frobenius_step())
        a = out
    return a


def f12_conjugate(a: list) -> list:
    """a to the power p^6: the odd powers of w change their sign."""
    return [(c0, c1) if k % 2 == 0 else (-c0 % P, -c1 % P) for k, (c0, c1) in enumerate(a)]


def f12_inv(a: list) -> list:
    """1/a = (product of its conjugates) / (its norm), first down to Fp6, then to Fp2."""
    bar = f12_conjugate(a)
    norm6 = f12_mul(a, bar)
    rest = f12_mul(f12_frobenius(norm6, 2), f12_frobenius(norm6, 4))
    factor = f2_inv(f12_mul(norm6, rest)[0])
    return [f2_mul(c, factor) for c in f12_mul(bar, rest)]


def pairings_cancel(pairs: list) -> bool:
    """Whether the product of the pairings e(p, q) is 1, for p in G1 and q in G2 (optimal ate pairing)."""
    f, points = F12_ONE, [q for _, q in pairs]

    def line(k: int, other: tuple) -> list:
        """The line through points[k] and other at p, scaled by w^3 (which the final power removes); moves points[k]."""
        (px, _), (py, _) = pairs[k][0]
        t = points[k]
        m = slope(t, other)
        points[k] = point_add(t, other)
        return [f2_sub(f2_mul(m, t[0]), t[1]), (0, 0), (-m[0] * px % P, -m[1] * px % P), (py, 0), (0, 0), (0, 0)]

    for bit in bin(CURVE_X)[3:]:
        f = f12_mul(f, f)
        for k, (_, q) in enumerate(pairs):
            f = f12_mul(line(k, points[k]), f)
            if bit == "1":
                f = f12_mul(line(k, q), f)

    def to_x(a: list) -> list:  # the parameter is negative; inverse = conjugate from here on
        return f12_conjugate(f12_pow(a, CURVE_X))

    # Final power (p^12 - 1) / r = (p^6 - 1)(p^2 + 1) * (p^4 - p^2 + 1) / r, and three times the last factor
    # = (x - 1)^2 (x + p)(x^2 + p^2 - 1) + 3. The cube of an element of order r is 1 only if the element is.
    f = f12_mul(f12_conjugate(f), f12_inv(f))
    f = f12_mul(f12_frobenius(f, 2), f)
    a = f12_mul(to_x(f), f12_conjugate(f))
    a = f12_mul(to_x(a), f12_conjugate(a))
    a = f12_mul(to_x(a), f12_frobenius(a))
    a = f12_mul(f12_mul(to_x(to_x(a)), f12_frobenius(a, 2)), f12_conjugate(a))
    return f12_mul(a, f12_mul(f, f12_mul(f, f))) == F12_ONE


def fp_sqrt(a: int) -> int | None:
    """A square root modulo P (P = 3 modulo 4); None if there is none."""
    root = pow(a, (P + 1) // 4, P)
    return root if root * root % P == a % P else None


def f2_sqrt(a: tuple) -> tuple | None:
    """A square root in Fp2, of a number of Fp only if it lies in Fp; None if there is none."""
    norm = fp_sqrt(a[0] * a[0] + a[1] * a[1])
    for n in () if norm is None else (norm, -norm):
        x = fp_sqrt((a[0] + n) * (P + 1) // 2)
        if x:
            root = (x, a[1] * pow(2 * x, -1, P) % P)
            if f2_mul(root, root) == a:
                return root
    return None


def decompress(data: bytes, group: int) -> tuple | None:
    """A point of G1 (48 bytes) or G2 (96 bytes); None unless it is a point of the right order, not infinity."""
    if len(data) != 48 * group or data[0] >> 5 not in (4, 5):
        return None
    number = int.from_bytes(data, "big") & ((1 << (8 * len(data) - 3)) - 1)
    x = (number, 0) if group == 1 else (number & ((1 << 384) - 1), number >> 384)
    if max(x) >= P:
        return None
    cube = f2_mul(f2_mul(x, x), x)
    y = f2_sqrt(((cube[0] + 4) % P, (cube[1] + (0 if group == 1 else 4)) % P))
    if y is None:
        return None
    if ((y[1] or y[0]) > P // 2) != (data[0] >> 5 == 5):
        y = (-y[0] % P, -y[1] % P)
    return (x, y) if point_times(ORDER, (x, y)) is None else None


# Hashing to G1 (RFC 9380, suite BLS12381G1_XMD:SHA-256_SSWU_RO_): first to a point of y^2 = x^3 + ISO_A x + ISO_B, then
# through an isogeny of degree 11. Its x-map is ISO_X[0](x) / ISO_X[1](x) (RFC 9380 appendix E.2, lowest power first);
# its y-map is y/11 times the derivative of the x-map (an isogeny is fixed by its x-map up to a constant factor of y).
ISO_A = 0x144698A3B8E9433D693A02C96D4982B0EA985383EE66A8D8E8981AEFD881AC98936F8DA0E0F97F5CF428082D584C1D
ISO_B = 0x12E2908D11688030018B12E8753EEE3B2016C1F0F24F4070A0B9C14FCEF35EF55A23215A316CEAA5D1CC48E98E172BE0
ISO_X = (
    (
        0x11A05F2B1E833340B809101DD99815856B303E88A2D7005FF2627B56CDB4E2C85610C2D5F2E62D6EAEAC1662734649B7,
        0x17294ED3E943AB2F0588BAB22147A81C7C17E75B2F6A8417F565E33C70D1E86B4838F2A6F318C356E834EEF1B3CB83BB,
        0x0D54005DB97678EC1D1048C5D10A9A1BCE032473295983E56878E501EC68E25C958C3E3D2A09729FE0179F9DAC9EDCB0,
        0x1778E7166FCC6DB74E0609D307E55412D7F5E4656A8DBF25F1B33289F1B330835336E25CE3107193C5B388641D9B6861,
        0x0E99726A3199F4436642B4B3E4118E5499DB995A1257FB3F086EEB65982FAC18985A286F301E77C451154CE9AC8895D9,
        0x1630C3250D7313FF01D1201BF7A74AB5DB3CB17DD952799B9ED3AB9097E68F90A0870D2DCAE73D19CD13C1C66F652983,
        0x0D6ED6553FE44D296A3726C38AE652BFB11586264F0F8CE19008E218F9C86B2A8DA25128C1052ECADDD7F225A139ED84,
        0x17B81E7701ABDBE2E8743884D1117E53356DE5AB275B4DB1A682C62EF0F2753339B7C8F8C8F475AF9CCB5618E3F0C88E,
        0x080D3CF1F9A78FC47B90B33563BE990DC43B756CE79F5574A2C596C928C5D1DE4FA295F296B74E956D71986A8497E317,
        0x169B1F8E1BCFA7C42E0C37515D138F22DD2ECB803A0C5C99676314BAF4BB1B7FA3190B2EDC0327797F241067BE390C9E,
        0x10321DA079CE07E272D8EC09D2565B0DFA7DCCDDE6787F96D50AF36003B14866F69B771F8C285DECCA67DF3F1605FB7B,
        0x06E08C248E260E70BD1E962381EDEE3D31D79D7E22C837BC23C0BF1BC24C6B68C24B1B80B64D391FA9C8BA2E8BA2D229,
    ),
    (
        0x08CA8D548CFF19AE18B2E62F4BD3FA6F01D5EF4BA35B48BA9C9588617FC8AC62B558D681BE343DF8993CF9FA40D21B1C,
        0x12561A5DEB559C4348B4711298E536367041E8CA0CF0800C0126C2588C48BF5713DAA8846CB026E9E5C8276EC82B3BFF,
        0x0B2962FE57A3225E8137E629BFF2991F6F89416F5A718CD1FCA64E00B11ACEACD6A3D0967C94FEDCFCC239BA5CB83E19,
        0x03425581A58AE2FEC83AAFEF7C40EB545B08243F16B1655154CCA8ABC28D6FD04976D5243EECF5C4130DE8938DC62CD8,
        0x13A8E162022914A80A6F1D5F43E7A07DFFDFC759A12062BB8D6B44E833B306DA9BD29BA81F35781D539D395B3532A21E,
        0x0E7355F8E4E667B955390F7F0506C6E9395735E9CE9CAD4D0A43BCEF24B8982F7400D24BC4228F11C02DF9A29F6304A5,
        0x0772CAACF16936190F3E0C63E0596721570F5799AF53A1894E2E073062AEDE9CEA73B3538F0DE06CEC2574496EE84A3A,
        0x14A7AC2A9D64A8B230B3F5B074CF01996E7F63C21BCA68A81996E1CDF9822C580FA5B9489D11E2D311F7D99BBDCC5A5E,
        0x0A10ECF6ADA54F825E920B3DAFC7A3CCE07F8D1D7161366B74100DA67F39883503826692ABBA43704776EC3A79A1D641,
        0x095FC13AB9E92AD4476D6E3EB3A56680F682B4EE96F7D03776DF533978F31C1593174E4B4B7865002D6384D168ECDD0A,
        1,
    ),
)


def expand_message(message: bytes, domain: bytes, length: int) -> bytes:
    """expand_message_xmd of RFC 9380 section 5.3.1 with SHA-256."""
    tail = domain + bytes([len(domain)])
    first = hashlib.sha256(bytes(64) + message + length.to_bytes(2, "big") + b"\x00" + tail).digest()
    block, out = bytes(32), b""
    for number in range(1, length // 32 + 1):
        block = hashlib.sha256(bytes(a ^ b for a, b in zip(first, block)) + bytes([number]) + tail).digest()
        out += block
    return out


def map_to_curve(u: int) -> tuple:
    """Simplified SWU with Z = 11 (RFC 9380 section 6.6.2), then the isogeny to y^2 = x^3 + 4."""
    z = 11 * u * u % P
    t = (z * z + z) % P
    x = -ISO_B * (1 + pow(t, -1, P)) * pow(ISO_A, -1, P) % P if t else ISO_B * pow(11 * ISO_A, -1, P) % P
    y = fp_sqrt(x**3 + ISO_A * x + ISO_B)
    if y is None:
        x = z * x % P
        y = fp_sqrt(x**3 + ISO_A * x + ISO_B) or 0
    y = y if y % 2 == u % 2 else P - y

    def at(coefficients: Iterable[int]) -> int:
        return sum(c * pow(x, k, P) for k, c in enumerate(coefficients)) % P

    top, bottom = (at(c) for c in ISO_X)
    d_top, d_bottom = (at(k * c for k, c in enumerate(cs) if k) for cs in ISO_X)
    inverse = pow(bottom, -1, P)
    return (top * inverse % P, 0), (y * (d_top * bottom - top * d_bottom) * inverse**2 * pow(11, -1, P) % P, 0)


def hash_to_g1(message: bytes, domain: bytes) -> tuple | None:
    """The point of G1 that a message is hashed to (RFC 9380 section 3, hash_to_curve)."""
    stream = expand_message(message, domain, 128)
    a, b = (map_to_curve(int.from_bytes(stream[i : i + 64], "big") % P) for i in (0, 64))
    return point_times(CURVE_X + 1, point_add(a, b))


def drand_signature_holds(scheme: str, public_key: str, round_number: int, signature: str) -> bool:
    """Whether the chain with this public key signed this round.

    The message is SHA-256 of the round as 8 bytes; the signature holds if e(signature, g2) = e(hash, public key).
    Only the two unchained schemes with signatures on G1 are known; everything malformed is False.
    """
    try:
        key, point = decompress(bytes.fromhex(public_key), 2), decompress(bytes.fromhex(signature), 1)
        message = hashlib.sha256(round_number.to_bytes(8, "big")).digest()
    except (ValueError, OverflowError):
        return False
    if scheme not in DOMAINS or key is None or point is None:
        return False
    minus_g2 = (G2_GENERATOR[0], f2_sub((0, 0), G2_GENERATOR[1]))
    return pairings_cancel([(point, minus_g2), (hash_to_g1(message, DOMAINS[scheme]), key)])


def drand_chain_hash(period: int, genesis: int, public_key: str, group_hash: str, beacon_id: str) -> str:
    """The name of a chain, which is the hash of everything that defines it."""
    data = (
        period.to_bytes(4, "big") + genesis.to_bytes(8, "big") + bytes.fromhex(public_key) + bytes.fromhex(group_hash)
    )
    return hashlib.sha256(data + (b"" if beacon_id == "default" else beacon_id.encode())).hexdigest()


def drand_time(genesis: int, period: int, round_number: int) -> datetime:
    """When a round is published; raises OverflowError beyond the year 9999."""
    return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=genesis + period * (round_number - 1))


# ---------------------------------------------------------------------------------------------------------------------
# 5. Reading a bundle: nothing in it is trusted, every fault of form is collected and said in a sentence
# ---------------------------------------------------------------------------------------------------------------------


class Leaf(NamedTuple):
    """A kind of value: the test it must pass and what was wanted."""

    holds: Callable[[Any], bool]
    wanted: Text


class Maybe(NamedTuple):
    """The shape, or null."""

    shape: Any


class Each(NamedTuple):
    """An object with any names, all values of one shape."""

    shape: Any


class ByKind(NamedTuple):
    """An object whose shape is chosen by its "kind"."""

    shapes: dict[str, Any]


def is_integer(value: Any, low: int, high: int) -> bool:
    """An integer in this range; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def is_text(value: Any) -> bool:
    """A text that has a UTF-8 form (JSON can smuggle in half characters)."""
    return isinstance(value, str) and not re.search("[\ud800-\udfff]", value)


def matching_text(pattern: str, zh: str, en: str) -> Leaf:
    """A text of this form."""
    compiled = re.compile(pattern)
    return Leaf(lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None, Text(zh, en))


def one_of(*values: str) -> Leaf:
    """One of these words."""
    listed = "/".join(values)
    return Leaf(lambda value: isinstance(value, str) and value in values, Text(f"{listed} 之一", f"one of {listed}"))


def read_time(value: str) -> datetime:
    """A time with its zone, as written in the bundle; ValueError otherwise."""
    time = datetime.fromisoformat(value.replace("Z", "+00:00"))
    if time.tzinfo is None:
        raise ValueError(value)
    return time


def is_time(value: Any) -> bool:
    """A text that read_time understands."""
    try:
        return isinstance(value, str) and len(value) <= 40 and read_time(value) is not None
    except ValueError:
        return False


DIGEST = matching_text("[0-9a-f]{64}", "64 位小写十六进制数", "64 lower-case hex digits")
KEY = matching_text("[0-9a-f]{32}", "32 位小写十六进制数", "32 lower-case hex digits")
HEX = matching_text("(?:[0-9a-f]{2}){1,512}", "小写十六进制数", "lower-case hex digits")
ODDS = matching_text(r"[01]\.[0-9]{12}", "12 位小数的概率", "a probability with 12 decimals")
TEXT = Leaf(is_text, Text("文字", "a text"))
COUNT = Leaf(lambda v: is_integer(v, 0, MANTISSA - 1), Text("0 到 2^53-1 的整数", "an integer from 0 to 2^53-1"))
SIGNED = Leaf(
    lambda v: is_integer(v, 1 - MANTISSA, MANTISSA - 1), Text("绝对值小于 2^53 的整数", "an integer below 2^53")
)
YES_NO = Leaf(lambda v: isinstance(v, bool), Text("true 或 false", "true or false"))
TIME = Leaf(is_time, Text("带时区的时间", "a time with its zone"))

ANNOUNCEMENT = {
    "format": one_of("qualitycity-draw/1"),
    "rule": one_of("v1"),
    "title": TEXT,
    "hash": one_of("sha256", "sm3"),
    "mode": one_of("open", "sealed"),
    "round": COUNT,
    "frame": DIGEST,
    "frame_root": Maybe(DIGEST),
    "strata": [{"stratum": TEXT, "take": COUNT, "reserve": COUNT}],
    "odds": Maybe([{"stratum": TEXT, "weight": COUNT, "count": COUNT, "probability": ODDS}]),
    "cap": Maybe(COUNT),
    "label": TEXT,
    "commitment": Maybe(DIGEST),
    "match_commitment": Maybe(DIGEST),
    "inputs": [
        ByKind(
            {
                "digits": {
                    "sides": Leaf(lambda v: is_integer(v, 2, 10), Text("2 到 10 的整数", "an integer from 2 to 10")),
                    "count": COUNT,
                },
                "drand": {
                    "chain": DIGEST,
                    "round": COUNT,
                    "public_key": HEX,
                    "scheme": TEXT,
                    "genesis": COUNT,
                    "period": COUNT,
                    "group_hash?": DIGEST,
                    "beacon_id?": TEXT,
                },
                "witness": {"k": COUNT, "commitment": DIGEST},
            }
        )
    ],
    "matching": Maybe(Each({"team": COUNT, "pool": Maybe(DIGEST)})),
    "published_at": Maybe(TIME),
    "draw_at": Maybe(TIME),
}
TRANSCRIPT = {
    "round": COUNT,
    "announcement": DIGEST,
    "inputs": [
        ByKind(
            {
                "digits": {"value": TEXT},
                "drand": {"round": COUNT, "randomness": DIGEST, "signature": HEX},
                "witness": {"k": COUNT, "value?": TEXT, "nonce?": TEXT, "struck?": YES_NO},
            }
        )
    ],
    "secret": Maybe(TEXT),
    "match_secret": Maybe(TEXT),
    "seed": Maybe(DIGEST),
    "seed_lines": Maybe([TEXT]),
    "drawn_at": Maybe(TIME),
    "void": Maybe({"reason": TEXT}),
}
RESULT_SEALED = {"round": COUNT, "state": one_of("open", "sealed"), "count": COUNT, "digest": DIGEST}
RESULT_OPEN = {
    **RESULT_SEALED,
    "key": KEY,
    "passed_over": [TEXT],
    "strata": [
        {
            "stratum": TEXT,
            "eligible": COUNT,
            "n": COUNT,
            "m": COUNT,
            "W": COUNT,
            "cut": Maybe(COUNT),
            "drawn": [TEXT],
            "reserve": [TEXT],
            "last_q": Maybe(TEXT),
            "last_reserve_q": Maybe(TEXT),
            "odds": [{"weight": COUNT, "count": COUNT, "probability": ODDS}],
        }
    ],
}
WINDOW_PROOF = {"tasks": [COUNT], "agents": [COUNT]}
MATCHING = {
    "round": COUNT,
    "match_seed": DIGEST,
    "parts": [
        {
            "label": TEXT,
            "key": KEY,
            "team": COUNT,
            "tasks": [TEXT],
            "agents": [{"id": TEXT, "capacity": COUNT}],
            "set_asides": [{"task": TEXT, "agent": TEXT, "reason": TEXT}],
            "allowed": Maybe([[COUNT]]),
            "lo": COUNT,
            "hi": COUNT,
            "hi_proof": Maybe(WINDOW_PROOF),
            "lo_proof": Maybe(WINDOW_PROOF),
            "assignment": [[TEXT]],
            "cost": COUNT,
            "unique": YES_NO,
            "potentials": {"tasks": [SIGNED], "agents": [SIGNED]},
            "pool_text?": Maybe(TEXT),
            "supplement?": [TEXT],
        }
    ],
}
PROOF = {
    "format": one_of("qualitycity-proof/1"),
    "hash": one_of("sha256", "sm3"),
    "line": TEXT,
    "index": COUNT,
    "size": COUNT,
    "path": [DIGEST],
    "root": DIGEST,
}


def misfits(value: Any, shape: Any, path: str) -> Iterator[Text]:
    """Every place where a value from outside does not have the shape it must have."""
    if isinstance(shape, Maybe):
        if value is not None:
            yield from misfits(value, shape.shape, path)
    elif isinstance(shape, Leaf):
        if not shape.holds(value):
            yield Text(
                f"{path}:应为{shape.wanted.zh},所见 {show(value, 60)}",
                f"{path}: must be {shape.wanted.en}, found {show(value, 60)}",
            )
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield Text(f"{path}:应为列表", f"{path}: must be a list")
        else:
            for place, item in enumerate(value):
                yield from misfits(item, shape[0], f"{path}[{place}]")
    elif not isinstance(value, dict):
        yield Text(f"{path}:应为对象", f"{path}: must be an object")
    elif isinstance(shape, Each):
        for name, item in value.items():
            yield from misfits(item, shape.shape, f"{path}.{show(name, 40)}")
    elif isinstance(shape, ByKind):
        kind = value.get("kind")
        if not isinstance(kind, str) or kind not in shape.shapes:
            known = "/".join(shape.shapes)
            yield Text(f"{path}.kind:应为 {known} 之一", f"{path}.kind: must be one of {known}")
        else:
            yield from misfits(value, shape.shapes[kind], path)
    else:
        for name, inner in shape.items():
            bare = name.rstrip("?")
            if bare in value:
                yield from misfits(value[bare], inner, f"{path}.{bare}")
            elif bare == name:
                yield Text(f"{path}:缺少 {bare}", f"{path}: {bare} is missing")


BRACKETS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)


def nesting(text: str) -> int:
    """How deep a JSON text is nested; measured first, because a parser may crash where nesting has no limit."""
    depth = deepest = 0
    for found in BRACKETS.finditer(text):
        sign = found.group()
        if sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "]}":
            depth -= 1
    return deepest


def read_json(data: bytes, name: str, shape: Any) -> dict[str, Any]:
    """Parse one JSON file of the bundle and hold it against its shape; Unreadable with every fault found."""

    def refuse(zh: str, en: str) -> Any:
        raise Unreadable(Text(f"{name}:{zh}", f"{name}: {en}"))

    def integer(digits: str) -> int:
        return int(digits) if len(digits) <= 30 else refuse("整数过大", "an integer is too large")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        return (
            found if len(found) == len(pairs) else refuse("同一对象里有重名的项", "a name stands twice in one object")
        )

    def fraction(number: str) -> Any:
        return refuse(f"不许有小数 {show(number, 30)}", f"fractions are not allowed ({show(number, 30)})")

    try:
        text = data.decode("utf-8")
        if nesting(text) > LIMIT_NESTING:
            refuse("嵌套过深", "nested too deeply")
        value = json.loads(
            text,
            parse_int=integer,
            parse_float=fraction,
            parse_constant=fraction,
            object_pairs_hook=unique,
        )
    except UnicodeDecodeError as error:
        refuse(f"第 {error.start + 1} 个字节起不是 UTF-8", f"not UTF-8 at byte {error.start + 1}")
    except ValueError as error:
        where = getattr(error, "lineno", "?")
        refuse(f"不是 JSON(第 {where} 行)", f"not JSON (line {where})")
    faults = list(misfits(value, shape, name))
    if faults:
        raise Unreadable(*faults)
    return value


class Round(NamedTuple):
    """The files of one round; what is not published yet is None."""

    number: int
    announcement_bytes: bytes
    announcement: dict[str, Any]
    transcript: dict[str, Any] | None
    result: dict[str, Any] | None
    matching: dict[str, Any] | None


class Bundle(NamedTuple):
    """The files of a bundle, read and of the right form."""

    frame: bytes
    rounds: list[Round]


def open_folder(path: str) -> tuple[list[str], Callable[[str, int], bytes]]:
    """Names in a folder, and how to read at most so many bytes of one."""
    names = []
    for base, _, files in os.walk(path):
        names += [os.path.relpath(os.path.join(base, name), path).replace(os.sep, "/") for name in files]

    def read(name: str, limit: int) -> bytes:
        with open(os.path.join(path, name), "rb") as stream:
            return stream.read(limit)

    return names, read


def open_zip(path: str) -> tuple[list[str], Callable[[str, int], bytes]]:
    """Names in an archive, and how to read at most so many bytes of one: a zip bomb stops there."""
    archive = zipfile.ZipFile(path)
    names = archive.namelist()
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise Unreadable(
            Text(f"压缩包里有重名文件 {show(twice[0])}", f"a name stands twice in the archive: {show(twice[0])}")
        )

    def read(name: str, limit: int) -> bytes:
        with archive.open(name) as stream:
            return stream.read(limit)

    return names, read


def read_bundle(path: str) -> Bundle:
    """Read BUNDLE.zip or the folder it was unpacked to; Unreadable says all that is wrong with its form."""
    try:
        names, read = open_folder(path) if os.path.isdir(path) else open_zip(path)
        numbers = sorted(
            {int(m.group(1)) for m in (re.fullmatch(r"round-(0|[1-9][0-9]{0,8})/.+", name) for name in names) if m}
        )
        missing = [name for name, there in (("frame.csv", "frame.csv" in names), ("round-1/", numbers)) if not there]
        if missing:
            raise Unreadable(*(Text(f"包里没有 {name}", f"the bundle has no {name}") for name in missing))
        if len(numbers) > LIMIT_ROUNDS:
            raise Unreadable(Text(f"轮次超过 {LIMIT_ROUNDS}", f"more than {LIMIT_ROUNDS} rounds"))

        def limited(name: str, limit: int) -> bytes:
            data = read(name, limit + 1)
            if len(data) > limit:
                raise Unreadable(
                    Text(f"{name} 解开后超过 {limit // MIB} MiB", f"{name} unpacks to more than {limit // MIB} MiB")
                )
            return data

        frame = limited("frame.csv", LIMIT_FRAME)
        return Bundle(frame, read_rounds(numbers, names, lambda name: limited(name, LIMIT_JSON)))
    except FileNotFoundError:
        raise Unreadable(Text(f"没有这个文件:{show(path)}", f"no such file: {show(path)}")) from None
    except zipfile.BadZipFile:
        raise Unreadable(Text("不是完好的 ZIP 文件", "not an intact ZIP file")) from None
    except (OSError, RuntimeError, NotImplementedError, EOFError, ValueError, zlib.error) as error:
        raise Unreadable(Text(f"读不出来:{show(str(error))}", f"cannot be read: {show(str(error))}")) from None


def read_rounds(numbers: list[int], names: Iterable[str], read: Callable[[str], bytes]) -> list[Round]:
    """Read the JSON files of every round; all faults of all files at once."""
    present, rounds, faults = set(names), [], []
    shapes = {"announcement": ANNOUNCEMENT, "transcript": TRANSCRIPT, "result": RESULT_SEALED, "matching": MATCHING}
    for number in numbers:
        data: dict[str, Any] = {}
        raw = b""
        for kind, shape in shapes.items():
            name = f"round-{number}/{kind}.json"
            if name not in present:
                continue
            try:
                content = read(name)
                data[kind] = read_json(content, name, shape)
                if kind == "announcement":
                    raw = content
                if kind == "result" and data[kind]["state"] == "open":
                    read_json(content, name, RESULT_OPEN)
                if data[kind]["round"] != number:
                    faults.append(Text(f"{name}:轮次不是 {number}", f"{name}: round is not {number}"))
            except Unreadable as error:
                faults += error.reasons
        needs = {"transcript": "announcement", "result": "transcript", "matching": "result"}
        for kind, before in {"announcement": "", **needs}.items():
            if (f"round-{number}/{kind}.json" in present or not before) and (
                f"round-{number}/{before or kind}.json" not in present
            ):
                lost = f"round-{number}/{before or kind}.json"
                faults.append(Text(f"包里没有 {lost}", f"the bundle has no {lost}"))
        parts = (data.get(kind) for kind in ("transcript", "result", "matching"))
        rounds.append(Round(number, raw, data.get("announcement", {}), *parts))
    if faults:
        raise Unreadable(*dict.fromkeys(faults))
    return rounds


# ---------------------------------------------------------------------------------------------------------------------
# 6. Draw rule v1
# ---------------------------------------------------------------------------------------------------------------------


class Unit(NamedTuple):
    """One line of the frame: an enterprise, or an enterprise and one of its products."""

    id: str
    stratum: str
    weight: int
    reason: str

    @property
    def enterprise(self) -> str:
        return self.id.split("/", 1)[0]


FORBIDDEN = re.compile('[\x00-\x1f\x7f-\x9f"\u2028\u2029]')
WEIGHT = re.compile("0|[1-9][0-9]{0,9}")


def line_fault(line: bytes, previous: str) -> tuple[Unit | None, Text | None]:
    """Read one line of the frame; say what is wrong with it, if anything."""
    try:
        fields = line.decode("utf-8").split(",")
    except UnicodeDecodeError:
        return None, Text("不是 UTF-8", "not UTF-8")
    if len(fields) != 4:
        return None, Text(f"应有 4 栏,所见 {len(fields)} 栏", f"4 fields expected, {len(fields)} found")
    unit_id, stratum, weight, reason = fields
    if not WEIGHT.fullmatch(weight) or int(weight) >= 1 << 31:
        return None, Text(f"权重 {show(weight, 30)} 不是整数", f"weight {show(weight, 30)} is not an integer")
    unit = Unit(unit_id, stratum, int(weight), reason)
    if FORBIDDEN.search(unit_id + stratum + reason):
        return unit, Text("含控制字符或引号", "holds a control character or a quote")
    if not unit_id or len(unit_id.encode()) > 128 or unit_id != unit_id.strip() or not stratum:
        return unit, Text("编号或层名空白、过长或首尾有空格", "id or stratum empty, too long or with a space at an end")
    if not unit_id.isascii() and not unicodedata.is_normalized("NFC", unit_id):
        return unit, Text("编号未按 NFC 规范化", "id is not normalised (NFC)")
    if unit_id <= previous:
        return unit, Text("编号重复或未按升序排列", "id stands twice or out of order")
    if (unit.weight == 0) != bool(reason):
        return unit, Text("权重为 0 当且仅当写明原因", "weight 0 if and only if a reason is given")
    return unit, None


def read_frame(data: bytes) -> tuple[list[Unit], list[bytes], list[Text]]:
    """The units and canonical lines of frame.csv, and every line that is not canonical."""
    lines = data.split(b"\n")
    units, faults, previous = [], [], ""
    if lines.pop():
        faults.append(Text("最后一行没有换行", "the last line does not end with a line feed"))
    for number, line in enumerate(lines, 1):
        unit, fault = line_fault(line, previous)
        if fault is not None:
            faults.append(Text(f"第 {number} 行:{fault.zh}", f"line {number}: {fault.en}"))
        if unit is not None:
            units.append(unit)
            previous = unit.id
    if not lines:
        faults.append(Text("名单是空的", "the frame is empty"))
    totals: Counter[str] = Counter()
    for unit in units:
        totals[unit.stratum] += unit.weight
    for stratum in [name for name, total in totals.items() if total >= MANTISSA]:
        name = show(stratum, 60)
        faults.append(Text(f"{name} 的权重之和达到 2^53", f"the weights of {name} add up to 2^53 or more"))
    return units, lines, faults


class Plan(NamedTuple):
    """What the integer plan of one stratum fixes: m still to draw out of weight W; weights from cut on are certain."""

    n: int
    m: int
    W: int
    cut: int | None


def make_plan(histogram: dict[int, int], n: int) -> Plan:
    """Heaviest class first: while what is still to draw covers the class, take the whole class with certainty."""
    taken, rest, cut = 0, sum(weight * count for weight, count in histogram.items()), None
    for weight in sorted(histogram, reverse=True):
        if taken >= n or (n - taken) * weight < rest:
            break
        taken, rest, cut = taken + histogram[weight], rest - weight * histogram[weight], weight
    return Plan(n, n - taken, rest, cut)


def rank_value(ticket: str, weight: int, plan: Plan) -> float:
    """q of the rule: three rounded operations on exact integers; certain units stand before all others."""
    if plan.cut is not None and weight >= plan.cut:
        return -1.0
    h = 2 * int(ticket[:13], 16) + 1
    return (h / (MANTISSA - h)) * ((plan.W - plan.m * weight) / (plan.m * weight))


class Stratum(NamedTuple):
    """One stratum drawn again: the plan, the ranked units that matter and what they give."""

    histogram: dict[int, int]
    plan: Plan
    drawn: list[tuple[float, str, str]]  # (q, ticket, id) in draw order
    reserve: list[tuple[float, str, str]]


def draw_again(
    units: Sequence[Unit], strata: Sequence[dict[str, Any]], key: str, gone: set[str], cap: int | None, hash_name: str
) -> dict[str, Stratum]:
    """Recompute the draw: tickets, ranks, order, cap. gone = ids drawn in earlier rounds, passed over."""
    by_stratum: dict[str, list[Unit]] = {s["stratum"]: [] for s in strata if s["take"] > 0}
    for unit in units:
        if unit.weight and unit.stratum in by_stratum and unit.id not in gone:
            by_stratum[unit.stratum].append(unit)
    new, head = hash_function(hash_name), key + ":"
    ranked: dict[str, list[tuple[float, str, str]]] = {}
    plans: dict[str, tuple[dict[int, int], Plan]] = {}
    for entry in strata:
        name = entry["stratum"]
        if name in by_stratum:
            histogram = dict(Counter(unit.weight for unit in by_stratum[name]))
            plan = make_plan(histogram, min(entry["take"], len(by_stratum[name])))
            tickets = [(new((head + u.id).encode()).hexdigest(), u) for u in by_stratum[name]]
            ranked[name] = [(rank_value(ticket, u.weight, plan), ticket, u.id) for ticket, u in tickets]
            plans[name] = histogram, plan
    if cap is not None:
        ranked = within_cap(ranked, cap, Counter(i.split("/", 1)[0] for i in gone))
    out = {}
    for entry in strata:
        name, n = entry["stratum"], entry["take"]
        if name in ranked:
            first = heapq.nsmallest(n + entry["reserve"], ranked[name])
            out[name] = Stratum(*plans[name], first[:n], first[n:])
    return out


def within_cap(
    ranked: dict[str, list[tuple[float, str, str]]], cap: int, used: Counter[str]
) -> dict[str, list[tuple[float, str, str]]]:
    """Of each enterprise keep its best units over all strata, as many as the cap still leaves it."""
    kept: dict[str, list[tuple[float, str, str]]] = {name: [] for name in ranked}
    count = Counter(used)
    for q, ticket, unit_id, name in sorted((*row, name) for name, rows in ranked.items() for row in rows):
        enterprise = unit_id.split("/", 1)[0]
        if count[enterprise] < cap:
            count[enterprise] += 1
            kept[name].append((q, ticket, unit_id))
    return kept


def odds_faults(histogram: dict[int, int], plan: Plan, published: dict[int, tuple[int, str]]) -> list[Text]:
    """Whether published odds can be the odds of this plan: right classes, certain where certain, fair, summing to n."""
    faults = []
    for weight in sorted(set(histogram) | set(published)):
        count, found = histogram.get(weight, 0), published.get(weight, (0, ""))[0]
        if count != found:
            faults.append(
                Text(f"权重 {weight} 应有 {count} 家,所见 {found}", f"weight {weight}: {count} units, not {found}")
            )
    if faults:
        return faults
    chance = {weight: int(text.replace(".", "")) for weight, (_, text) in published.items()}  # in units of 10^-12
    one, previous, rounding = 10**12, 0, 100
    for weight in sorted(chance):
        least = 0 if plan.n == 0 or plan.m * weight < plan.W // 10**5 else 1  # far below a target of 1e-5 rounds to 0
        if plan.cut is not None and weight >= plan.cut and chance[weight] != one:
            faults.append(Text(f"权重 {weight} 必中,概率应为 1", f"weight {weight} is certain, its odds must be 1"))
        if not least <= chance[weight] <= one:
            faults.append(Text(f"权重 {weight} 的概率不在 0 与 1 之间", f"odds of weight {weight} not between 0 and 1"))
        if chance[weight] < previous - rounding:
            faults.append(Text(f"权重 {weight} 的概率反而较小", f"odds of weight {weight} below a lighter one"))
        previous = chance[weight]
    total = sum(chance[weight] * histogram[weight] for weight in chance)
    if abs(total - plan.n * one) > max(10**6, 10 * sum(histogram.values())):
        total_text = f"{total / one:.9f}"
        faults.append(Text(f"概率之和为 {total_text},应为 {plan.n}", f"odds add up to {total_text}, not {plan.n}"))
    return faults


# ---------------------------------------------------------------------------------------------------------------------
# 7. Matching: who inspects whom. No solver is needed to check that no cheaper assignment exists, only a certificate:
#    with the published potentials p, let r = cost + p(task) - p(agent). If r >= 0 for every unused pair, r <= 0 for
#    every used one, and agents not at a bound of their load have p = 0 on that side, the assignment is the cheapest.
# ---------------------------------------------------------------------------------------------------------------------


class Market(NamedTuple):
    """One part of the matching with positions instead of names, all references checked."""

    allowed: list[list[int]]  # per task: positions of the agents it may get, ascending
    chosen: list[list[int]]  # per task: positions of the agents it got, as published
    capacity: list[int]
    usable: list[bool]
    load: list[int]


def market_of(part: dict[str, Any]) -> tuple[Market | None, list[Text]]:
    """Resolve names to positions; every reference that leads nowhere is a fault."""
    tasks, agents = part["tasks"], [agent["id"] for agent in part["agents"]]
    task_at, agent_at = {t: j for j, t in enumerate(tasks)}, {a: i for i, a in enumerate(agents)}
    faults = []
    if agents != sorted(agent_at):
        faults.append(Text("候选编号重复或未按升序", "agents stand twice or out of order"))
    sizes = (part["assignment"], part["potentials"]["tasks"], part["allowed"] if part["allowed"] is not None else tasks)
    if len(task_at) != len(tasks) or any(len(size) != len(tasks) for size in sizes):
        faults.append(Text("任务重复或表长不符", "tasks stand twice or a list has another length"))
    if len(part["potentials"]["agents"]) != len(agents):
        faults.append(Text("候选势值个数不符", "another number of agent potentials"))
    strangers = [a for names in part["assignment"] for a in names if a not in agent_at]
    strangers += [s["agent"] for s in part["set_asides"] if s["agent"] not in agent_at]
    strangers += [s["task"] for s in part["set_asides"] if s["task"] not in task_at]
    faults += [
        Text(f"{show(name, 60)} 不在表内", f"{show(name, 60)} is not listed") for name in dict.fromkeys(strangers)
    ]
    for j, row in enumerate(part["allowed"] or []):
        if row != sorted(set(row)) or (row and row[-1] >= len(agents)):
            faults.append(
                Text(f"allowed[{j}] 不是升序的有效位置", f"allowed[{j}] is not a list of ascending positions")
            )
    if faults:
        return None, faults
    barred: dict[int, set[int]] = {}
    for aside in part["set_asides"]:
        barred.setdefault(task_at[aside["task"]], set()).add(agent_at[aside["agent"]])
    everyone = list(range(len(agents)))
    rows = [everyone] * len(tasks) if part["allowed"] is None else part["allowed"]
    allowed = [[i for i in row if i not in barred[j]] if j in barred else row for j, row in enumerate(rows)]
    chosen = [[agent_at[name] for name in names] for names in part["assignment"]]
    capacity = [agent["capacity"] for agent in part["agents"]]
    reach: set[int] = set()
    for row in allowed:
        reach.update(row)
    load = Counter(i for row in chosen for i in row)
    usable = [capacity[i] >= 1 and i in reach for i in everyone]
    return Market(allowed, chosen, capacity, usable, [load[i] for i in everyone]), []


def certificate_faults(
    part: dict[str, Any], market: Market, hash_name: str
) -> tuple[list[Text], list[tuple[int, int, bool]], int, bool]:
    """Check the certificate. Returns (faults, arcs of zero reduced cost, total cost, whether each team is in order)."""
    new, head = hash_function(hash_name), part["key"] + ":"
    up, down = part["potentials"]["tasks"], part["potentials"]["agents"]
    names = [":" + agent["id"] for agent in part["agents"]]
    faults: list[Text] = []
    zero, total, in_order = [], 0, True
    for j, task in enumerate(part["tasks"]):
        start, used, mine = head + task, set(market.chosen[j]), {}
        for i in market.allowed[j]:
            cost = int.from_bytes(new((start + names[i]).encode()).digest()[:5], "big")
            reduced = cost + up[j] - down[i]
            if i in used:
                mine[i] = cost
                total += cost
            if reduced == 0:
                zero.append((j, i, i in used))
            elif (reduced > 0) == (i in used):
                agent = names[i][1:]
                faults.append(
                    Text(
                        f"{show(task)} 与 {show(agent)}:约化费用 {reduced}",
                        f"{show(task)} with {show(agent)}: {reduced}",
                    )
                )
        in_order = in_order and market.chosen[j] == sorted(mine, key=lambda i: (mine[i], names[i]))
    lo, hi = part["lo"], part["hi"]
    for i, usable in enumerate(market.usable):
        most = min(hi, market.capacity[i])
        if usable and (market.load[i] < most and down[i] < 0 or market.load[i] > lo and down[i] > 0):
            agent = names[i][1:]
            faults.append(
                Text(
                    f"{show(agent)} 的势值 {down[i]} 与负担不合",
                    f"potential {down[i]} of {show(agent)} does not fit its load",
                )
            )
    return faults, zero, total, in_order


def is_only_optimum(part: dict[str, Any], market: Market, zero: list[tuple[int, int, bool]]) -> bool:
    """No cycle of zero reduced cost, and no zero path from an agent that may lose a task to one that may gain one."""
    after: dict[int, list[int]] = {}
    incoming: Counter[int] = Counter()
    shift = len(part["tasks"])
    for j, i, used in zero:
        start, end = (shift + i, j) if used else (j, shift + i)
        after.setdefault(start, []).append(end)
        incoming[end] += 1
    queue = [node for node in after if not incoming[node]]
    left = sum(incoming.values())
    while queue:
        for end in after.get(queue.pop(), ()):
            left -= 1
            incoming[end] -= 1
            if not incoming[end]:
                queue.append(end)
    if left:
        return False  # arcs that never became free lie on a cycle
    free = [i for i, usable in enumerate(market.usable) if usable and part["potentials"]["agents"][i] == 0]
    gain = {shift + i for i in free if market.load[i] < min(part["hi"], market.capacity[i])}
    queue = [shift + i for i in free if market.load[i] > part["lo"]]
    seen: set[int] = set()
    while queue:
        for end in after.get(queue.pop(), ()):
            if end in gain:
                return False
            if end not in seen:
                seen.add(end)
                queue.append(end)
    return True


def window_holds(part: dict[str, Any], market: Market, side: str) -> bool:
    """Whether the claimed largest (hi) or smallest (lo) load is proved to be the best one possible."""
    team, needed = part["team"], part["team"] * len(part["tasks"])
    usable = [i for i, yes in enumerate(market.usable) if yes]
    if side == "hi" and part["hi"] == (-(-needed // len(usable)) if usable else 0):
        return True
    if side == "lo" and part["lo"] in {
        needed // len(usable) if usable else 0,
        min((market.capacity[i] for i in usable), default=0),
    }:
        return True
    proof = part[f"{side}_proof"]
    if proof is None:
        return False
    tasks, agents = set(proof["tasks"]), set(proof["agents"])
    if any(j >= len(part["tasks"]) for j in tasks) or any(i >= len(market.capacity) for i in agents):
        return False
    if side == "hi":  # these tasks need more than these agents could carry, were hi one smaller
        room = sum(min(part["hi"] - 1, market.capacity[i]) for i in agents if market.usable[i])
        return team * len(tasks) > room + sum(1 for j in tasks for i in market.allowed[j] if i not in agents)
    others = (j for j in range(len(part["tasks"])) if j not in tasks)
    inflow = team * len(tasks) + sum(1 for j in others for i in market.allowed[j] if i in agents)
    return all(market.usable[i] for i in agents) and (part["lo"] + 1) * len(agents) > inflow


def pool_faults(part: dict[str, Any], rows: Sequence[str]) -> list[Text]:
    """Agents and set-asides must be those of the pool that was committed to before the draw."""
    drawn, added = set(part["tasks"]), set(part.get("supplement", ()))
    agents = sorted(f"agent,{a['id']},{a['capacity']}" for a in part["agents"] if a["id"] not in added)
    asides = sorted(
        f"aside,{s['task']},{s['agent']},{s['reason']}" for s in part["set_asides"] if s["agent"] not in added
    )
    faults = []
    if agents != sorted(row for row in rows if row.startswith("agent,")):
        faults.append(Text("候选与承诺的候选库不同", "agents differ from the committed pool"))
    if asides != sorted(row for row in rows if row.startswith("aside,") and row.split(",")[1] in drawn):
        faults.append(Text("回避与承诺的候选库不同", "set-asides differ from the committed pool"))
    return faults


# ---------------------------------------------------------------------------------------------------------------------
# 8. The checks, in the order in which things happened
# ---------------------------------------------------------------------------------------------------------------------

CONTROL = re.compile("[\x00-\x1f\x7f]")
NOT_YET = Text("尚未公开", "not published yet")


class Outcome(NamedTuple):
    """What one round came to when drawn again; key None while the draw secret is sealed."""

    round: Round
    gone: set[str] | None
    key: str | None
    strata: dict[str, Stratum]

    @property
    def drawn(self) -> list[str]:
        return [row[2] for name in sorted(self.strata) for row in self.strata[name].drawn]


class Checked(NamedTuple):
    """Everything read and recomputed, for the self check of a firm."""

    hash_name: str
    units: list[Unit]
    lines: list[bytes]
    levels: list[list[bytes]]
    outcomes: list[Outcome]


def check_bundle(bundle: Bundle, report: Report) -> Checked:
    """Run every check of every round."""
    units, lines, faults = read_frame(bundle.frame)
    first = bundle.rounds[0].announcement
    hash_name = first["hash"]
    eligible = sum(1 for unit in units if unit.weight)
    size = Text(f"{len(lines)} 行,可抽 {eligible} 个", f"{len(lines)} lines, {eligible} eligible")
    report.faults("frame_form", faults, size)
    report.compare("frame", hex_of(hash_name, bundle.frame), first["frame"])
    levels = merkle_levels(lines, hash_name)
    if first["frame_root"] is not None:
        report.compare("frame_root", levels[-1][0].hex(), first["frame_root"])
    if len(bundle.rounds) > 1:
        check_rounds_agree(bundle.rounds, report)
    check_fresh_secrets(bundle.rounds, report)
    outcomes: list[Outcome] = []
    gone: set[str] | None = set()
    for rnd in bundle.rounds:
        report.round = rnd.number
        outcome = check_round(rnd, units, gone, hash_name, report)
        outcomes.append(outcome)
        if rnd.transcript is None or not rnd.transcript["void"]:
            gone = None if gone is None or outcome.key is None else gone | set(outcome.drawn)
    report.round = None
    return Checked(hash_name, units, lines, levels, outcomes)


def check_rounds_agree(rounds: list[Round], report: Report) -> None:
    """Every round of a draw rests on the same frame and rule."""
    faults = []
    for name in ("frame", "frame_root", "hash", "rule", "label", "cap"):
        for rnd in rounds[1:]:
            if rnd.announcement[name] != rounds[0].announcement[name]:
                faults.append(Text(f"第 {rnd.number} 轮的 {name} 不同", f"{name} of round {rnd.number} differs"))
    report.faults("same_rule", faults)


def check_fresh_secrets(rounds: list[Round], report: Report) -> None:
    """A secret used twice would let whoever saw the first opening foresee the second draw."""
    seen: dict[str, str] = {}
    faults = []
    for rnd in rounds:
        for name in ("commitment", "match_commitment"):
            value = rnd.announcement[name]
            if value is not None and value in seen:
                here = f"round-{rnd.number}.{name}"
                faults.append(Text(f"{here} 与 {seen[value]} 相同", f"{here} is the same as {seen[value]}"))
            elif value is not None:
                seen[value] = f"round-{rnd.number}.{name}"
    if seen:
        report.faults("fresh", faults)


def check_round(rnd: Round, units: list[Unit], gone: set[str] | None, hash_name: str, report: Report) -> Outcome:
    """All checks of one round; what is sealed is said to be sealed."""
    check_announcement(rnd, units, gone, report)
    transcript = rnd.transcript
    if transcript is None:
        report.sealed("inputs", Text("尚未摇号", "not drawn yet"))
        return Outcome(rnd, gone, None, {})
    report.compare("announcement", hex_of(hash_name, rnd.announcement_bytes), transcript["announcement"])
    if transcript["void"]:
        reason = transcript["void"]["reason"]
        report.judge("void", rnd.result is None, Text(f"原因:{show(reason)}", f"reason: {show(reason)}"))
        return Outcome(rnd, gone, None, {})
    public = check_inputs(rnd, hash_name, report)
    check_commitment("secret", transcript["secret"], rnd.announcement["commitment"], hash_name, report)
    if transcript["secret"] is None:
        check_sealed_result(rnd, report)
        return Outcome(rnd, gone, None, {})
    lines = seed_lines(rnd, transcript["secret"], public)
    if any(CONTROL.search(line) for line in lines):
        report.judge("seed_lines", False, Text("种子行内有控制字符", "a seed line holds a control character"))
    report.compare("seed_lines", lines, transcript["seed_lines"])
    seed = hex_of(hash_name, "".join(line + "\n" for line in lines))
    report.compare("seed", seed, transcript["seed"])
    key = hex_of(hash_name, seed + ":" + rnd.announcement["label"])[:32]
    if rnd.result is None:
        report.sealed("drawn", NOT_YET)
        return Outcome(rnd, gone, None, {})
    outcome = draw_round(rnd, units, gone, key, hash_name, report)
    check_matching(rnd, outcome, public, hash_name, report)
    return outcome


def check_announcement(rnd: Round, units: list[Unit], gone: set[str] | None, report: Report) -> None:
    """The numbers to draw can be drawn, the odds fit the frame, the times follow each other."""
    announced, strata = rnd.announcement, rnd.announcement["strata"]
    left = [unit for unit in units if unit.weight and unit.id not in (gone or ())]
    eligible = Counter(unit.stratum for unit in left)
    names = [entry["stratum"] for entry in strata]
    faults = []
    if names != sorted(set(names)):
        faults.append(Text("层名重复或未按升序", "strata stand twice or out of order"))
    for entry in strata:
        name, wanted = entry["stratum"], entry["take"] + entry["reserve"]
        if wanted > eligible[name]:
            faults.append(
                Text(
                    f"{show(name, 60)}:要 {wanted} 个,只有 {eligible[name]} 个可抽",
                    f"{show(name, 60)}: {wanted} wanted, {eligible[name]} eligible",
                )
            )
        if entry["reserve"] and (not entry["take"] or announced["mode"] == "sealed"):
            faults.append(Text(f"{show(name, 60)}:不应有备选", f"{show(name, 60)}: there must be no reserve"))
    if not any(entry["take"] for entry in strata):
        faults.append(Text("一个也不抽", "nothing is to be drawn"))
    plan_text = ", ".join(f"{show(entry['stratum'], 40)} {entry['take']}" for entry in strata[:20])
    report.faults("strata", faults, Text(plan_text, plan_text))
    if announced["odds"] is not None and gone is None:
        report.sealed("odds", Text("前一轮尚未开封,暂不能核对", "cannot be checked while an earlier round is sealed"))
    elif announced["odds"] is not None:
        report.faults("odds", announced_odds_faults(announced, left))
    times = {"published_at": announced["published_at"], "draw_at": announced["draw_at"]}
    if rnd.transcript is not None:
        times["drawn_at"] = rnd.transcript["drawn_at"]
    known = [(name, text) for name, text in times.items() if text is not None]
    order = " → ".join(f"{name} {text}" for name, text in known)
    if len(known) > 1 and known[0][0] == "published_at":
        later = all(read_time(known[0][1]) < read_time(text) for _, text in known[1:])
        report.judge("times", later, Text(order, order))


def announced_odds_faults(announced: dict[str, Any], left: list[Unit]) -> list[Text]:
    """Hold the published odds of every stratum against its histogram and plan."""
    histograms: dict[str, Counter[int]] = {}
    for unit in left:
        histograms.setdefault(unit.stratum, Counter())[unit.weight] += 1
    published: dict[str, dict[int, tuple[int, str]]] = {}
    faults = []
    for row in announced["odds"]:
        table = published.setdefault(row["stratum"], {})
        if row["weight"] in table:
            faults.append(Text(f"权重 {row['weight']} 列了两次", f"weight {row['weight']} is listed twice"))
        table[row["weight"]] = (row["count"], row["probability"])
    for entry in announced["strata"]:
        name, take = entry["stratum"], entry["take"]
        if take:
            histogram = dict(histograms.get(name, {}))
            plan = make_plan(histogram, min(take, sum(histogram.values())))
            for fault in odds_faults(histogram, plan, published.get(name, {})):
                faults.append(Text(f"{show(name, 60)}:{fault.zh}", f"{show(name, 60)}: {fault.en}"))
    return faults


def check_inputs(rnd: Round, hash_name: str, report: Report) -> list[str]:
    """Hold every public input against its announcement; returns their seed lines in the announced order."""
    announced, given = rnd.announcement["inputs"], (rnd.transcript or {})["inputs"]
    names = [entry["kind"] + str(entry.get("k", "")) for entry in announced]
    found = [entry["kind"] + str(entry.get("k", "")) for entry in given]
    single = len(set(names)) == len(names) > 0
    note = NOTHING if single else Text("公告的输入为空或重复", "announced inputs are none or stand twice")
    if not report.judge("inputs", single and names == found, note, names, found):
        return []
    lines = []
    for wanted, value in zip(announced, given):
        if wanted["kind"] == "digits":
            check_digits(wanted, value["value"], report)
            lines.append("digits=" + value["value"])
        elif wanted["kind"] == "drand":
            check_drand(wanted, value, rnd.announcement["published_at"], report)
            lines.append(f"drand={wanted['chain']}:{wanted['round']}:{value['randomness']}")
        elif not value.get("struck"):
            check_witness(wanted, value, hash_name, report)
            lines.append(f"witness.{wanted['k']}={value.get('value', '')}")
    if not lines:
        report.judge("inputs", False, Text("没有一项公开输入", "no public input at all"))
    return lines


def check_digits(wanted: dict[str, Any], digits: str, report: Report) -> None:
    """As many digits as announced, each a face of the announced die."""
    sides, count = wanted["sides"], wanted["count"]
    allowed = "0123456789" if sides == 10 else "123456789"[:sides]
    fits = len(digits) == count and set(digits) <= set(allowed)
    rule = Text(
        f"应为 {count} 位 {allowed[0]}–{allowed[-1]} 的数字", f"{count} digits {allowed[0]}-{allowed[-1]} expected"
    )
    report.judge("digits", fits, NOTHING if fits else rule, digits if fits else None, digits)


def check_witness(wanted: dict[str, Any], value: dict[str, Any], hash_name: str, report: Report) -> None:
    """What a witness revealed is what was committed to."""
    name = Text(f"见证人 {wanted['k']}", f"witness {wanted['k']}")
    if "value" not in value or "nonce" not in value:
        report.judge("witness", False, Text(f"{name.zh} 未揭示也未剔除", f"{name.en} neither revealed nor struck"))
    else:
        expected = hex_of(hash_name, value["nonce"] + value["value"])
        report.compare("witness", expected, wanted["commitment"], name)


def check_drand(wanted: dict[str, Any], value: dict[str, Any], published_at: str | None, report: Report) -> None:
    """Chain, time, randomness and signature of the beacon round."""
    fields = ("scheme", "public_key", "genesis", "period")
    if wanted["chain"] == QUICKNET["chain"]:
        report.compare("drand_chain", [QUICKNET[f] for f in fields], [wanted[f] for f in fields])
    elif "group_hash" in wanted and "beacon_id" in wanted:
        note = Text("不是 quicknet,请自行查明由谁运行", "not quicknet: find out yourself who runs it")
        try:
            parts = (wanted[name] for name in ("period", "genesis", "public_key", "group_hash", "beacon_id"))
            report.compare("drand_chain", drand_chain_hash(*parts), wanted["chain"], note)
        except OverflowError:
            report.judge("drand_chain", False, Text("周期过大", "the period is too large"))
    else:
        report.judge("drand_chain", False, Text("不是 quicknet,又缺链信息", "not quicknet, and no chain information"))
    try:
        at = drand_time(wanted["genesis"], wanted["period"], wanted["round"])
        if published_at is None:
            report.sealed("drand_time", Text("公告没有时间,无法核对", "the announcement has no time to compare with"))
        else:
            order = f"{published_at} → {at.isoformat()}"
            report.judge("drand_time", wanted["round"] > 0 and at > read_time(published_at), Text(order, order))
    except OverflowError:
        report.judge("drand_time", False, Text("轮次过大", "the round is too large"))
    report.compare(
        "drand_randomness", hashlib.sha256(bytes.fromhex(value["signature"])).hexdigest(), value["randomness"]
    )
    if wanted["scheme"] != QUICKNET["scheme"]:
        refused = Text(f"不接受 {show(wanted['scheme'])} 方案", f"scheme {show(wanted['scheme'])} is refused")
        report.judge("drand_signature", False, refused)
    else:
        holds = value["round"] == wanted["round"] and drand_signature_holds(
            wanted["scheme"], wanted["public_key"], wanted["round"], value["signature"]
        )
        report.judge("drand_signature", holds, Text(f"第 {wanted['round']} 轮", f"round {wanted['round']}"))


def check_commitment(code: str, secret: str | None, commitment: str | None, hash_name: str, report: Report) -> None:
    """A secret, once open, is the one whose digest was published before."""
    if secret is None:
        report.sealed(code, Text("尚未开封", "still sealed"))
    elif commitment is None:
        report.sealed(code, Text("公告没有承诺,无法核对", "the announcement holds no commitment to compare with"))
    else:
        report.compare(code, hex_of(hash_name, secret), commitment)


def seed_lines(rnd: Round, secret: str, public: list[str]) -> list[str]:
    """The lines whose digest is the seed, in their fixed order."""
    return ["frame=" + rnd.announcement["frame"], f"round={rnd.number}", "secret=" + secret, *public]


def check_sealed_result(rnd: Round, report: Report) -> None:
    """Before opening only the number drawn can be held against the announcement."""
    if rnd.result is None:
        report.sealed("drawn", NOT_YET)
        return
    report.compare("count", sum(entry["take"] for entry in rnd.announcement["strata"]), rnd.result["count"])
    if rnd.result["state"] == "open":
        report.judge("secret", False, Text("名单已公布而秘密未公布", "names are published, the secret is not"))
    else:
        report.sealed("digest", Text(f"开封后核对 {rnd.result['digest']}", f"to be checked: {rnd.result['digest']}"))
    if rnd.matching is not None:
        report.sealed("tasks", Text("名单开封后核对", "to be checked when the names are open"))


def draw_round(
    rnd: Round, units: list[Unit], gone: set[str] | None, key: str, hash_name: str, report: Report
) -> Outcome:
    """Draw again and hold everything published against it."""
    result, announced = rnd.result or {}, rnd.announcement
    is_open = result["state"] == "open"
    if gone is None:
        report.sealed(
            "passed_over", Text("前一轮尚未开封,按所公布的名单略过", "earlier round sealed: taken as published")
        )
        if not is_open:
            return Outcome(rnd, None, None, {})
        gone = set(result["passed_over"])
    elif is_open:
        report.compare("passed_over", sorted(gone), result["passed_over"])
    strata = draw_again(units, announced["strata"], key, gone, announced["cap"], hash_name)
    outcome = Outcome(rnd, gone, key, strata)
    short = [name for name, s in strata.items() if len(s.drawn) < s.plan.n]
    if short:
        report.judge("drawn", False, Text(f"可抽的不够:{show(short[0])}", f"not enough units in {show(short[0])}"))
    if is_open:
        report.compare("key", key, result["key"])
        check_open_result(outcome, result["strata"], report)
    report.compare("count", len(outcome.drawn), result["count"])
    secret = (rnd.transcript or {})["secret"]
    report.compare("digest", hex_of(hash_name, f"{rnd.number}|{','.join(outcome.drawn)}|{secret}"), result["digest"])
    return outcome


def check_open_result(outcome: Outcome, published: list[dict[str, Any]], report: Report) -> None:
    """Plan, order, reserves, last rank values and odds of every stratum."""
    mine = {name: outcome.strata[name] for name in sorted(outcome.strata)}
    theirs = [row for row in published if row["n"] or row["drawn"] or row["reserve"] or row["stratum"] in mine]

    def row_text(name: str, eligible: int, n: int, m: int, weight: int, cut: int | None) -> str:
        return f"{name} eligible={eligible} n={n} m={m} W={weight} cut={cut}"

    report.compare(
        "plan",
        [row_text(name, sum(s.histogram.values()), *s.plan) for name, s in mine.items()],
        [row_text(*(row[field] for field in ("stratum", "eligible", "n", "m", "W", "cut"))) for row in theirs],
    )
    report.compare("drawn", outcome.drawn, [unit_id for row in theirs for unit_id in row["drawn"]])
    kept = [row[2] for s in mine.values() for row in s.reserve]
    if kept or any(row["reserve"] for row in theirs):
        report.compare("reserve", kept, [unit_id for row in theirs for unit_id in row["reserve"]])

    def last(rows: list[tuple[float, str, str]]) -> str:
        return rows[-1][0].hex() if rows else "-"

    report.compare(
        "last_q",
        [f"{last(s.drawn)} {last(s.reserve)}" for s in mine.values()],
        [f"{row['last_q'] or '-'} {row['last_reserve_q'] or '-'}" for row in theirs],
    )
    announced = {
        (row["stratum"], row["weight"]): row["probability"] for row in outcome.round.announcement["odds"] or []
    }
    faults = []
    for row in theirs:
        name, table = row["stratum"], {o["weight"]: (o["count"], o["probability"]) for o in row["odds"]}
        if name in mine:
            faults += odds_faults(mine[name].histogram, mine[name].plan, table)
        for weight, (_, probability) in table.items():
            if announced.get((name, weight), probability) != probability:
                faults.append(
                    Text(f"权重 {weight} 与公告的概率不同", f"odds of weight {weight} differ from the announced")
                )
    report.faults("odds", faults)


def check_matching(rnd: Round, outcome: Outcome, public: list[str], hash_name: str, report: Report) -> None:
    """The second secret, the second seed, and each part of the matching with its certificate."""
    transcript, announced = rnd.transcript or {}, rnd.announcement
    if announced["match_commitment"] is None and announced["matching"] is None and rnd.matching is None:
        return
    check_commitment("match_secret", transcript["match_secret"], announced["match_commitment"], hash_name, report)
    if rnd.matching is None:
        report.sealed("tasks", NOT_YET)
        return
    if transcript["match_secret"] is None:
        report.judge("match_secret", False, Text("匹配已公布而秘密未公布", "matching published, its secret is not"))
        return
    lines = seed_lines(rnd, transcript["match_secret"], public)
    seed = hex_of(hash_name, "".join(line + "\n" for line in lines))
    report.compare("match_seed", seed, rnd.matching["match_seed"])
    labels = [part["label"] for part in rnd.matching["parts"]]
    if announced["matching"] is not None:
        report.compare("team", sorted(announced["matching"]), sorted(labels))
    for part in rnd.matching["parts"]:
        rule = (announced["matching"] or {}).get(part["label"], {"team": part["team"], "pool": None})
        check_part(part, rule, seed, outcome.drawn if outcome.key else part["tasks"], hash_name, report)
        check_pool(part, rule["pool"], transcript["match_secret"], hash_name, report)


def check_part(
    part: dict[str, Any], rule: dict[str, Any], seed: str, drawn: list[str], hash_name: str, report: Report
) -> None:
    """One part of the matching (labs, or sampler teams): allowed, even, cheapest."""
    name = Text(show(part["label"], 40), show(part["label"], 40))
    report.compare("match_key", hex_of(hash_name, seed + ":" + part["label"])[:32], part["key"], name)
    report.compare("tasks", drawn, part["tasks"])
    market, faults = market_of(part)
    if market is None:
        report.faults("pairs", faults)
        return
    report.compare("team", rule["team"], part["team"], name)
    faults = []
    for j, (chosen, allowed) in enumerate(zip(market.chosen, market.allowed)):
        if len(chosen) != part["team"] or len(set(chosen)) != len(chosen) or not set(chosen) <= set(allowed):
            task = show(part["tasks"][j])
            faults.append(Text(f"{task} 的安排不合规则", f"{task}: not {part['team']} different allowed ones"))
    pairs = sum(map(len, market.allowed))
    report.faults("pairs", faults, Text(f"{name.zh},允许的组合 {pairs} 个", f"{name.en}, {pairs} allowed pairs"))
    faults = []
    for i, agent in enumerate(part["agents"]):
        low, high = part["lo"] if market.usable[i] else 0, min(part["hi"], agent["capacity"])
        if not low <= market.load[i] <= high:
            who, load = show(agent["id"], 40), market.load[i]
            faults.append(Text(f"{who} 的负担 {load} 不在 {low}–{high}", f"load {load} of {who} not in {low}-{high}"))
    window = f"{part['lo']}–{part['hi']}"
    report.faults("loads", faults, Text(window, window))
    report.judge("hi", window_holds(part, market, "hi"), Text(str(part["hi"]), str(part["hi"])))
    report.judge("lo", window_holds(part, market, "lo"), Text(str(part["lo"]), str(part["lo"])))
    faults, zero, total, in_order = certificate_faults(part, market, hash_name)
    report.compare("cost", total, part["cost"])
    if not in_order:
        faults.append(Text("安排未按费用排序", "assignments are not listed cheapest first"))
    report.faults("optimal", faults, name)
    report.compare("unique", is_only_optimum(part, market, zero), part["unique"])


def check_pool(part: dict[str, Any], pool: str | None, secret: str, hash_name: str, report: Report) -> None:
    """The pool published now is the one committed to, and the matching used it."""
    if pool is None:
        return
    text = part.get("pool_text")
    if text is None:
        report.judge("pool", False, Text("承诺过候选库而未公布", "a pool was committed to and is not published"))
        return
    if report.compare("pool", hex_of(hash_name, text + secret), pool):
        label = show(part["label"], 40)
        note = Text(f"{label} 的候选与回避即承诺的候选库", f"agents and set-asides of {label} are the committed ones")
        if part.get("supplement"):
            added = show(part["supplement"], 60)
            note = Text(f"{note.zh},另公开补充 {added}", f"{note.en}, with {added} added in public")
        report.faults("pool", pool_faults(part, text.split("\n")), note)


# ---------------------------------------------------------------------------------------------------------------------
# 9. One firm: its own line, proof, odds, ticket and rank; the ticket takes one hash on any SHA-256 page
# ---------------------------------------------------------------------------------------------------------------------


def firm_units(checked: Checked, code: str) -> list[int]:
    """Positions in the frame of a unit id, or of all units of an enterprise."""
    exact = [place for place, unit in enumerate(checked.units) if unit.id == code]
    return exact or [place for place, unit in enumerate(checked.units) if unit.enterprise == code]


def firm_card(checked: Checked, place: int, report: Report) -> dict[str, Any]:
    """All that one unit can check about itself; adds the check of its Merkle proof."""
    unit, size = checked.units[place], len(checked.lines)
    path = merkle_path(checked.levels, place)
    root = checked.outcomes[0].round.announcement["frame_root"]
    if root is not None:
        found = merkle_root_from(checked.lines[place], place, size, path, checked.hash_name)
        report.compare("proof", (found or b"").hex(), root, Text(show(unit.id), show(unit.id)))
    return {
        "unit": unit.id,
        "line_number": place + 1,
        "excluded": unit.reason or None,
        "proof": {
            "format": "qualitycity-proof/1",
            "hash": checked.hash_name,
            "line": checked.lines[place].decode(),
            "index": place,
            "size": size,
            "path": [node.hex() for node in path],
            "root": checked.levels[-1][0].hex(),
        },
        "rounds": [firm_round(outcome, unit, checked.hash_name) for outcome in checked.outcomes],
    }


def firm_round(outcome: Outcome, unit: Unit, hash_name: str) -> dict[str, Any]:
    """One unit in one round: odds as announced or published, ticket, rank value, and where the cut lies."""
    announced, result = outcome.round.announcement, outcome.round.result
    tables = [announced["odds"] or []]
    if result is not None and result["state"] == "open":
        tables.append([{**row, "stratum": s["stratum"]} for s in result["strata"] for row in s["odds"]])
    odds = [r["probability"] for t in tables for r in t if (r["stratum"], r["weight"]) == (unit.stratum, unit.weight)]
    card: dict[str, Any] = {"round": outcome.round.number, "probability": odds[-1] if odds else None, "state": "sealed"}
    stratum = outcome.strata.get(unit.stratum)
    if not unit.weight:
        return {**card, "state": "excluded", "probability": None}
    if unit.id in (outcome.gone or ()):
        return {**card, "state": "passed_over", "probability": None}
    if outcome.round.transcript is not None and outcome.round.transcript["void"]:
        return {**card, "state": "void"}
    if outcome.key is None:
        return card
    if stratum is None:
        return {**card, "state": "not_asked", "probability": None}
    text = f"{outcome.key}:{unit.id}"
    ticket = hex_of(hash_name, text)
    q = rank_value(ticket, unit.weight, stratum.plan)
    drawn = [row[2] for row in stratum.drawn]
    reserve = [row[2] for row in stratum.reserve]
    place = drawn.index(unit.id) + 1 if unit.id in drawn else None
    before_cut = bool(stratum.drawn) and (q, ticket, unit.id) <= stratum.drawn[-1]
    state = "drawn" if place else "reserve" if unit.id in reserve else "capped" if before_cut else "not_drawn"
    last = stratum.drawn[-1] if stratum.drawn else None
    return {
        **card,
        "state": state,
        "place": place,
        "hash_this": text,
        "ticket": ticket,
        "q": q.hex(),
        "q_decimal": f"{q:.12g}",
        "last_drawn_q": last[0].hex() if last else None,
        "last_drawn_q_decimal": f"{last[0]:.12g}" if last else None,
        "last_drawn_ticket": last[1] if last else None,
    }


STATES = {
    "sealed": Text("号签尚未公开(开封后再查)", "ticket not public yet; check again after opening"),
    "excluded": Text("不在抽取范围(已列明原因)", "excluded, with the reason shown"),
    "passed_over": Text("前一轮已抽中,本轮略过", "drawn in an earlier round, passed over"),
    "void": Text("本轮已作废", "this round is void"),
    "not_asked": Text("本轮不抽这一层", "this stratum is not drawn in this round"),
    "drawn": Text("抽中", "drawn"),
    "reserve": Text("备选", "reserve"),
    "capped": Text("名次在前,但同一企业已达上限", "ranked in, but its enterprise has reached the cap"),
    "not_drawn": Text("未抽中", "not drawn"),
}


def card_lines(card: dict[str, Any], lang: str) -> Iterator[str]:
    """The card of one unit in words."""

    def say(zh: str, en: str) -> str:
        return zh if lang == "zh" else en

    proof = card["proof"]
    yield say(
        f"{show(card['unit'])}:名单第 {card['line_number']} 行", f"{show(card['unit'])}: line {card['line_number']}"
    )
    yield f"   {show(proof['line'])}"
    yield say(f"   默克尔证明 {len(proof['path'])} 个摘要", f"   Merkle proof of {len(proof['path'])} hashes")
    for entry in card["rounds"]:
        state = STATES[entry["state"]].of(lang)
        place = say(f"(第 {entry['place']} 位)", f" (place {entry['place']})") if entry.get("place") else ""
        yield say(f"   第 {entry['round']} 轮:{state}{place}", f"   round {entry['round']}: {state}{place}")
        if entry["probability"]:
            yield say(f"     抽中机会 {entry['probability']}", f"     odds {entry['probability']}")
        if "ticket" in entry:
            tool = "sha256sum" if proof["hash"] == "sha256" else "openssl sm3"
            yield f"     printf '%s' {shlex.quote(show(entry['hash_this']))} | {tool}"
            yield say(f"     号签 {entry['ticket']}", f"     ticket {entry['ticket']}")
            cut = entry["last_drawn_q_decimal"]
            yield f"     q = {entry['q_decimal']} " + say(f"(末位抽中者 {cut})", f"(last drawn: {cut})")


def check_proof_file(path: str, wanted_root: str | None, report: Report) -> None:
    """Check one Merkle proof; without a root from elsewhere it shows only that line and root belong together."""
    try:
        with open(path, "rb") as stream:
            proof = read_json(stream.read(MIB), os.path.basename(path), PROOF)
    except OSError as error:
        raise Unreadable(Text(f"读不出来:{show(str(error))}", f"cannot be read: {show(str(error))}")) from None
    nodes = [bytes.fromhex(node) for node in proof["path"]]
    found = merkle_root_from(proof["line"].encode(), proof["index"], proof["size"], nodes, proof["hash"])
    report.compare("proof", (found or b"").hex(), proof["root"], Text(show(proof["line"]), show(proof["line"])))
    if wanted_root is None:
        report.sealed("frame_root", Text("请用 --root 给出公告上的根", "give the announced root with --root"))
    else:
        report.compare("frame_root", wanted_root.lower(), proof["root"])


# ---------------------------------------------------------------------------------------------------------------------
# 10. An earlier download: what was once public stays as it was. Later papers may be added, and what was sealed may be
#     opened (null becomes a value, "sealed" becomes "open"); nothing else may change.
# ---------------------------------------------------------------------------------------------------------------------


def changed_values(old: Any, new: Any, path: str, may_open: bool) -> Iterator[tuple[str, Any, Any]]:
    """Every place where a value of the earlier download is now another one: (path, earlier, now)."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in old if may_open else {**old, **new}:
            inner = f"{path}.{name}" if path else name
            yield from changed_values(old.get(name), new.get(name), inner, may_open)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for place, (a, b) in enumerate(zip(old, new)):
            yield from changed_values(a, b, f"{path}[{place}]", may_open)
    elif old != new or isinstance(old, bool) != isinstance(new, bool):
        opened = may_open and (old is None or (path, old, new) == ("state", "sealed", "open"))
        if not opened:
            yield path, old, new


def check_before(old: Bundle, new: Bundle, report: Report) -> None:
    """Hold a bundle against an earlier download of the same draw."""
    first, last = read_frame(old.frame)[1], read_frame(new.frame)[1]
    faults = [] if old.frame == new.frame else [frame_change(first, last)]
    report.faults("before_frame", faults, Text(f"{len(last)} 行", f"{len(last)} lines"))
    rounds = {rnd.number: rnd for rnd in new.rounds}
    numbers = [rnd.number for rnd in old.rounds]
    faults = [Text(f"第 {n} 轮没有了", f"round {n} is gone") for n in numbers if n not in rounds]
    for number in rounds:
        if number not in numbers and number < numbers[-1]:
            faults.append(Text(f"早先没有第 {number} 轮", f"there was no round {number} before"))
    report.faults("before_rounds", faults, Text(show(numbers), show(numbers)))
    for rnd in old.rounds:
        if rnd.number in rounds:
            report.round = rnd.number
            check_round_before(rnd, rounds[rnd.number], report)
    report.round = None


def check_round_before(old: Round, new: Round, report: Report) -> None:
    """Every paper of one round that was public before, value by value."""
    for kind in ("announcement", "transcript", "result", "matching"):
        was, now = getattr(old, kind), getattr(new, kind)
        if was is None:
            continue
        if now is None:
            report.judge(f"before_{kind}", False, Text("这份文件没有了", "this paper is gone"))
            continue
        changes = changed_values(was, now, "", kind in ("transcript", "result"))
        faults = [
            Text(
                f"{show(path, 60)} 原为 {show(a, 90)},今为 {show(b, 90)}",
                f"{show(path, 60)} was {show(a, 90)}, is {show(b, 90)}",
            )
            for path, a, b in changes
        ]
        if kind == "announcement" and not faults and old.announcement_bytes != new.announcement_bytes:
            faults = [Text("字节不同", "its bytes differ")]
        report.faults(f"before_{kind}", faults)


def frame_change(old: list[bytes], new: list[bytes]) -> Text:
    """Say which lines of the frame were taken out and which were put in."""
    gone, added = sorted(set(old) - set(new)), sorted(set(new) - set(old))
    shown = ["-" + show(line.decode("utf-8", "replace"), 60) for line in gone[:5]]
    shown += ["+" + show(line.decode("utf-8", "replace"), 60) for line in added[:5]]
    if not shown:
        return Text("各行相同,次序或字节不同", "the same lines in another order or with other bytes")
    lines = "; ".join(shown)
    return Text(
        f"少了 {len(gone)} 行,多了 {len(added)} 行:{lines}", f"{len(gone)} lines gone, {len(added)} added: {lines}"
    )


# ---------------------------------------------------------------------------------------------------------------------
# 11. Command line
# ---------------------------------------------------------------------------------------------------------------------


def verdict_of(checks: Sequence[Check]) -> tuple[str, Text]:
    """The answer in a word for programs and a sentence for people."""
    wrong = sum(1 for check in checks if check.ok is False)
    right, waiting = sum(1 for c in checks if c.ok), sum(1 for c in checks if c.ok is None)
    if wrong:
        return "different", Text(
            f"不一致:{wrong} 项不符,{right} 项相符", f"NOT consistent: {wrong} differ, {right} fit"
        )
    zh, en = f"一致:{right} 项核对全部相符", f"consistent: all {right} checks fit"
    if waiting:
        zh += f";另有 {waiting} 项尚未公开或无从核对"
        en += f"; {waiting} more still sealed or not checkable"
    return "consistent", Text(zh, en)


def check_lines(checks: Sequence[Check], lang: str) -> Iterator[str]:
    """The answer, a line a check: ✓ fits, ✗ differs with both values, ○ still sealed."""
    last: Any = ...
    for check in checks:
        if check.round != last:
            last = check.round
            title = Text("整包", "whole bundle") if last is None else Text(f"第 {last} 轮", f"round {last}")
            yield title.of(lang)
        mark = {True: "✓", False: "✗", None: "○"}[check.ok]
        value = "" if check.ok is not True or check.expected is None else show(check.expected, 90)
        words = [TITLES[check.code].of(lang), check.note.of(lang), value]
        yield f" {mark} " + "  ".join(word for word in words if word)
        if check.ok is False and (check.expected is not None or check.found is not None):
            yield ("     应为 " if lang == "zh" else "     expected ") + show(check.expected, 400)
            yield ("     所见 " if lang == "zh" else "     found    ") + show(check.found, 400)


def as_json(verdict: str, report: Report, cards: list[dict[str, Any]], reasons: Sequence[Text], lang: str) -> str:
    """The answer for programs."""
    checks = [
        {
            "round": check.round,
            "check": check.code,
            "title": TITLES[check.code].of(lang),
            "ok": check.ok,
            "expected": check.expected,
            "found": check.found,
            "note": check.note.of(lang),
        }
        for check in report.checks
    ]
    answer = {"verdict": verdict, "checks": checks, "firm": cards, "reasons": [reason.of(lang) for reason in reasons]}
    text = json.dumps(answer, ensure_ascii=False, indent=1)
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def verify(
    path: str, firm: str | None, root: str | None, report: Report, before: str | None = None
) -> list[dict[str, Any]]:
    """Run all checks into the report; returns the cards of the firm asked for. Raises Unreadable."""
    if path.lower().endswith(".json"):
        if before is not None:
            raise Unreadable(Text("--before 只能与核验包同用", "--before goes with a bundle only"))
        check_proof_file(path, root, report)
        return []
    bundle = read_bundle(path)
    checked = check_bundle(bundle, report)
    if before is not None:
        check_before(read_earlier(before), bundle, report)
    if firm is None:
        return []
    places = firm_units(checked, firm)
    if not places:
        tidy = unicodedata.normalize("NFKC", firm).strip().upper()
        hint = Text("", "")
        if tidy != firm and firm_units(checked, tidy):
            hint = Text(f";是不是 {tidy}?", f"; did you mean {tidy}?")
        raise Unreadable(
            Text(f"名单里没有 {show(firm, 60)}{hint.zh}", f"{show(firm, 60)} is not in the frame{hint.en}"),
        )
    return [firm_card(checked, place, report) for place in places[:100]]


def read_earlier(path: str) -> Bundle:
    """Read the earlier download; what is wrong with it is said to be wrong with that file."""
    try:
        return read_bundle(path)
    except Unreadable as error:
        name = show(os.path.basename(path), 60)
        raise Unreadable(*(Text(f"{name}:{r.zh}", f"{name}: {r.en}") for r in error.reasons)) from None


def add_options(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Add what can be asked of a check."""
    add = parser.add_argument
    add("bundle", help="BUNDLE.zip、解开的文件夹或 proof.json / bundle, unpacked folder, or proof.json")
    add("--firm", metavar="CODE", help="企业自查(统一社会信用代码或名单编号)/ self check of one firm")
    add("--root", metavar="HEX", help="公告上的默克尔根(配合 proof.json)/ announced Merkle root")
    add("--before", metavar="OLD.zip", help="与早先下载的同一次摇号的包对照 / compare with an earlier download")
    add("--json", action="store_true", help="机器可读 / machine readable")
    add("--lang", choices=("zh", "en"), default="zh", help="语言 / language")
    add(
        "--version", action="version", version=own_digest(), help="本文件的版本与摘要 / version and digest of this file"
    )
    return parser


def own_digest() -> str:
    """This file's own SHA-256, to compare with the one printed on the public page."""
    with open(os.path.abspath(__file__), "rb") as stream:
        return f"verify_draw.py {VERSION}, sha256 {hashlib.sha256(stream.read()).hexdigest()}"


def answer(options: argparse.Namespace) -> int:
    """Check what the options name, print the answer; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console that cannot show Chinese must not stop the check
    report, cards = Report(), []
    reasons: tuple[Text, ...] = ()
    try:
        cards = verify(options.bundle, options.firm, options.root, report, options.before)
        verdict, words = verdict_of(report.checks)
    except Unreadable as error:
        verdict, words, reasons = "unreadable", Text("无法核对", "cannot be checked"), error.reasons
    except (MemoryError, RecursionError):
        words = Text("无法核对:文件过大或嵌套过深", "cannot be checked: too large or nested too deeply")
        verdict, reasons = "unreadable", (words,)
    if options.json:
        print(as_json(verdict, report, cards, reasons, options.lang))
    else:
        for line in check_lines(report.checks, options.lang):
            print(line)
        for card in cards:
            for line in card_lines(card, options.lang):
                print(line)
        for reason in reasons[:50]:
            print(" ✗ " + reason.of(options.lang))
        print(("结论:" if options.lang == "zh" else "verdict: ") + words.of(options.lang))
    return {"consistent": 0, "different": 1, "unreadable": 2}[verdict]


def main(argv: Sequence[str] | None = None) -> int:
    """Run as a program."""
    parser = argparse.ArgumentParser(
        prog="verify_draw.py",
        description="核对一次公开摇号 / check a published random draw",
        epilog="退出码 exit code: 0 一致 consistent, 1 不一致 differs, 2 无法核对 cannot be checked",
    )
    return answer(add_options(parser).parse_args(argv))


if __name__ == "__main__":
    gc.disable()  # a million units form no cycles to look for, and looking takes a third of the time
    sys.exit(main())
