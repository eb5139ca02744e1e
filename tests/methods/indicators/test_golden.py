"""The golden cases: COINr's ASEM index stage by stage, Compind, ahpy, pymcdm; relative tolerance 1e-10."""
# ruff: noqa: N803, N806

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from qualitycity.methods.indicators import Step, aggregate, build, normalise, replay, sobol_indices, summarise, treat
from qualitycity.methods.indicators.moments import correlation, cronbach, kurtosis, skewness
from qualitycity.methods.indicators.robustness import run
from qualitycity.methods.indicators.weighting import ahp, weights

from . import asem

CLOSE = {"rtol": 1e-10, "atol": 1e-12}


@pytest.fixture
def golden(shared: Path) -> Path:
    return shared / "golden" / "composite"


def near(have: object, want: object) -> None:
    np.testing.assert_allclose(have, want, **CLOSE)


@pytest.mark.parametrize(
    ("stage", "file"),
    [
        ("raw", "Raw"),
        ("denominate", "Denominated"),
        ("impute", "Imputed"),
        ("screen", "Screened"),
        ("treat", "Treated"),
        ("normalise", "Normalised"),
    ],
)
def test_every_stage_of_asem_is_coinrs(golden: Path, stage: str, file: str) -> None:
    index = asem.index(golden)
    units, _names, want = asem.matrix(golden / f"asem_stage_{file}.csv", list(index.framework.indicators))
    near(index.stage(stage).values[[index.units.index(unit) for unit in units]], want)


def test_every_node_of_asem_and_every_rank_are_coinrs(golden: Path) -> None:
    index = asem.index(golden)
    for level, codes in enumerate(index.framework.codes):
        units, _names, want = asem.matrix(golden / "asem_stage_Aggregated.csv", list(codes))
        near(index.levels[level][[index.units.index(unit) for unit in units]], want)
    units, _names, ranks = asem.matrix(golden / "asem_results_full_ranked.csv", ["Rank"])
    assert [index.ranks[index.units.index(unit)] for unit in units] == ranks[:, 0].tolist()
    codes, _names, weights = asem.matrix(golden / "asem_weights_original.csv", ["Weight"], "iCode")
    given = dict(zip(codes, weights[:, 0], strict=True))
    assert [[given[code] for code in level] for level in index.framework.codes] == [list(w) for w in index.weights]


def test_the_log_of_asem_replays_to_the_last_bit(golden: Path) -> None:
    index = asem.index(golden)
    assert replay(index.log) == index
    assert replay(type(index.log).read(index.log.text())) == index


@pytest.mark.parametrize(
    ("file", "normal", "how"),
    [
        ("zscore_amean", {"how": "zscore", "p": {"mean": 10, "sd": 2}}, "amean"),
        ("rank_amean", {"how": "rank"}, "amean"),
        ("minmax1_100_gmean", {"how": "minmax", "p": {"low": 1, "high": 100}}, "gmean"),
    ],
)
def test_variants_of_asem_are_coinrs(golden: Path, file: str, normal: dict, how: str) -> None:
    steps = [*asem.STEPS[:4], Step("normalise", normal), Step.of("aggregate", how=how)]
    index = build(asem.table(golden), asem.framework(golden), steps)
    units, names, want = asem.matrix(golden / f"asem_variant_{file}.csv")
    rows = [index.units.index(unit) for unit in units]
    near(np.column_stack([index.score(name)[rows] for name in names]), want)
    normalised = golden / f"asem_variantnorm_{file}.csv"
    if normalised.exists():
        units, names, want = asem.matrix(normalised)
        near(np.column_stack([index.score(name) for name in names])[[index.units.index(u) for u in units]], want)


def test_the_treatment_log_is_coinrs(golden: Path) -> None:
    index = asem.index(golden)
    found = treat(index.stage("screen").values)
    with (golden / "asem_treat_log.csv").open() as file:
        rows = {row["iCode"]: row for row in csv.DictReader(file)}
    rows_of = [rows[code] for code in index.framework.indicators]
    near(found.skewness, [float(row["check_SkewKurt0.Skew"]) for row in rows_of])
    near(found.kurtosis, [float(row["check_SkewKurt0.Kurt"]) for row in rows_of])
    assert found.points.tolist() == [int(row["winsorise.nwin"] or 0) for row in rows_of]
    after = [at for at, row in enumerate(rows_of) if row["check_SkewKurt1.Skew"]]
    near(skewness(found.values)[after], [float(rows_of[at]["check_SkewKurt1.Skew"]) for at in after])
    near(kurtosis(found.values)[after], [float(rows_of[at]["check_SkewKurt1.Kurt"]) for at in after])


def test_fifty_runs_of_uncertainty_are_coinrs(golden: Path) -> None:
    index = asem.index(golden)
    stats = summarise(index, asem.spec(golden), asem.design(golden))
    units, _names, scores = asem.matrix(golden / "asem_ua50_scores.csv")
    rows = [index.units.index(unit) for unit in units]
    near(index.scores[rows], scores[:, 0])
    near(stats.runs.scores[:, rows].T, scores[:, 1:])
    names = ["Nominal", "Mean", "Median", "Q5", "Q95"]
    units, _names, want = asem.matrix(golden / "asem_ua50_rankstats.csv", names)
    rows = [index.units.index(unit) for unit in units]
    have = [stats.nominal, stats.mean, stats.median, stats.low, stats.high]
    near(np.column_stack(have)[rows], want)


def test_runs_are_what_building_each_by_itself_gives(golden: Path) -> None:
    index, spec, design = asem.index(golden), asem.spec(golden), asem.design(golden)[:12]
    runs = run(index, spec, design)
    for at, (winmax, norm, sets, agg) in enumerate(design):
        fw = index.framework.weighted([level[sets] for level in spec[2].sets])  # type: ignore[union-attr]
        steps = [*asem.STEPS[:3], Step.of("treat", winmax=int(winmax) + 1)]
        steps += [Step("normalise", spec[1].options[norm]), Step("aggregate", spec[3].options[agg])]  # type: ignore[union-attr]
        other = build(index.log.data, fw, steps)
        near(runs.scores[at], other.scores)
        assert runs.ranks[at].tolist() == other.ranks.tolist()


def test_the_sobol_estimates_of_ishigami_are_coinrs(golden: Path) -> None:
    _keys, _names, y = asem.matrix(golden / "asem_sobol_ishigami_design.csv", ["y"], "V1")
    found = sobol_indices(y[:, 0], 3, np.random.default_rng(1), resamples=10, centre=False)
    _keys, _names, want = asem.matrix(golden / "asem_sobol_ishigami_indices.csv", ["Si", "STi"], "Variable")
    near(found.S, want[:, 0])
    near(found.ST, want[:, 1])


def test_correlations_and_alphas_of_asem_are_coinrs(golden: Path) -> None:
    index = asem.index(golden)
    fw = index.framework
    with (golden / "asem_corr_physical.csv").open() as file:
        rows = list(csv.DictReader(file))
    names, want = list(rows[0]), [[float(value) for value in row.values()] for row in rows]
    near(correlation(np.column_stack([index.score(name) for name in names])), want)
    with (golden / "asem_cronbach.csv").open() as file:
        for row in csv.DictReader(file):
            group = fw.members[0][fw.codes[1].index(row["pillar"])]
            near(cronbach(index.levels[0][:, group]), float(row["cronbach"]))


def test_normalisations_and_indices_of_better_life_are_compinds(golden: Path) -> None:
    _units, names, X = asem.matrix(golden / "compind_bli2017_input.csv", key="unit")
    z = normalise(X, "zscore", {"mean": 100, "sd": 10}).values
    near(z, asem.matrix(golden / "compind_bli2017_norm_z100_10.csv", names, "unit")[2])
    unit = normalise(X, "minmax", {"low": 0, "high": 1}).values
    near(unit, asem.matrix(golden / "compind_bli2017_norm_minmax.csv", names, "unit")[2])
    ranks = normalise(X, "rank", {"ties": "average"}).values
    near(ranks, asem.matrix(golden / "compind_bli2017_norm_rank.csv", names, "unit")[2])
    _units, _names, want = asem.matrix(golden / "compind_bli2017_results.csv", key="unit")
    one = np.ones(len(names))
    near(aggregate(z, one, "mpi"), want[:, 0])
    near(aggregate(z, one, "mpi_negative"), want[:, 1])
    near(aggregate(X, one, "wroclaw"), want[:, 2])


def test_mean_min_is_compinds_once_its_recycled_means_are_taken_over(golden: Path) -> None:
    """Compind takes column means from a table row by row: R recycles them down the columns. Given that table, equal."""
    _units, names, X = asem.matrix(golden / "compind_bli2017_input.csv", key="unit")
    recycled = [np.resize(part, X.shape[::-1]).T for part in (X.mean(axis=0), X.std(axis=0, ddof=1))]
    table = (X - recycled[0]) / recycled[1] * 10 + 100
    _units, _names, want = asem.matrix(golden / "compind_bli2017_results.csv", key="unit")
    near(aggregate(table, np.ones(len(names)), "mean_min", p={"alpha": 0.5, "beta": 1.0}), want[:, 3])
    honest = normalise(X, "zscore", {"mean": 100, "sd": 10}).values
    assert not np.allclose(aggregate(honest, np.ones(len(names)), "mean_min"), want[:, 3], atol=1)


def test_pairwise_weights_are_ahpys(golden: Path) -> None:
    for case in json.loads((golden / "ahp_leader.json").read_text())["matrices"]:
        names = list(case["local_weights"])
        matrix = np.eye(len(names))
        for one, two, times in case["comparisons"]:
            matrix[names.index(one), names.index(two)] = times
            matrix[names.index(two), names.index(one)] = 1 / times
        found = ahp(matrix, "saaty")
        # the golden values are printed with ten decimals
        np.testing.assert_allclose(found.values, list(case["local_weights"].values()), atol=1e-9)
        np.testing.assert_allclose(found.consistency, case["consistency_ratio"], atol=1e-9)


@pytest.mark.parametrize(
    ("how", "name"),
    [
        ("entropy", "entropy_weights"),
        ("deviation", "standard_deviation_weights"),
        ("critic", "critic_weights"),
        ("variance", "variance_weights"),
    ],
)
def test_weights_from_data_are_pymcdms(golden: Path, how: str, name: str) -> None:
    want = json.loads((golden / "pymcdm_weights_bli2017.json").read_text())["weights"]
    _units, names, X = asem.matrix(golden / "compind_bli2017_input.csv", key="unit")
    near(weights(how, X=X).values, want[name])
    near(weights("equal", count=len(names)).values, want["equal_weights"])
