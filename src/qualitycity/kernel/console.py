"""What the verbs of ``./city`` say: Chinese first, English by the locale; refusals always in both.

Standard library only: the script at the root uses it before there is an environment.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from typing import NoReturn, TypeVar

Item = TypeVar("Item")


class VerbError(Exception):
    """A verb cannot go on; the text is one clear sentence in Chinese and one in English."""

    def __init__(self, zh: str, en: str, code: int = 1) -> None:
        super().__init__(f"{zh}\n{en}")
        self.code = code


def english() -> bool:
    """Whether the terminal asked for English (``CITY_LANG``, else the locale); Chinese otherwise."""
    wanted = next((os.environ[name] for name in ("CITY_LANG", "LC_ALL", "LANG") if os.environ.get(name)), "")
    return wanted.lower().startswith("en")


def say(zh: str, en: str) -> None:
    """Print one line in the language of the terminal."""
    print(en if english() else zh, flush=True)


def fail(zh: str, en: str, code: int = 1) -> NoReturn:
    """End the verb with one sentence in each language."""
    raise VerbError(zh, en, code)


def confirm(zh: str, en: str) -> bool:
    """Ask yes or no; without a terminal the answer is no."""
    if not sys.stdin or not sys.stdin.isatty():
        return False
    answer = input(f"{en if english() else zh} [y/N] ")
    return answer.strip().lower() in ("y", "yes", "是")


class Progress:
    """A progress bar: redrawn in a terminal, a line at each tenth elsewhere.

    ``total`` counts the steps; with 0 the length is unknown and only the count is shown.
    """

    WIDTH = 30

    def __init__(self, title: str, total: int) -> None:
        self.title, self.total, self.done = title, total, 0
        self.live = sys.stderr.isatty()
        self._shown, self._tenth = 0.0, -1

    def step(self, count: int = 1, note: str = "") -> None:
        """Count ``count`` more steps as done."""
        self.reach(self.done + count, note)

    def reach(self, done: int, note: str = "") -> None:
        """Say that ``done`` of ``total`` steps are done."""
        self.done = done
        last = bool(self.total) and done >= self.total
        if self.live:
            now = time.monotonic()
            if last or now - self._shown > 0.1:
                self._shown = now
                sys.stderr.write("\r\x1b[K" + self._line(note))
                sys.stderr.flush()
        elif self.total and done * 10 // self.total != self._tenth:
            self._tenth = done * 10 // self.total
            sys.stderr.write(self._line(note) + "\n")
            sys.stderr.flush()

    def _line(self, note: str) -> str:
        if not self.total:
            return f"{self.title} {self.done} {note}"
        share = min(1.0, self.done / self.total)
        filled = int(share * self.WIDTH)
        return (
            f"{self.title} [{'█' * filled}{'·' * (self.WIDTH - filled)}] {share:4.0%} {self.done}/{self.total} {note}"
        )

    def close(self) -> None:
        """End the bar's line."""
        if self.live:
            sys.stderr.write("\n")
            sys.stderr.flush()


def track(items: Iterable[Item], title: str, total: int = 0) -> Iterator[Item]:
    """Yield the items with a progress bar."""
    bar = Progress(title, total)
    try:
        for item in items:
            yield item
            bar.step()
    finally:
        bar.close()
