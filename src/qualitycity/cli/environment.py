"""The environment ``.venv``: made from the hash-locked requirements, remade when the lock changes.

Standard library only. The fast way is uv (itself installed from ``requirements/tools.lock`` into ``.tools``); where uv
cannot be had or cannot reach an index, ``venv`` and pip do the same slowly. Neither an index nor a mirror is named
here: pip's own configuration decides, and uv, which does not read it, is told what it says.
"""

from __future__ import annotations

import ast
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qualitycity.kernel.console import VerbError, fail, say

NEEDS = {"test": "test", "lock": None, "help": None, "-h": None, "--help": None, "": None}  # every other: "runtime"
FREE_BYTES = 2_500_000_000  # the runtime set takes 0.9 GB, the test set 1.8 GB
PYTHON = getattr(sys, "_base_executable", sys.executable)  # the machine's own, also when ours is active


def digest(root: Path, name: str) -> str:
    """Return the SHA-256 of a lock file, hex."""
    return hashlib.sha256((root / "requirements" / f"{name}.lock").read_bytes()).hexdigest()


def installed(env: Path) -> dict[str, str]:
    """Return what the stamp of an environment says: ``{lock name: its digest}``."""
    try:
        stamp = json.loads((env / "city-stamp.json").read_text())
    except (OSError, ValueError):
        return {}
    return stamp if (env / "bin" / "python").exists() and isinstance(stamp, dict) else {}


def ensure(root: Path, name: str, env: Path | None = None) -> Path:
    """Make or update the environment so that lock ``name`` is installed in it; return its Python."""
    env = env or root / ".venv"
    python = env / "bin" / "python"
    want = digest(root, name)
    if installed(env).get(name) == want:
        return python
    (root / ".tools").mkdir(exist_ok=True)
    with _alone(root / ".tools" / "lock"):
        stamp = installed(env)
        if stamp.get(name) == want:  # another process made it while we waited
            return python
        chosen = "test" if name == "runtime" and "test" in stamp else name
        _check_space(root)
        say(f"正在准备运行环境({chosen})……", f"Making the environment ({chosen}) …")
        _install(root, env, root / "requirements" / f"{chosen}.lock")
        made = {chosen: digest(root, chosen)}
        if chosen == "test":  # the test lock holds every pin of the runtime lock; a test compares them
            made["runtime"] = digest(root, "runtime")
        (env / "city-stamp.json").write_text(json.dumps(made))
    return python


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _check_space(root: Path) -> None:
    free = shutil.disk_usage(root).free
    if free < FREE_BYTES:
        fail(
            f"磁盘空间不足:安装需要 {FREE_BYTES / 1e9:.1f} GB,只剩 {free / 1e9:.1f} GB。请先腾出空间。",
            f"The disk is too full: installing needs {FREE_BYTES / 1e9:.1f} GB, {free / 1e9:.1f} GB are free.",
        )


def _install(root: Path, env: Path, lock: Path) -> None:
    """Install a lock into ``env``: by uv, else by pip."""
    uv = uv_program(root)
    if uv:
        settings = {**os.environ, **pip_settings_for_uv()}
        settings.pop("VIRTUAL_ENV", None)
        make = [uv, "venv", "--quiet", "--python", PYTHON, "--allow-existing", str(env)]
        install = [uv, "pip", "install", "--quiet", "--require-hashes", "--python", str(env / "bin" / "python")]
        if _works(make, settings) and _works([*install, "-r", str(lock)], settings):
            return
        say("uv 未能完成安装,改用 pip(较慢)……", "uv could not install; falling back to pip (slower) …")
    _install_by_pip(env, lock)


def _install_by_pip(env: Path, lock: Path) -> None:
    python = str(env / "bin" / "python")
    if not _works([python, "-m", "pip", "--version"]):
        done = subprocess.run([PYTHON, "-m", "venv", "--clear", str(env)], capture_output=True, text=True)
        if done.returncode:
            fail(
                "无法建立 Python 虚拟环境,请先安装 python3-venv(apt install python3-venv python3-pip)。",
                "Python's venv is missing; install it first (apt install python3-venv python3-pip).",
            )
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    done = subprocess.run([*command, "-r", str(lock)], stderr=subprocess.PIPE, text=True)
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or [""]
        fail(
            f"依赖安装失败:{reason[0]}。请检查网络或 pip 的镜像设置后重试。",
            "The dependencies could not be installed; check the network or pip's index settings and try again.",
        )


def _works(command: list[str], env: dict[str, str] | None = None) -> bool:
    try:
        return subprocess.run(command, env=env, capture_output=True).returncode == 0
    except OSError:
        return False


def uv_program(root: Path) -> str | None:
    """Return a uv of the pinned version, installed into ``.tools`` by pip, or None."""
    lock = root / "requirements" / "tools.lock"
    folder = root / ".tools" / f"uv-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    program = folder / "bin" / "uv"
    if not program.exists():
        command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        command += ["--target", str(folder), "--upgrade", "-r", str(lock)]  # --target: allowed in a managed Python too
        if not _works([*command, "--break-system-packages"]) and not _works(command):
            return None
    return str(program)


def pip_settings_for_uv() -> dict[str, str]:
    """Translate pip's configuration (files and variables) into uv's variables; what the user set for uv stays."""
    said = subprocess.run([PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True).stdout
    found: dict[str, str] = {}
    for line in said.splitlines():  # e.g. global.index-url='https://…'; later lines (install., :env:.) win
        key, _, value = line.partition("=")
        try:
            found[key.rpartition(".")[2]] = " ".join(str(ast.literal_eval(value)).split())
        except (SyntaxError, ValueError):
            continue
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "find-links": "UV_FIND_LINKS",
        "cert": "SSL_CERT_FILE",
        "trusted-host": "UV_INSECURE_HOST",
    }
    # pip looks into every index; the hashes of the lock make that safe
    given = {"UV_INDEX_STRATEGY": "unsafe-best-match"} if "UV_INDEX_STRATEGY" not in os.environ else {}
    given |= {names[key]: value for key, value in found.items() if key in names and names[key] not in os.environ}
    if "UV_FIND_LINKS" in given:
        given["UV_FIND_LINKS"] = ",".join(given["UV_FIND_LINKS"].split())
    return given


def hand_over(root_folder: str, argv: list[str]) -> int:
    """Make the environment the verb needs and replace this process by ``python -m qualitycity.cli`` in it.

    Returns only the exit code of a failure, or of a verb that needs no environment.
    """
    root = Path(root_folder)
    os.environ["CITY_ROOT"] = str(root)
    needs = NEEDS.get(argv[0] if argv else "", "runtime")
    if needs is None or (argv[1:] and argv[-1] in ("-h", "--help") and not (root / ".venv").exists()):
        from .__main__ import main

        return main(argv)
    try:
        python = ensure(root, needs)
    except VerbError as stop:
        print(stop, file=sys.stderr)
        return stop.code
    except OSError as error:
        print(f"磁盘写入失败:{error.strerror}。The disk refused a write: {error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    source = str(root / "src")
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([source, before] if before else [source])
    return os.execv(python, [str(python), "-m", "qualitycity.cli", *argv])
