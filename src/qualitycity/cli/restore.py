"""``./city restore FILE --data DIR``: a city from its backup into an empty folder, every table and file compared."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

from qualitycity.kernel.console import fail, say

from . import archive, verbs
from .database import Database
from .folder import DataFolder, Installation


def main(argv: list[str]) -> int:
    """Restore, compare with the manifest, say whether the key file fits. A failure leaves the folder empty."""
    parser = verbs.parser("restore", "./city restore city-20270406.city --data /srv/city --key-file /safe/city.key")
    parser.add_argument("file", type=Path, metavar="FILE", help="备份文件 / the backup")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="空的数据目录 / an empty data folder")
    parser.add_argument(
        "--key-file", type=Path, metavar="FILE", help="另行保管的密钥文件 / the key file kept elsewhere"
    )
    options = parser.parse_args(argv)
    if options.key_file and not options.key_file.is_file():
        fail(f"找不到密钥文件 {options.key_file}。", f"There is no key file {options.key_file}.")
    manifest = archive.read_manifest(options.file)
    folder = DataFolder(options.data)
    if folder.exists or (folder.path.is_dir() and any(folder.path.iterdir())):
        fail(f"{folder.path} 不是空目录,不会覆盖。", f"{folder.path} is not empty and is not overwritten.")
    database = None
    try:
        folder.open()
        _decide(folder, manifest, options.key_file)
        dump = archive.unpack(options.file, manifest, folder)
        database = Database(folder)
        database.start()
        archive.load(database, dump)
        dump.unlink()
        wrong = archive.differences(database, manifest)
        if wrong:
            fail(
                f"恢复后与清单不符:{'、'.join(wrong)}。", f"These tables differ from the manifest: {', '.join(wrong)}."
            )
    except BaseException:
        if database:
            database.stop()
        if folder.exists:
            if database and database.cluster:
                database.cluster.remove()
            shutil.rmtree(folder.path)
        raise
    database.stop()
    rows = sum(int(count) for count, _ in manifest["tables"].values())
    say(
        f"已恢复到 {folder.path}:{len(manifest['tables'])} 张表 {rows} 行、{len(manifest['files'])} 个文件,"
        "逐一核对一致。",
        f"Restored into {folder.path}: {len(manifest['tables'])} tables with {rows} rows and {len(manifest['files'])} "
        "files, each compared and consistent.",
    )
    return _keys(folder, manifest["keys"])


def _decide(folder: DataFolder, manifest: archive.Manifest, given: Path | None) -> None:
    """Carry the decisions over. A key file that is not there yet is expected in the folder: ``run`` waits for it."""
    before = Installation(**manifest["installation"])
    known = given.absolute() if given else Path(before.key_file or folder.path / "keys.json")
    keys = known if known.is_file() else folder.path / "keys.json"
    external = bool(os.environ.get("DATABASE_URL"))
    folder.decide(replace(before, key_file=str(keys) if manifest["keys"] else "", external=external))


def _keys(folder: DataFolder, wanted: dict[str, str]) -> int:
    """Say whether what was sealed will open with the key file that is there now."""
    present = archive.key_prints(folder.key_file)
    lacking = [name for name, known in wanted.items() if present.get(name) != known]
    if lacking:
        say(
            f"注意:封存的内容还打不开,缺少密钥 {'、'.join(lacking)}。请把另行保管的密钥文件放到 {folder.key_file}。",
            f"Note: what is sealed will not open; the keys {', '.join(lacking)} are missing. "
            f"Put the key file kept elsewhere at {folder.key_file}.",
        )
    else:
        say(f"密钥文件 {folder.key_file} 相符。", f"The key file {folder.key_file} fits.")
    return 0
