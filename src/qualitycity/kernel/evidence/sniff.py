"""What a file is, judged by its content. Names and what a browser claims about the type count for nothing."""

import codecs
import zipfile
from pathlib import Path

UNKNOWN = "application/octet-stream"
ARCHIVE = "application/zip"
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_HEAD = 4096

# (offset, bytes) of formats that a fixed mark tells.
_MARKS: list[tuple[int, bytes, str]] = [
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"%PDF-", "application/pdf"),
    (0, _OLE, "application/x-ole-storage"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
]
# The member that tells what a zip package is.
_PACKAGES = {
    "word/document.xml": f"{_OFFICE}.wordprocessingml.document",
    "xl/workbook.xml": f"{_OFFICE}.spreadsheetml.sheet",
    "ppt/presentation.xml": f"{_OFFICE}.presentationml.presentation",
    "OFD.xml": "application/ofd",
}
_BRANDS = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heic",
    b"avif": "image/avif",
    b"qt  ": "video/quicktime",
}
_MARKUP = (b"<!doctype", b"<html", b"<svg", b"<?xml", b"<script", b"<body", b"<head", b"<table", b"<iframe")

EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/avif": "avif",
    "application/pdf": "pdf",
    "application/ofd": "ofd",
    "application/x-ole-storage": "doc",
    ARCHIVE: "zip",
    f"{_OFFICE}.wordprocessingml.document": "docx",
    f"{_OFFICE}.spreadsheetml.sheet": "xlsx",
    f"{_OFFICE}.presentationml.presentation": "pptx",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.text": "odt",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "text/plain": "txt",
    "text/markup": "txt",
    "application/x-msdownload": "bin",
}


def sniff(path: Path) -> str:
    """The media type of a file by its content; ``application/octet-stream`` when nothing known fits.

    Markup (HTML, SVG, XML) is ``text/markup``, never a type that a browser would run.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    for offset, mark, mime in _MARKS:
        if head[offset : offset + len(mark)] == mark:
            return mime
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if head[:4] in {b"PK\x03\x04", b"PK\x05\x06"}:
        return _package(path)
    if head[:2] == b"MZ" or head[:4] == b"\x7fELF":
        return "application/x-msdownload"
    return _text(path, head)


def extension(mime: str) -> str:
    """The file name extension of a media type, ``bin`` where there is none."""
    return EXTENSIONS.get(mime, "bin")


def _package(path: Path) -> str:
    """What a zip file is: an office document by its members, else an archive."""
    try:
        with zipfile.ZipFile(path) as packed:
            names = set(packed.namelist())
            for member, mime in _PACKAGES.items():
                if member in names:
                    return mime
            if "mimetype" in names and packed.getinfo("mimetype").file_size < 100:
                said = packed.read("mimetype").decode("ascii", "replace").strip()
                return said if said in EXTENSIONS else ARCHIVE
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError):
        return UNKNOWN
    return ARCHIVE


def _text(path: Path, head: bytes) -> str:
    """Plain text in UTF-8, GB18030 or marked UTF-16; markup told apart; else unknown."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "text/plain"
    if not head or b"\0" in head:
        return UNKNOWN
    start = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if start.startswith(_MARKUP):
        return "text/markup"
    for name in ("utf-8", "gb18030"):
        try:
            # The head may end in the middle of a character: only a final piece must be whole.
            codecs.getincrementaldecoder(name)().decode(head, final=len(head) < _HEAD)
        except UnicodeDecodeError:
            continue
        return "text/plain"
    return UNKNOWN
