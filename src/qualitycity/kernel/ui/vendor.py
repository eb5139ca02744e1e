"""Vendored browser files: what they are, where they came from, and that nobody changed them.

``python -m qualitycity.kernel.ui.vendor`` checks the files against ``static/vendor/manifest.json``;
``… vendor fetch`` packs them anew from npm at the versions below; ``… vendor icons`` only redraws the icon sprite
from ``icons.txt``. The run path needs neither npm nor this module: the files are committed.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

HERE = Path(__file__).parent
FOLDER = HERE / "static" / "vendor"
MANIFEST = FOLDER / "manifest.json"


@dataclass(frozen=True)
class Package:
    """One npm package: its version, licence, and which of its files we ship under which name."""

    name: str
    version: str
    licence: str
    files: dict[str, str]


PACKAGES = (
    Package("@tabler/core", "1.6.1", "MIT", {"dist/css/tabler.min.css": "tabler.min.css"}),
    Package("@alpinejs/csp", "3.17.4", "MIT", {"dist/cdn.min.js": "alpine-csp.min.js"}),
)
ICONS = Package("@tabler/icons", "3.51.0", "MIT", {"tabler-nodes-outline.json": "icons.svg"})


def check() -> list[str]:
    """Faults of the vendored files: changed, missing, unlisted, or pointing at a source map; empty if all is well."""
    entries = json.loads(MANIFEST.read_text())
    faults = []
    for entry in entries:
        path = FOLDER / entry["file"]
        if not path.exists():
            faults.append(f"{entry['file']}: listed in the manifest, but missing")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != entry["sha256"]:
            faults.append(f"{entry['file']}: differs from the manifest")
        elif b"sourceMappingURL" in path.read_bytes():
            faults.append(f"{entry['file']}: names a source map that is not shipped")
    for packed in sorted(FOLDER.glob("*.gz")):
        plain = packed.with_suffix("")
        if not plain.exists() or gzip.decompress(packed.read_bytes()) != plain.read_bytes():
            faults.append(f"{packed.name}: is not {plain.name} compressed")
    unlisted = {p.name.removesuffix(".gz") for p in FOLDER.iterdir()} - {e["file"] for e in entries} - {MANIFEST.name}
    return faults + [f"{name}: not in the manifest" for name in sorted(unlisted)]


def icon_names() -> list[str]:
    """Names in ``icons.txt``: the icons that the sprite holds."""
    return (HERE / "icons.txt").read_text().split()


def fetch(packages: tuple[Package, ...] = (*PACKAGES, ICONS)) -> None:
    """Pack ``packages`` from npm into the vendor folder and rewrite their lines in the manifest."""
    listed = {entry["file"]: entry for entry in json.loads(MANIFEST.read_text())} if MANIFEST.exists() else {}
    for package in packages:
        for inside, outside in package.files.items():
            data = _packed(package, inside)
            text = _sprite(json.loads(data)) if package is ICONS else _without_map(data.decode())
            (FOLDER / outside).write_text(text)
            # whitenoise serves the neighbour to browsers that take it; no clock in it, so that it stays the same bytes
            (FOLDER / f"{outside}.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
            listed[outside] = _entry(package, outside)
    MANIFEST.write_text(json.dumps([listed[name] for name in sorted(listed)], indent=2) + "\n")


def _packed(package: Package, inside: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["npm", "pack", f"{package.name}@{package.version}", "--silent"],
            cwd=folder,
            check=True,
            capture_output=True,
        )
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            member = archive.extractfile(f"package/{inside}")
            if member is None:
                raise FileNotFoundError(f"{package.name} {package.version} has no {inside}")
            return member.read()


def _without_map(text: str) -> str:
    return re.sub(r"(/\*# sourceMappingURL=.*?\*/|//# sourceMappingURL=\S*)\s*", "", text).rstrip() + "\n"


def _sprite(nodes: dict[str, list[list[Any]]]) -> str:
    """One SVG with a ``<symbol>`` for each icon of ``icons.txt``."""
    symbols = []
    for name in icon_names():
        if name not in nodes:
            raise KeyError(f"icons.txt names {name!r}, which {ICONS.name} {ICONS.version} does not have")
        shapes = "".join(
            f"<{tag} " + " ".join(f"{key}={quoteattr(str(value))}" for key, value in attributes.items()) + "/>"
            for tag, attributes in nodes[name]
        )
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
            f'stroke-width="2" stroke-linecap="round" stroke-linejoin="round">{shapes}</symbol>'
        )
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _entry(package: Package, outside: str) -> dict[str, str]:
    return {
        "file": outside,
        "name": package.name,
        "version": package.version,
        "licence": package.licence,
        "sha256": hashlib.sha256((FOLDER / outside).read_bytes()).hexdigest(),
    }


def main(arguments: list[str]) -> int:
    """Run ``check`` (default), ``fetch`` or ``icons``; the exit code is the number of faults."""
    if arguments[:1] == ["fetch"]:
        fetch()
    elif arguments[:1] == ["icons"]:
        fetch((ICONS,))
    faults = check()
    for fault in faults:
        print(fault)
    print(f"{len(faults)} faults" if faults else "vendored files match the manifest")
    return min(len(faults), 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
