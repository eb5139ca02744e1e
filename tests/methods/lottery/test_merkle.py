"""The Merkle tree against published proofs, good and bad, and against its own definition."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
from pathlib import Path

import pytest

from qualitycity.methods.lottery import merkle

GOLDEN = Path(os.environ.get("CITY_SHARED", "../shared")) / "golden/lottery/rfc9162_merkle.json"


def by_definition(lines: list[bytes]) -> bytes:
    """RFC 9162 section 2.1.1 word for word: split at the largest power of two smaller than n."""
    if not lines:
        return hashlib.sha256(b"").digest()
    if len(lines) == 1:
        return hashlib.sha256(b"\0" + lines[0]).digest()
    k = 1 << ((len(lines) - 1).bit_length() - 1)
    return hashlib.sha256(b"\1" + by_definition(lines[:k]) + by_definition(lines[k:])).digest()


@pytest.mark.skipif(not GOLDEN.exists(), reason="no shared vectors (CITY_SHARED)")
def test_published_inclusion_proofs_good_and_bad() -> None:
    cases = json.loads(GOLDEN.read_text())["inclusion"]
    seen = {True: 0, False: 0}
    for name, case in cases.items():
        decode = base64.b64decode
        good = merkle.verify_inclusion(
            decode(case["leafHash"]),
            case["leafIdx"],
            case["treeSize"],
            [decode(p) for p in case["proof"] or []],
            decode(case["root"]),
        )
        assert good is not case["wantErr"], name
        seen[good] += 1
    assert seen[True] > 5
    assert seen[False] > 50


@pytest.mark.parametrize("hash_name", ["sha256", "sm3"])
def test_every_firm_of_every_small_frame_finds_its_line(hash_name: str) -> None:
    if hash_name not in hashlib.algorithms_available:
        pytest.skip("this OpenSSL has no SM3")
    for n in range(1, 40):
        lines = [f"E{i:03d},socks,1,".encode() for i in range(n)]
        tree = merkle.MerkleTree(lines, hash_name)
        assert hash_name != "sha256" or tree.root == by_definition(lines)
        for i, line in enumerate(lines):
            leaf = merkle.leaf_hash(line, hash_name)
            proof = tree.proof(i)
            assert merkle.verify_inclusion(leaf, i, n, proof, tree.root, hash_name)
            assert not merkle.verify_inclusion(leaf, i, n, [*proof, leaf], tree.root, hash_name)
            assert n == 1 or not merkle.verify_inclusion(leaf, (i + 1) % n, n, proof, tree.root, hash_name)
            assert not proof or not merkle.verify_inclusion(leaf, i, n, proof[:-1], tree.root, hash_name)


def test_a_changed_line_changes_the_root_and_breaks_the_proof() -> None:
    rng = random.Random(7)
    lines = [f"{rng.getrandbits(60):018d},socks,1,".encode() for _ in range(1000)]
    tree = merkle.MerkleTree(lines)
    changed = lines[:]
    changed[500] = changed[500].replace(b",1,", b",2,")
    assert merkle.root(changed) != tree.root == merkle.root(lines) == by_definition(lines)
    assert not merkle.verify_inclusion(merkle.leaf_hash(changed[500]), 500, 1000, tree.proof(500), tree.root)


def test_a_node_cannot_be_passed_off_as_a_leaf() -> None:
    left, right = merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")
    assert merkle.root([b"a", b"b"]) != merkle.root([left + right])


def test_empty_tree_and_missing_leaf() -> None:
    tree = merkle.MerkleTree([])
    assert tree.root == hashlib.sha256(b"").digest()
    with pytest.raises(IndexError):
        tree.proof(0)
    assert not merkle.verify_inclusion(tree.root, 0, 0, [], tree.root)
