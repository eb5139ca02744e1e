"""Pictures: what their metadata says is kept inside; what is shown outside carries none of it."""

import datetime as dt
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

# Formats that can be redrawn without metadata; others (HEIC) stay inside.
REDRAWN = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "PNG", "image/webp": "JPEG"}
QUALITY = 88
# Phones make up to 108 megapixels, Pillow gives up at 178; a picture beyond takes more memory than it is worth.
MOST_PIXELS = 120_000_000


class BadPicture(ValueError):
    """The content claims to be a picture and cannot be drawn."""


@dataclass(frozen=True)
class Metadata:
    """What a picture says about itself; ``raw`` holds all readable EXIF entries as text."""

    width: int
    height: int
    taken_at: dt.datetime | None = None
    latitude: float | None = None
    longitude: float | None = None
    camera: str = ""
    raw: dict[str, str] = field(default_factory=dict)


def examine(path: Path) -> Metadata:
    """Metadata of a picture; raises `BadPicture` when it cannot be drawn. EXIF that cannot be read is left out."""
    with _opened(path) as image:
        width, height = image.size
        try:
            exif = image.getexif()
            entries: dict[str, Any] = {ExifTags.TAGS.get(tag, str(tag)): value for tag, value in exif.items()}
            details = exif.get_ifd(ExifTags.IFD.Exif)
            entries |= {ExifTags.TAGS.get(tag, str(tag)): value for tag, value in details.items()}
            place = exif.get_ifd(ExifTags.IFD.GPSInfo)
        except Exception:  # a broken metadata block is no reason to refuse the picture, whatever Pillow raises on it
            return Metadata(width, height)
    entries |= {ExifTags.GPSTAGS.get(tag, f"GPS{tag}"): value for tag, value in place.items()}
    raw = {name: _text(value) for name, value in entries.items() if name not in {"MakerNote", "PrintImageMatching"}}
    return Metadata(
        width,
        height,
        taken_at=_moment(raw.get("DateTimeOriginal") or raw.get("DateTime") or ""),
        latitude=_degrees(place.get(2), place.get(1), "S", 90),
        longitude=_degrees(place.get(4), place.get(3), "W", 180),
        camera=f"{raw.get('Make', '')} {raw.get('Model', '')}".strip()[:120],
        raw=raw,
    )


def stripped(path: Path, mime: str) -> BinaryIO | None:
    """The picture redrawn without any metadata, upright; None for formats that cannot be redrawn here."""
    target = REDRAWN.get(mime)
    if target is None:
        return None
    with _opened(path) as image:
        upright = ImageOps.exif_transpose(image) or image
        mode = "RGB" if target == "JPEG" else ("RGBA" if upright.has_transparency_data else "RGB")
        # A new image takes the pixels and nothing else: no EXIF, XMP, comment, profile or thumbnail goes along.
        clean = Image.new(mode, upright.size)
        clean.paste(upright.convert(mode))
        buffer = io.BytesIO()
        clean.save(
            buffer, target, **({"quality": QUALITY, "optimize": True} if target == "JPEG" else {"optimize": True})
        )
    buffer.seek(0)
    return buffer


def _opened(path: Path) -> Image.Image:
    """The picture fully decoded, so that damage shows here and not on a page."""
    try:
        image = Image.open(path, formats=("JPEG", "PNG", "GIF", "WEBP"))
        if image.width * image.height > MOST_PIXELS:
            raise BadPicture("too many pixels")
        image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadPicture(str(error)) from error
    return image


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return "".join(char for char in str(value) if char.isprintable())[:300]


def _moment(text: str) -> dt.datetime | None:
    """EXIF's «2027:04:12 09:30:00», which knows no time zone."""
    try:
        return dt.datetime.strptime(text[:19], "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None


def _degrees(parts: Any, side: Any, negative: str, most: int) -> float | None:
    """Degrees, minutes, seconds as one number; None where the entries make no sense."""
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if not abs(value) <= most:  # NaN too
        return None
    return round(-value if str(side).upper().startswith(negative) else value, 7)
