"""``./city test``: one orchestrator for every check; its last lines say what ran, what failed and what did not run.

The parts are a list. Each gives an outcome: passed, failed, or NOT RUN with the reason. On a machine of continuous
integration (``CI`` set) what did not run is a failure, so that a green run hides no gap.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from qualitycity.kernel.console import VerbError, english, say

from . import catalogues, chromium, verbs

MINUTES = 60
CI_MINUTES = 56  # a run of continuous integration may take 60
OURS = (
    "DATABASE_URL",
    "CITY_DATA",
    "CITY_MODE",
    "CITY_DATABASE_URL",
    "CITY_OWNER_DATABASE_URL",
    "CITY_KEY_FILE",
    "CITY_URL",
)


@dataclass
class Outcome:
    """What became of a part: counts of tests (a check without tests counts as one), and why it did not run."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: list[str] = field(default_factory=list)
    not_run: str = ""
    seconds: float = 0.0

    @property
    def word(self) -> str:
        """The result in a word, with a shape: colour never alone, and here there is none."""
        if self.not_run:
            return "– NOT RUN"
        return "✗ failed" if self.failed else "✓ passed"


@dataclass(frozen=True)
class Part:
    """A part of the run: its name, its work, and the most minutes it may take."""

    name: str
    work: Callable[[], Outcome]
    minutes: float = 10


class Run:
    """One run: the options, the temporary place of reports, the environment of the children."""

    def __init__(self, long: bool, given: list[str], place: Path) -> None:
        self.root, self.long, self.given, self.place = verbs.root(), long, given, place
        self.env = {name: value for name, value in os.environ.items() if name not in OURS}
        self.env |= {"PYTHONPATH": str(self.root / "src"), "PYTHONUTF8": "1"}

    def parts(self) -> list[Part]:
        """The parts in order: the quickest to fail first."""
        tool = [sys.executable, "-m"]
        if self.given:  # a developer's choice of tests: these and nothing else
            return [Part("tests", lambda: self.pytest("tests", None, self.given), MINUTES)]
        parts = [
            Part("lint", lambda: self.check("lint", [*tool, "ruff", "check", "."])),
            Part("format", lambda: self.check("format", [*tool, "ruff", "format", "--check", "."])),
            Part("catalogues", self.catalogues),
            Part("import contracts", lambda: self.check("import contracts", [self.script("lint-imports")])),
            Part("types", lambda: self.check("types", [*tool, "mypy", "src"])),
            Part("reference pages", self.reference),
            Part("tests", lambda: self.pytest("tests", "not browser and not long"), 20),
            Part("browser", self.browser, 20),
        ]
        if self.long:
            parts.append(Part("long", lambda: self.pytest("long", "long"), MINUTES))
        return parts

    def script(self, name: str) -> str:
        """A program of the environment, beside its Python."""
        return str(Path(sys.executable).with_name(name))

    def check(self, name: str, command: list[str], env: dict[str, str] | None = None) -> Outcome:
        """Run a checker; its output is shown only when it finds something."""
        code, output = self.call(command, {**self.env, **(env or {})}, quiet=True)
        if code:
            print(output, flush=True)
        return Outcome(name, passed=int(code == 0), failed=int(code != 0))

    def call(self, command: list[str], env: dict[str, str], quiet: bool) -> tuple[int, str]:
        """Run a child in a group of its own, so that nothing of it outlives an interrupt or its time."""
        process = subprocess.Popen(
            command,
            cwd=self.root,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if quiet else None,
            stderr=subprocess.STDOUT if quiet else None,
            text=True,
            start_new_session=True,
        )
        try:
            output = process.communicate()[0] or ""
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(20)
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        return process.returncode, output

    def catalogues(self) -> Outcome:
        """Compile the message catalogues and name their faults."""
        try:
            catalogues.compile_all()
            faults = catalogues.faults()
        except VerbError as error:
            faults = [str(error)]
        for fault in faults:
            print(fault)
        return Outcome("catalogues", passed=int(not faults), failed=int(bool(faults)))

    def reference(self) -> Outcome:
        """Compare the committed reference pages with what the tables generate."""
        command = [sys.executable, "-m", "django", "make_reference", "--check"]
        return self.check("reference pages", command, {"DJANGO_SETTINGS_MODULE": "qualitycity.web.settings_test"})

    def browser(self) -> Outcome:
        """The browser tests, with Debian's Chromium; installed here where that is allowed."""
        found = chromium.ensure()
        if not found:
            return Outcome("browser", not_run=chromium.WHY_NOT)
        return self.pytest("browser", "browser and not long")

    def pytest(self, name: str, marks: str | None, given: list[str] | None = None) -> Outcome:
        """Run pytest on what carries the marks; counts and reasons come from its report."""
        report = self.place / f"{name}.xml"
        command = [sys.executable, "-m", "pytest", f"--junitxml={report}", "-o", "junit_logging=no", *(given or [])]
        if marks:
            command += ["-m", marks]
        code, _ = self.call(command, self.env, quiet=False)
        outcome = read_report(name, report)
        if code == 5:
            outcome.not_run = "没有这样的测试 / no such tests"
        elif code and not outcome.failed:
            outcome.failed = 1  # pytest itself broke off
        return outcome


def read_report(name: str, report: Path) -> Outcome:
    """Count a junit report: passed, failed (errors too), and the reason of each skip."""
    outcome = Outcome(name)
    if not report.exists():
        return outcome
    for case in ElementTree.parse(report).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            outcome.failed += 1
        elif (skip := case.find("skipped")) is not None:
            outcome.skipped.append(skip.get("message") or "?")
        else:
            outcome.passed += 1
    return outcome


def perform(part: Part, left: float) -> Outcome:
    """Run one part within its time; ``left`` are the minutes left for the whole run."""
    if left <= 0:
        return Outcome(part.name, not_run="没有时间了 / no time left")
    minutes = min(part.minutes, left)
    print(f"\n── {part.name} " + "─" * (60 - len(part.name)), flush=True)
    began = time.monotonic()

    def too_long(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, minutes * 60)
    try:
        outcome = part.work()
    except TimeoutError:
        say(f"{part.name} 超过 {minutes:.0f} 分钟,已中止。", f"{part.name} took over {minutes:.0f} minutes.")
        outcome = Outcome(part.name, failed=1)
    except OSError as error:
        outcome = Outcome(part.name, failed=1)
        print(error)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    outcome.seconds = time.monotonic() - began
    print(f"   {outcome.word} {outcome.seconds:.1f} s", flush=True)
    return outcome


def summary(outcomes: list[Outcome], strict: bool) -> tuple[list[str], int]:
    """Return the last lines and the exit code. ``strict``: what did not run has failed."""
    head = ("part", "result", "seconds", "passed", "failed", "skipped") if english() else _HEAD
    lines = ["", f"{head[0]:<18}{head[1]:<14}{head[2]:>8}{head[3]:>8}{head[4]:>8}{head[5]:>8}"]
    for item in outcomes:
        counts = f"{item.passed:>8}{item.failed:>8}{len(item.skipped):>8}"
        lines.append(f"{item.name:<18}{item.word:<14}{item.seconds:>8.1f}{counts}")
    for item in outcomes:
        if item.not_run:
            lines.append(f"!! 未运行 NOT RUN: {item.name}: {item.not_run}")
    skips = [reason for item in outcomes for reason in item.skipped]
    shared = sum("CITY_SHARED" in reason for reason in skips)
    lines.append(f"因缺少 CITY_SHARED 资料而跳过 / skipped without CITY_SHARED: {shared}")
    others = sorted({reason for reason in skips if "CITY_SHARED" not in reason})
    lines += [f"跳过 skipped ×{skips.count(reason)}: {reason}" for reason in others]
    passed, failed = sum(item.passed for item in outcomes), sum(item.failed for item in outcomes)
    if strict:
        failed += sum(bool(item.not_run) for item in outcomes)
    lines.append(f"{passed} passed, {failed} failed, {len(skips)} skipped")
    return lines, int(failed > 0 or passed == 0)


_HEAD = ("part 部分", "result 结果", "秒 s", "passed", "failed", "skipped")


def main(argv: list[str]) -> int:
    """Run the parts and print the table; the exit code is 0 only when nothing failed."""
    parser = verbs.parser(
        "test",
        "./city test                     全部 / everything but the slow rest",
        "./city test --long              另加耗时部分 / the slow rest too",
        "./city test tests/cli -k port   只跑这些 / only these",
    )
    parser.add_argument("--long", action="store_true", help="另加耗时的测试 / add the slow tests")
    parser.add_argument("pytest", nargs=argparse.REMAINDER, help="传给 pytest 的参数 / arguments for pytest")
    options, rest = parser.parse_known_args(argv)
    began = time.monotonic()
    strict = bool(os.environ.get("CI"))
    outcomes: list[Outcome] = []
    place = Path(tempfile.mkdtemp(prefix="city-test-"))
    try:
        run = Run(options.long, [*rest, *options.pytest], place)
        for part in run.parts():
            gone = (time.monotonic() - began) / 60
            outcomes.append(perform(part, CI_MINUTES - gone if strict else MINUTES * 24))
    finally:
        shutil.rmtree(place, ignore_errors=True)
    lines, code = summary(outcomes, strict)
    minutes, seconds = divmod(time.monotonic() - began, 60)
    lines.insert(-1, f"用时 time: {minutes:.0f} min {seconds:.0f} s")
    print("\n".join(lines), flush=True)
    return code
