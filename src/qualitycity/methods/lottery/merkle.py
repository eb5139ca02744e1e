"""Merkle tree of RFC 9162 section 2.1: one root for a whole frame, a short proof for each single line.

A firm that is given its own line and ``ceil(log2 n)`` hashes can check that the line stands in the published frame,
without seeing anybody else's line. Leaf hash = H(0x00 + line), node hash = H(0x01 + left + right); the two prefixes
keep a node from being passed off as a leaf. H is SHA-256, or SM3 where the announcement says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

__all__ = ["MerkleTree", "leaf_hash", "root", "verify_inclusion"]

DIGEST_BYTES = 32  # of SHA-256 and of SM3


def leaf_hash(line: bytes, hash_name: str = "sha256") -> bytes:
    """Hash one leaf.

    Args:
        line: the bytes of one canonical line, without its line feed.
        hash_name: ``sha256`` or ``sm3``.

    Returns:
        32 bytes (RFC 9162 section 2.1.1).
    """
    return hashlib.new(hash_name, b"\x00" + line).digest()


class MerkleTree:
    """All levels of the tree over a list of leaves, so that many proofs cost one build.

    Args:
        lines: leaf data in order (canonical lines without line feed); an empty list is allowed.
        hash_name: ``sha256`` or ``sm3``.

    Attributes:
        size: number of leaves.
        root: 32 bytes; of an empty tree the hash of nothing (RFC 9162 section 2.1.1).
    """

    def __init__(self, lines: Iterable[bytes], hash_name: str = "sha256") -> None:
        new = getattr(hashlib, hash_name, None) or (lambda data: hashlib.new(hash_name, data))
        level = [new(b"\x00" + line).digest() for line in lines]
        self._levels = [level]
        while len(level) > 1:
            # A last node without a partner rises unchanged: the same tree as splitting at the largest power of two.
            parents = [new(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
            level = parents + level[len(level) & ~1 :]
            self._levels.append(level)
        self.size = len(self._levels[0])
        self.root = level[0] if level else hashlib.new(hash_name).digest()

    def proof(self, index: int) -> list[bytes]:
        """Return the inclusion proof of the leaf at ``index`` (from 0), lowest sibling first.

        Raises:
            IndexError: no such leaf.
        """
        if not 0 <= index < self.size:
            raise IndexError(f"leaf {index} of a tree of {self.size}")
        path = []
        for level in self._levels[:-1]:
            sibling = index ^ 1
            if sibling < len(level):
                path.append(level[sibling])
            index >>= 1
        return path


def root(lines: Iterable[bytes], hash_name: str = "sha256") -> bytes:
    """Return the Merkle root (32 bytes) over leaf data in order; see :class:`MerkleTree`."""
    return MerkleTree(lines, hash_name).root


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes, hash_name: str = "sha256"
) -> bool:
    """Say whether a leaf hash stands at ``index`` of the tree of ``size`` leaves with this root.

    Args:
        leaf: leaf hash, 32 bytes (:func:`leaf_hash`).
        index: position from 0.
        size: number of leaves of the tree.
        proof: sibling hashes, lowest first.
        root: the published root.

    Returns:
        True or False; nothing a stranger puts into the proof raises (RFC 9162 section 2.1.3.2).
    """
    if not 0 <= index < size or any(len(digest) != DIGEST_BYTES for digest in (leaf, root, *proof)):
        return False
    node, last = leaf, size - 1
    for sibling in proof:
        if last == 0:
            return False
        if index & 1 or index == last:
            node = hashlib.new(hash_name, b"\x01" + sibling + node).digest()
            while index and not index & 1:  # levels where this node rose without a partner
                index, last = index >> 1, last >> 1
        else:
            node = hashlib.new(hash_name, b"\x01" + node + sibling).digest()
        index, last = index >> 1, last >> 1
    return last == 0 and node == root
