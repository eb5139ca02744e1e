"""A map of a county's towns as SVG shapes, from GeoJSON: the invented city's ships, a bureau adds its own.

A public map of real places needs an approved map number (审图号); so no real outline is shipped, and the map stays at
the desk. A bureau's file is `maps/<county code>.geojson` in the data folder, with `code` and `name` as properties.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from django.conf import settings

from .towns import PACKS

WIDTH = 640.0  # of the drawing, in its own units
SHADES = 5


@dataclass(frozen=True)
class Shape:
    """A town as it is drawn: outline (SVG path), where its label stands, its figure, and a shade from 1 to 5."""

    code: str
    name: str
    path: str
    x: float
    y: float
    figure: int
    shade: int


@dataclass(frozen=True)
class TownMap:
    """All towns with one frame."""

    width: float
    height: float
    shapes: tuple[Shape, ...]


def town_map(county: str, figures: Mapping[str, int]) -> TownMap | None:
    """The map of a county by division code, with a figure a town (by its code); None where nobody has outlines."""
    features = [item for item in _features(county) if item["properties"]["code"].startswith(county)]
    if not features:
        return None
    points = [point for item in features for ring in _rings(item["geometry"]) for point in ring]
    left, right = min(x for x, _y in points), max(x for x, _y in points)
    low, high = min(y for _x, y in points), max(y for _x, y in points)
    scale = WIDTH / (right - left)
    most = max(chain([1], figures.values()))
    shapes = []
    for item in features:
        code = item["properties"]["code"]
        rings = [[((x - left) * scale, (high - y) * scale) for x, y in ring] for ring in _rings(item["geometry"])]
        figure = figures.get(code, 0)
        x, y = _middle(max(rings, key=len))
        shade = 1 + (SHADES - 1) * figure // most
        shapes.append(Shape(code, item["properties"]["name"], _path(rings), x, y, figure, shade))
    return TownMap(WIDTH, round((high - low) * scale, 1), tuple(shapes))


def _features(county: str) -> Iterator[dict[str, Any]]:
    """Features of the bureau's own file `maps/<county>.geojson` in the data folder, else of the shipped ones."""
    own = Path(settings.CITY_DATA) / "maps" / f"{county}.geojson"
    for path in [own] if own.is_file() else sorted(PACKS.glob("*.geojson")):
        yield from json.loads(path.read_text(encoding="utf-8"))["features"]


def _rings(geometry: Mapping[str, Any]) -> list[list[tuple[float, float]]]:
    """The outer rings of a Polygon or MultiPolygon."""
    parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [[(float(x), float(y)) for x, y, *_height in part[0]] for part in parts]


def _middle(ring: list[tuple[float, float]]) -> tuple[float, float]:
    """The centroid of a ring's area."""
    area = x = y = 0.0
    for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1], strict=True):
        cross = x0 * y1 - x1 * y0
        area, x, y = area + cross, x + (x0 + x1) * cross, y + (y0 + y1) * cross
    return round(x / (3 * area), 1), round(y / (3 * area), 1)


def _path(rings: list[list[tuple[float, float]]]) -> str:
    return " ".join("M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in ring) + " Z" for ring in rings)
