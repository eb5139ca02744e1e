"""The draw beside its peers, and the matching by itself; CPU seconds, ours and the peer in turn in one process."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

from benchmarks._common import cost, in_turn, row

MILLION, SAMPLED = 1_000_000, 20_050
STRATA = 10
MEMORY = "300MB"  # what DuckDB may hold of ten million units; the interpreter needs the rest of the half gigabyte


def run() -> list[dict[str, Any]]:
    """Rows {work, ours_s, peer, peer_s, ratio, target}; ratio = peer / ours, times in CPU seconds (all threads)."""
    with tempfile.TemporaryDirectory(prefix="city-bench-") as folder:
        return [*_million(Path(folder)), *_samplics(), _small(), *_matching()]


def units(size: int) -> list[Any]:
    """Weighted units in ten strata: four risk classes, some certain, one in fifty excluded."""
    from qualitycity.methods.lottery.frame import Unit

    chance = random.Random(2027)
    made = []
    for at in range(size):
        weight = 0 if at % 50 == 0 else 200_000 if chance.random() < 2e-5 else chance.choice((1, 2, 4, 8))
        made.append(Unit(f"{at:018d}/01", f"S{at % STRATA}", weight, "" if weight else "repeat_ban"))
    return made


def _million(folder: Path) -> list[dict[str, Any]]:
    import duckdb
    from consistent_sampler import sampler

    from qualitycity.methods.lottery.draw import draw
    from qualitycity.methods.lottery.frame import Frame
    from qualitycity.methods.lottery.seed import draw_key
    from qualitycity.methods.lottery.table import TableSource

    frame = Frame(units(MILLION))
    csv, file = folder / "frame.csv", folder / "frame.parquet"
    csv.write_bytes(frame.canonical())
    columns = "{'id': 'VARCHAR', 'stratum': 'VARCHAR', 'weight': 'BIGINT', 'reason': 'VARCHAR'}"
    duckdb.execute(f"COPY (FROM read_csv('{csv}', header = false, columns = {columns})) TO '{file}' (FORMAT parquet)")
    ids = [unit.id for unit in frame.units]
    takes, key = {f"S{at}": SAMPLED // STRATA for at in range(STRATA)}, draw_key("bench")
    with TableSource.open(file) as table:
        if draw(table, key, takes) != draw(frame, key, takes):
            raise AssertionError("the engines differ")
        peer, ours, python = in_turn(
            lambda: list(sampler(ids, seed=314159, take=SAMPLED, output="id")),
            lambda: draw(table, key, takes),
            lambda: draw(frame, key, takes),
        )
    checked = cost(lambda: _checked(file))
    name = "consistent_sampler (equal odds only)"
    whole, resident = _ten_million(folder)
    large = f"draw 10M weighted units, DuckDB, from Parquet; {resident:.2f} GB resident, file judged too"
    if resident > 0.5:
        raise AssertionError(f"{resident:.2f} GB resident")
    return [
        row(large, whole, "ratio ≥ 7, ≤ 0.5 GB", "consistent_sampler, its 1M × 10", 10 * peer),
        row("draw 1M weighted units, DuckDB, from Parquet", ours, "ratio ≥ 7", name, peer),
        row("draw 1M weighted units, pure Python", python, "", name, peer),
        row("check every row of 1M and digest the frame, DuckDB", checked, ""),
    ]


def _ten_million(folder: Path) -> tuple[float, float]:
    """CPU seconds of one draw and the most memory its process ever held (GB), in a process of its own."""
    import duckdb

    file = folder / "ten.parquet"
    duckdb.execute("SET enable_progress_bar = false")
    duckdb.execute(
        "COPY (SELECT printf('%018d/01', i) AS id, 'S' || (i % 10) AS stratum, CASE WHEN i % 50 = 0 THEN 0 "
        "WHEN hash(i) % 50000 = 0 THEN 200000 ELSE 1 << (hash(i + 7) % 4)::INT END::BIGINT AS weight, "
        "CASE WHEN i % 50 = 0 THEN 'repeat_ban' ELSE '' END AS reason "
        f"FROM range({10 * MILLION}) rows(i)) TO '{file}' (FORMAT parquet)"
    )
    script = "from benchmarks.draw import ten_million; ten_million(__import__('sys').argv[1])"
    done = subprocess.run([sys.executable, "-c", script, str(file)], check=True, capture_output=True, text=True)
    seconds, resident = json.loads(done.stdout)
    return seconds, resident


def ten_million(file: str) -> None:
    """What the process of its own does; prints [CPU seconds of the draw, peak resident GB]."""
    from qualitycity.methods.lottery.draw import draw
    from qualitycity.methods.lottery.seed import draw_key
    from qualitycity.methods.lottery.table import TableSource

    takes = {f"S{at}": 10 * SAMPLED // STRATA for at in range(STRATA)}
    with TableSource.open(file, memory=MEMORY) as table:
        seconds = cost(lambda: draw(table, draw_key("bench"), takes))
    # not getrusage: that one remembers what the parent held when it forked
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(json.dumps([seconds, int(peak.split()[1]) / 2**20]))


def _checked(file: Path) -> str:
    from qualitycity.methods.lottery.table import TableSource

    with TableSource.open(file) as table:
        return table.digest()


def _samplics() -> list[dict[str, Any]]:
    """Sampling with unequal odds at 100,000 units; the peer runs once, for it takes most of a minute."""
    warnings.simplefilter("ignore")
    import numpy as np
    from samplics.sampling import SampleSelection
    from samplics.utils.types import SelectMethod

    from qualitycity.methods.lottery.draw import draw
    from qualitycity.methods.lottery.frame import Frame, Unit
    from qualitycity.methods.lottery.seed import draw_key

    size, n = 100_000, 2_000
    chance = random.Random(7)
    frame = Frame(Unit(f"{at:018d}/01", "S", chance.choice((1, 2, 4, 8))) for at in range(size))
    names, sizes = np.array([unit.id for unit in frame.units]), np.array([float(unit.weight) for unit in frame.units])
    select = SampleSelection(method=SelectMethod.pps_sys, strat=False, wr=False)
    ours = in_turn(lambda: draw(frame, draw_key("bench"), {"S": n}))[0]
    peer = cost(lambda: select.select(samp_unit=names, samp_size=n, mos=sizes))
    return [row("draw 100,000 weighted units, pure Python", ours, "ratio ≥ 100", "samplics PPS systematic", peer)]


def _small() -> dict[str, Any]:
    from qualitycity.methods.lottery.draw import draw
    from qualitycity.methods.lottery.frame import Frame
    from qualitycity.methods.lottery.seed import draw_key

    frame = Frame(units(20_000))
    takes = {f"S{at}": 40 for at in range(STRATA)}
    return row(
        "draw 20,000 weighted units, pure Python", in_turn(lambda: draw(frame, draw_key("bench"), takes))[0], "≤ 0.1 s"
    )


def _matching() -> list[dict[str, Any]]:
    """5,000 tasks, two samplers each, out of 500 in 20 districts: skills, reach, one recusal in fifty."""
    from qualitycity.methods.lottery import certificate
    from qualitycity.methods.lottery.matching import Agent, Pool, Problem, solve
    from qualitycity.methods.lottery.seed import draw_key

    chance = random.Random(500)
    people = [(f"S{at:03d}", at % 20, set(chance.sample(range(6), 3))) for at in range(500)]
    allowed = {}
    for at in range(5_000):
        district, skill = chance.randrange(20), chance.randrange(6)
        near = [name for name, home, skills in people if (home - district) % 20 < 5 and skill in skills]
        allowed[f"{at:018d}/01"] = [name for name in near if chance.random() > 0.02]
    pool = Pool(tuple(Agent(name, 40) for name, *_ in people), {}, allowed)
    key = draw_key("bench", "teams")
    problem = Problem.of(allowed, pool, key, 2)
    found = solve(problem)
    whole, proof = in_turn(lambda: solve(Problem.of(allowed, pool, key, 2)), lambda: certificate.check(found))
    if certificate.check(found):
        raise AssertionError("the certificate does not hold")
    pairs = f"{len(problem.cost):,} pairs, loads {found.lo}–{found.hi}"
    return [
        row(f"match 5,000 tasks × 500 samplers ({pairs}): hashes, window, solver, potentials", whole, "≤ 2 s"),
        row("check that certificate without a solver", proof, "≤ 0.2 s"),
    ]
