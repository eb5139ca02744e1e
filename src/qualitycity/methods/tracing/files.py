"""How an index lies on disk: a folder with `index.json`, one folder of NumPy files a generation, today's links beside.

index.json            format, generation, counts, names of units; replaced in one step, so that a reader sees the
                      old index or the new one
g000001/NAME.npy      columns, mapped into memory
g000001/today-000001.npz  one file for each `append`
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qualitycity.methods.tracing.blocks import LARGEST_EDGE, LARGEST_LOT, NONE, EdgeBlock, LotBlock
from qualitycity.methods.tracing.kernels import place, place_ids, tally

FORMAT = "qualitycity trace index 1"
EVIDENCE = ("day", "quantity", "unit", "document", "event")
GROUPED = ("holder", "giver", "batch")  # columns of lots by which lots are looked up
Columns = dict[str, NDArray[Any]]


class Folder:
    """Makes the arrays of an index: as files of a folder, or in memory where the folder is None."""

    def __init__(self, path: Path | None) -> None:
        self.path = path

    def new(self, name: str, dtype: Any, size: int) -> NDArray[Any]:
        """An array to be filled."""
        if self.path is None or size == 0:
            array = np.zeros(size, dtype)
            if self.path is not None:
                np.save(self.path / f"{name}.npy", array)
            return array
        return np.lib.format.open_memmap(self.path / f"{name}.npy", mode="w+", dtype=dtype, shape=(size,))


class Spool(Sequence[EdgeBlock]):
    """Blocks that come once, kept in files so that they can be read twice."""

    def __init__(self, path: Path, blocks: Iterable[EdgeBlock]) -> None:
        self.path, self.names = path, list[tuple[str, ...]]()
        path.mkdir()
        for number, block in enumerate(blocks):
            columns = block.columns()
            for name, column in columns.items():
                np.save(path / f"{number}-{name}.npy", column)
            self.names.append(tuple(columns))

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, at: Any) -> Any:
        if at >= len(self.names):
            raise IndexError(at)
        return EdgeBlock(**{name: mapped(self.path / f"{at}-{name}.npy") for name in self.names[at]})


def mapped(path: Path) -> NDArray[Any]:
    """A file of one column, mapped read-only; a plain array, for Numba is slow to recognise np.memmap."""
    return np.load(path, mmap_mode="r").view(np.ndarray)


def fixed(array: NDArray[Any]) -> NDArray[Any]:
    """A read-only view as a plain array: all kernels then see one type, whether the column is a file or not."""
    seen = array.view(np.ndarray)
    seen.flags.writeable = False
    return seen


def starts(counts: NDArray[Any], what: str) -> NDArray[np.uint32]:
    """Where each group begins: counts [n] -> starts [n + 1]; refused past what uint32 holds."""
    ends = np.cumsum(counts, dtype=np.uint64)
    total = int(ends[-1]) if ends.size else 0
    if total > LARGEST_EDGE:
        raise ValueError(f"{what}: {total} links are more than {LARGEST_EDGE}")
    found = np.zeros(counts.size + 1, np.uint32)
    found[1:] = ends
    return found


def write_links(edges: Sequence[EdgeBlock], lots: int, known: bool, folder: Folder) -> Columns:
    """Both directions and the evidence by counting sort; at most 20 bytes a link of memory besides the files."""
    out_count, in_count, names = np.zeros(lots, np.int64), np.zeros(lots, np.int64), None
    for number, block in enumerate(edges):
        columns = block.columns()
        if names not in (None, set(columns)):
            raise ValueError(
                f"edges: block {number} has the columns {sorted(columns)}, the first {sorted(names or ())}"
            )
        names = set(columns)
        source, target = columns["source"], columns["target"]
        highest = int(max(source.max(), target.max())) + 1 if source.size else 0
        if known and highest > lots:
            raise ValueError(f"edges: lot {highest - 1} of block {number} has no row in lots ({lots} rows)")
        if highest > out_count.size:
            more = np.zeros(max(highest, 2 * out_count.size) - out_count.size, np.int64)
            out_count, in_count = np.concatenate((out_count, more)), np.concatenate((in_count, more))
        lots = max(lots, highest)
        tally(source, out_count)
        tally(target, in_count)
    made = {
        "out_start": starts(out_count[:lots], "edges"),
        "in_start": starts(in_count[:lots], "edges"),
    }
    del out_count, in_count
    return _fill(edges, made, [name for name in EVIDENCE if name in (names or ())], folder)


def _fill(edges: Sequence[EdgeBlock], made: Columns, kept: list[str], folder: Folder) -> Columns:
    size = int(made["out_start"][-1])
    for name, dtype in (("out_lot", np.int32), ("in_lot", np.int32), ("in_edge", np.uint32)):
        made[name] = folder.new(name, dtype, size)
    for name in kept:
        made[name] = folder.new(name, EdgeBlock.DTYPES[name], size)
    out_next, in_next = made["out_start"][:-1].copy(), made["in_start"][:-1].copy()
    for block in edges:
        columns = block.columns()
        lots = (columns["source"], columns["target"])
        number = place(*lots, out_next, in_next, made["out_lot"], made["in_lot"], made["in_edge"])
        for name in kept:
            made[name][number] = columns[name]
    for name in ("out_start", "in_start"):
        folder.new(name, np.uint32, made[name].size)[:] = made[name]
    return made


def write_lots(lots: Sequence[LotBlock], folder: Folder) -> Columns:
    """The columns of the lots and, for each column lots are looked up by, who belongs together."""
    names = {tuple(block.columns()) for block in lots}
    if len(names) > 1:
        raise ValueError(f"lots: blocks have different columns: {sorted(map(sorted, names))}")
    size, made = sum(map(len, lots)), Columns()
    if size > LARGEST_LOT:
        raise ValueError(f"lots: {size} lots are more than {LARGEST_LOT}")
    for name in next(iter(names), ()):
        made[name] = folder.new(f"lot_{name}", LotBlock.DTYPES[name], size)
        np.concatenate([block.columns()[name] for block in lots], out=made[name])
    for name in GROUPED:
        if name not in made:
            continue
        groups = made[name]
        if groups.size and ((groups < 0) & (groups != NONE)).any():
            raise ValueError(f"{name}: {groups[(groups < 0) & (groups != NONE)][0]} is negative")
        count = np.bincount(groups[groups >= 0])
        made[f"{name}_start"] = starts(count, name)
        members = folder.new(f"lot_{name}_lots", np.int32, int(count.sum()))
        place_ids(groups, made[f"{name}_start"][:-1].copy(), members, 0)
        made[f"{name}_lots"] = members
        folder.new(f"lot_{name}_start", np.uint32, count.size + 1)[:] = made[f"{name}_start"]
    return made


def begin(out: Path) -> tuple[Path, int]:
    """A new generation beside the old one; what an interrupted build left there goes."""
    generation = read_meta(out)["generation"] + 1 if (out / "index.json").exists() else 1
    folder = out / f"g{generation:06d}"
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder, generation


def commit(out: Path, meta: dict[str, Any]) -> None:
    """Make a generation the one that is opened, in one step; then remove the others (who has them open keeps them)."""
    waiting = out / "index.json.part"
    waiting.write_text(json.dumps({"format": FORMAT} | meta))
    os.replace(waiting, out / "index.json")
    for folder in out.glob("g[0-9]*"):
        if folder.name != f"g{meta['generation']:06d}":
            shutil.rmtree(folder)


def read_meta(path: Path) -> dict[str, Any]:
    """What `index.json` says; ValueError where the folder is no index."""
    file = path / "index.json"
    if not file.exists():
        raise ValueError(f"path: {path} holds no trace index")
    meta: dict[str, Any] = json.loads(file.read_text())
    if meta.get("format") != FORMAT:
        raise ValueError(f"path: {path} has the format {meta.get('format')!r}, expected {FORMAT!r}")
    return meta


def append_today(folder: Path, columns: Columns) -> None:
    """Keep one `append` as a file that is there whole or not at all."""
    number = len(list(folder.glob("today-*.npz"))) + 1
    waiting = folder / f"today-{number:06d}.part"
    with waiting.open("wb") as file:
        np.savez(file, **columns)  # type: ignore[arg-type]
    os.replace(waiting, folder / f"today-{number:06d}.npz")


def todays(folder: Path) -> Iterator[Columns]:
    """What was appended since the index was built, in order."""
    for file in sorted(folder.glob("today-*.npz")):
        with np.load(file) as stored:
            yield {name: stored[name] for name in stored.files}
