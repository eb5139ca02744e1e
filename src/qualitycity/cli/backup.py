"""``./city backup FILE``: one file with database and evidence, taken while the city runs or rests."""

from __future__ import annotations

from pathlib import Path

from qualitycity.kernel.console import fail, say

from . import archive, verbs
from .database import serving
from .folder import DataFolder


def main(argv: list[str]) -> int:
    """Write the backup and say what is in it, and what never is: the key file."""
    parser = verbs.parser("backup", "./city backup /mnt/usb/city-20270406.city", "./city backup FILE --data /srv/city")
    parser.add_argument("file", type=Path, metavar="FILE", help="备份文件(不得已存在) / a file that does not exist yet")
    verbs.data_option(parser)
    options = parser.parse_args(argv)
    target: Path = options.file.absolute()
    if not target.parent.is_dir():
        fail(f"目录 {target.parent} 不存在。", f"There is no folder {target.parent}.")
    folder = DataFolder(options.data)
    with serving(folder) as database:
        manifest = archive.backup(database, target)
    rows = sum(int(count) for count, _ in manifest["tables"].values())
    say(
        f"已备份到 {target}:{len(manifest['tables'])} 张表 {rows} 行,{len(manifest['files'])} 个文件,"
        f"{target.stat().st_size / 1e6:.1f} MB。\n密钥文件 {folder.key_file} 不在其中,请另行保管。",
        f"Backed up into {target}: {len(manifest['tables'])} tables with {rows} rows, {len(manifest['files'])} files, "
        f"{target.stat().st_size / 1e6:.1f} MB.\nThe key file {folder.key_file} is not in it; keep it elsewhere.",
    )
    return 0
