"""Web server and worker as our children: they die with us, are started again, and stop in order."""

from __future__ import annotations

import ctypes
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from qualitycity.kernel.console import fail, say

from . import verbs

_libc = ctypes.CDLL(None, use_errno=True)


class Child:
    """One child process with its log. Start it from the main thread: the death signal follows the forking thread."""

    def __init__(self, name: str, command: list[str], env: Mapping[str, str], log: Path | None) -> None:
        self.name, self.command, self.env, self.log = name, command, env, log
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0

    def start(self) -> None:
        """Start it: in a session of its own (Ctrl-C reaches only the parent), killed when the parent is."""

        def before_exec() -> None:
            os.setsid()
            _libc.prctl(1, int(signal.SIGTERM))

        output = None
        if self.log:
            self.log.parent.mkdir(exist_ok=True)
            output = self.log.open("ab" if self.log.exists() and self.log.stat().st_size < 20_000_000 else "wb")
        try:
            self.process = subprocess.Popen(
                self.command,
                env=dict(self.env),
                cwd=verbs.root(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                preexec_fn=before_exec,
            )
        finally:
            if output:
                output.close()
        self.started = time.monotonic()

    @property
    def ended(self) -> int | None:
        """Its exit code, None while it runs."""
        return self.process.poll() if self.process else None

    def revive(self, pause: float = 2) -> None:
        """Start it again when it has ended, whatever its exit code: a worker that lost its database ends with 0."""
        if self.ended is not None and time.monotonic() - self.started > pause:
            say(
                f"{self.name} 已退出(代码 {self.ended}),重新启动。",
                f"{self.name} ended ({self.ended}); starting it again.",
            )
            self.start()

    def stop(self, patience: float = 15) -> None:
        """Ask it to end, then end whatever is left of its group."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(patience)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def tail(self, lines: int = 15) -> str:
        """The last lines of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log else ""


def web(env: Mapping[str, str], log: Path, bind: str, tls: tuple[str, str] | None) -> Child:
    """The web server: gunicorn with two processes of four threads, forked when the application is loaded."""
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "qualitycity.web.wsgi:application",
        "--no-control-socket",
        "--preload",
        "--limit-request-line",
        "8190",
    ]
    command += ["--bind", bind, "--workers", "2", "--threads", "4", "--timeout", "120", "--graceful-timeout", "5"]
    if Path("/dev/shm").is_dir():
        command += ["--worker-tmp-dir", "/dev/shm"]
    if tls:
        command += ["--certfile", tls[0], "--keyfile", tls[1]]
    return Child("web", command, env, log)


def worker(env: Mapping[str, str], log: Path) -> Child:
    """The worker of the job queue."""
    command = [sys.executable, "-m", "django", "procrastinate", "worker"]
    return Child("worker", [*command, "--concurrency", "2", "--shutdown-graceful-timeout", "5"], env, log)


def wait_for_page(child: Child, url: str, patience: float = 60) -> None:
    """Return when the first page answers; say what the log says when it does not."""
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE  # our own server, on this machine
    until = time.monotonic() + patience
    reason = ""
    while time.monotonic() < until and child.ended is None:
        try:
            with urllib.request.urlopen(url, timeout=20, context=trust):
                return
        except urllib.error.HTTPError as error:
            reason = f"HTTP {error.code}"
            if error.code < 500:
                return
            break
        except OSError:
            time.sleep(0.1)
    fail(
        f"网页没有启动({reason or child.ended})。日志 {child.log}:\n{child.tail()}",
        f"The web server did not start ({reason or child.ended}); its log is shown above.",
    )
