"""The browser of the browser tests: Debian's Chromium, installed by apt where that is allowed."""

from __future__ import annotations

import os
import shutil
import subprocess

from qualitycity.kernel.console import say

NAMES = ("chromium", "chromium-browser", "google-chrome")
WHY_NOT = (
    "没有 Chromium,且不能自行安装(需 root 与 apt:apt install chromium) / no Chromium, and it may not be installed here"
)


def found() -> str | None:
    """Return the path of an installed Chromium."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def ensure() -> str | None:
    """Return the path of a Chromium; as root on Debian install it where there is none."""
    present = found()
    if present or os.geteuid() != 0 or not shutil.which("apt-get"):
        return present
    say("正在安装 Chromium(apt)……", "Installing Chromium by apt …")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        done = subprocess.run(["apt-get", *command], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            print(done.stderr[-500:])
    return found()
