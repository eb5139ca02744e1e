"""Files on disk by their SHA-256: written whole or not at all, never changed, found damaged when read.

A file lies at ``CITY_DATA/files/ab/cdef…`` (two characters, then the other sixty-two). Writers hold a shared lock while
a file takes its place, the sweeper an exclusive one while it removes: no file vanishes between being found and used.
"""

import contextlib
import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

CHUNK = 1 << 20


class TooLarge(Exception):
    """More bytes came than allowed."""


class Damaged(Exception):
    """What lies on disk is not what was stored (or is gone)."""


@dataclass(frozen=True)
class Incoming:
    """A file received but not yet in its place: temporary path, digest, size."""

    path: Path
    sha256: str
    size: int


def root() -> Path:
    """The folder of all stored files, made when first needed."""
    folder = Path(settings.CITY_DATA) / "files"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def path_of(sha256: str) -> Path:
    """Where the file of this digest lies."""
    return root() / sha256[:2] / sha256[2:]


@contextmanager
def receive(source: BinaryIO, most: int) -> Iterator[Incoming]:
    """Copy a stream to disk while hashing; raises :class:`TooLarge` beyond ``most`` bytes. Removed unless placed."""
    folder = root() / "incoming"
    folder.mkdir(mode=0o700, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder)
    path = Path(name)
    try:
        digest, size = hashlib.sha256(), 0
        with os.fdopen(handle, "wb") as target:
            while piece := source.read(CHUNK):
                size += len(piece)
                if size > most:
                    raise TooLarge
                digest.update(piece)
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())
        yield Incoming(path, digest.hexdigest(), size)
    finally:
        path.unlink(missing_ok=True)


def place(incoming: Incoming) -> None:
    """Give a received file its place, durably; one that is there already is only touched, so that no sweep takes it."""
    target = path_of(incoming.sha256)
    with _lock(fcntl.LOCK_SH):
        target.parent.mkdir(mode=0o700, exist_ok=True)
        if target.exists() and target.stat().st_size == incoming.size and _digest(target) == incoming.sha256:
            os.utime(target)
            return
        os.chmod(incoming.path, 0o400)
        os.replace(incoming.path, target)
        for folder in (target.parent, target.parent.parent):
            _sync(folder)


def open_checked(sha256: str) -> BinaryIO:
    """The file open for reading, at its start, after its digest was found right; raises :class:`Damaged`."""
    try:
        file = path_of(sha256).open("rb")
    except OSError as error:
        raise Damaged(sha256) from error
    if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
        file.close()
        raise Damaged(sha256)
    file.seek(0)
    return file


def older_than(seconds: float) -> Iterator[str]:
    """Digests of files that took their place (or were handed in again) before that long."""
    limit = time.time() - seconds
    for folder in sorted(root().glob("[0-9a-f][0-9a-f]")):
        for path in sorted(folder.iterdir()):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < limit:
                    yield folder.name + path.name


def remove(sha256: str, untouched_for: float) -> bool:
    """Remove a file, unless somebody handed it in again meanwhile."""
    path = path_of(sha256)
    with _lock(fcntl.LOCK_EX):
        try:
            if path.stat().st_mtime > time.time() - untouched_for:
                return False
            path.unlink()
        except FileNotFoundError:
            return False
    return True


def clear_incoming(seconds: float) -> int:
    """Remove what a killed process left half received; returns how many."""
    gone = 0
    for path in (root() / "incoming").glob("*"):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < time.time() - seconds:
                path.unlink()
                gone += 1
    return gone


@contextmanager
def _lock(kind: int) -> Iterator[None]:
    with (root() / ".lock").open("a") as handle:
        fcntl.flock(handle, kind)
        yield


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
