"""Pass rates by domain: the golden designs of R survey, the whole design kept in a domain's variance, bad tables."""

from __future__ import annotations

import csv
import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from qualitycity.methods.estimation import survey
from qualitycity.methods.estimation.intervals import student
from qualitycity.methods.estimation.survey import mean, poststratify, proportion, total

RNG = 20261122


def schools(shared: Path, name: str) -> dict[str, np.ndarray]:
    with (shared / f"golden/labstats/survey/{name}.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {
        "y": np.array([row["sch.wide"] == "Yes" for row in rows], float),
        "api00": np.array([float(row["api00"]) for row in rows]),
        "w": np.array([float(row["pw"]) for row in rows]),
        "fpc": np.array([float(row["fpc"]) for row in rows]),
        "stype": np.array([row["stype"] for row in rows]),
    }


def designs(shared: Path) -> dict[str, tuple[dict[str, np.ndarray], dict[str, Any]]]:
    simple, stratified = schools(shared, "apisrs"), schools(shared, "apistrat")
    return {
        "apisrs": (simple, {"fpc": simple["fpc"]}),
        "apistrat": (stratified, {"stratum": stratified["stype"], "fpc": stratified["fpc"]}),
        "apistrat_nofpc": (stratified, {"stratum": stratified["stype"]}),
    }


@pytest.mark.parametrize("at", range(3))
def test_golden_rates_totals_means_and_intervals_of_r_survey(shared: Path, at: int) -> None:
    golden = json.loads((shared / "golden/labstats/survey/api_R.json").read_text())["estimates"][at]
    data, design = designs(shared)[golden["design"]]
    rate = proportion(data["y"], data["w"], **design)
    assert_allclose([rate.p[0], rate.se[0], rate.deff[0]], [golden["p"], golden["se"], golden["deff"]], rtol=1e-9)
    assert rate.df.tolist() == [golden["df"]] and rate.n.tolist() == [200]
    whole, score = total(data["y"], data["w"], **design), mean(data["api00"], data["w"], **design)
    assert_allclose([whole.estimate[0], whole.se[0]], [golden["total"], golden["total_se"]], rtol=1e-9)
    assert_allclose([score.estimate[0], score.se[0]], [golden["api00_mean"], golden["api00_se"]], rtol=1e-9)
    for method, key, within in (("logit", "ci_xlogit", 1e-9), ("logit", "ci_logit", 1e-6), ("beta", "ci_beta", 1e-9)):
        found = rate.ci(method)
        assert_allclose([found.low[0], found.high[0]], golden[key], atol=within)
    plain = student(rate.p, rate.se, rate.df)
    assert_allclose([plain.low[0], plain.high[0]], golden["ci_mean"], atol=1e-9)


def test_golden_domains_of_r_survey(shared: Path) -> None:
    golden = json.loads((shared / "golden/labstats/survey/api_R.json").read_text())["domains"][0]
    data, design = designs(shared)["apistrat"]
    rate = proportion(data["y"], data["w"], domain=data["stype"], **design)
    assert rate.domain.tolist() == golden["stype"]
    assert_allclose(rate.p, golden["p"], rtol=1e-9)
    assert_allclose(rate.se, golden["se"], rtol=1e-9)


def made(rows: int = 400, strata: int = 5, psus: int = 6, domains: int = 4) -> dict[str, np.ndarray]:
    chance = np.random.default_rng(RNG)
    return {
        "y": (chance.random(rows) < 0.8).astype(float),
        "w": chance.uniform(1, 9, rows),
        "stratum": chance.integers(0, strata, rows),
        "psu": chance.integers(0, psus, rows),
        "domain": chance.integers(0, domains, rows),
    }


# Pitfall 33.


def test_a_domain_total_has_an_unbiased_variance_over_all_samples_only_with_the_whole_design() -> None:
    """Every sample of 2 of 4 and 3 of 5: the mean of the variances is the variance of the totals."""
    y, inside = np.array([3.0, 1, 4, 1, 5, 9, 2, 6, 5]), np.array([1, 1, 0, 0, 1, 1, 1, 0, 0], bool)
    strata = np.array([0] * 4 + [1] * 5)
    totals, variances, cut_short = [], [], []
    for first, second in itertools.product(itertools.combinations(range(4), 2), itertools.combinations(range(4, 9), 3)):
        drawn = np.array(first + second)
        w, size = np.where(strata[drawn] == 0, 2.0, 5 / 3), np.where(strata[drawn] == 0, 4.0, 5.0)
        labels = np.where(inside[drawn], "in", "out")
        found = total(y[drawn], w, strata[drawn], domain=labels, fpc=size)
        at = found.domain.tolist()
        totals.append(found.estimate[at.index("in")] if "in" in at else 0.0)
        variances.append(found.se[at.index("in")] ** 2 if "in" in at else 0.0)
        kept = drawn[inside[drawn]]
        if len(kept):
            part = total(y[kept], w[inside[drawn]], strata[kept], fpc=size[inside[drawn]], single_psu="certainty")
            cut_short.append(part.se[0] ** 2)
    assert np.mean(totals) == pytest.approx(y[inside].sum())
    assert np.mean(variances) == pytest.approx(np.var(totals))
    assert np.sum(cut_short) / len(totals) < 0.6 * np.var(totals)


def test_n_and_degrees_of_freedom_are_those_of_the_domain() -> None:
    y, w = np.ones(12), np.ones(12)
    stratum, psu = np.repeat([1, 2, 3], 4), np.tile([1, 1, 2, 2], 3)
    domain = np.array(list("aabb" + "aabb" + "bbbb"))
    rate = proportion(y, w, stratum, psu, domain)
    assert rate.n.tolist() == [4, 8]
    assert rate.df.tolist() == [2 - 2, 4 - 3]


def test_without_degrees_of_freedom_there_is_no_interval() -> None:
    rate = proportion([1, 0, 1, 0], [1] * 4, [1, 1, 2, 2], domain=list("abab"))
    assert rate.df.tolist() == [0, 0]
    for method in ("korn_graubard", "beta", "logit", "wilson", "clopper_pearson"):
        found = rate.ci(method)
        assert np.isnan(found.low).all() and np.isnan(found.high).all()


def test_a_lonely_psu_is_an_error_that_names_its_stratum_until_a_way_is_chosen() -> None:
    y, w, stratum = [1, 0, 1, 1, 0, 1, 0, 1], [2.0] * 8, list("aaabbbbc")
    with pytest.raises(ValueError, match=r"stratum: only one PSU in 1 strata \('c'\)"):
        proportion(y, w, stratum)
    without = proportion(y, w, stratum, single_psu="certainty")
    scaled = proportion(y, w, stratum, single_psu="average")
    assert scaled.se[0] ** 2 == pytest.approx(without.se[0] ** 2 * 3 / 2)


def test_average_counts_the_strata_of_each_domain_and_gives_nan_where_all_are_lonely() -> None:
    y, w, stratum = [1, 0, 1, 1, 0, 1, 0, 1], [2.0] * 8, list("aaabbbbc")
    both = [proportion(y, w, stratum, domain=list("xxxxxxyz"), single_psu=way) for way in ("average", "certainty")]
    assert both[0].se[0] == both[1].se[0] and both[0].se[1] == both[1].se[1]
    assert np.isnan(both[0].se[2])


def test_a_lonely_psu_that_is_its_whole_stratum_is_a_certainty() -> None:
    rate = proportion([1, 0, 1], [5, 5, 1], list("aab"), fpc=[10, 10, 1])
    only = proportion([1, 0, 1], [5, 5, 1], list("aab"), fpc=[10, 10, 1], single_psu="certainty")
    assert rate.se[0] == only.se[0] > 0


def test_fpc_is_a_count_and_a_fraction_is_refused() -> None:
    with pytest.raises(ValueError, match=r"fpc\[0\] = 0\.9 is no count"):
        proportion([1, 0, 1], [1, 1, 1], fpc=[0.9] * 3)
    with pytest.raises(ValueError, match="fpc = 2 in stratum 0 is less than the 3 PSUs drawn"):
        proportion([1, 0, 1], [1, 1, 1], fpc=[2] * 3)
    with pytest.raises(ValueError, match=r"fpc\[0\] = 9.0 differs within its stratum"):
        proportion([1, 0, 1], [1, 1, 1], fpc=[9, 8, 8])


def test_a_census_has_no_error_and_an_infinite_population_no_correction() -> None:
    y, w = [1, 0, 1, 1], [1.0] * 4
    assert proportion(y, w, fpc=[4] * 4).se[0] == 0
    assert proportion(y, w, fpc=[np.inf] * 4).se[0] == proportion(y, w).se[0] > 0


def test_equal_psu_labels_of_two_strata_are_two_psus() -> None:
    data = made()
    renamed = data | {"psu": data["stratum"] * 1000 + data["psu"]}
    assert_allclose(proportion(**data).se, proportion(**renamed).se, rtol=1e-12)


def test_an_untested_row_stays_in_the_design_and_counts_in_no_domain() -> None:
    y = np.array([1, 0, 1, np.nan, 1, 1, 0, np.nan])
    stratum = np.repeat([1, 2], 4)
    rate = proportion(y, [3.0] * 8, stratum, domain=list("ababbaba"))
    as_domain = proportion(np.nan_to_num(y), [3.0] * 8, stratum, domain=list("aba-bab-"))
    assert rate.n.tolist() == [3, 3]
    assert_allclose(rate.se, as_domain.se[1:])
    dropped = ~np.isnan(y)
    shortened = proportion(y[dropped], [3.0] * 6, stratum[dropped], domain=np.array(list("ababbaba"))[dropped])
    assert not np.allclose(rate.se, shortened.se, rtol=1e-6)


def test_a_domain_without_a_tested_row_has_no_rate() -> None:
    rate = proportion([1, 0, np.nan], [1, 1, 1], domain=list("aab"))
    assert np.isnan([rate.p[1], rate.se[1], rate.ci().low[1]]).all() and rate.n[1] == 0 and rate.df[1] == 0


def test_rates_of_0_and_1_and_constant_strata_are_exact() -> None:
    """Sums of squares that only differ by rounding must not turn negative."""
    chance = np.random.default_rng(RNG)
    w, stratum = chance.uniform(0.1, 9, 300), np.repeat(np.arange(30), 10)
    sure = proportion(np.ones(300), w, stratum)
    assert sure.p[0] == 1 and sure.se[0] == 0 and np.isnan(sure.deff[0])
    even = proportion((stratum % 2).astype(float), np.full(300, 0.1), stratum)
    assert 0 <= even.se[0] < 1e-9


def test_post_stratified_simple_sample_has_the_variance_of_the_residuals() -> None:
    chance = np.random.default_rng(RNG)
    cell, y = chance.integers(0, 3, 90), (chance.random(90) < 0.6).astype(float)
    w = poststratify(np.full(90, 10.0), cell, {0: 300.0, 1: 400.0, 2: 200.0})
    rate = proportion(y, w, poststratum=cell)
    in_cell = np.array([y[cell == one].mean() for one in range(3)])
    residual = w * (y - in_cell[cell])
    assert rate.p[0] == pytest.approx(in_cell @ [3 / 9, 4 / 9, 2 / 9])
    assert rate.se[0] == pytest.approx(np.sqrt(90 / 89 * (residual**2).sum()) / 900)
    assert rate.method.endswith("post-stratified")


def test_a_domain_that_is_a_poststratum_has_a_known_size() -> None:
    cell = np.repeat([0, 1], 20)
    w = poststratify(np.full(40, 5.0), cell, {0: 120.0, 1: 80.0})
    assert_allclose(total(np.ones(40), w, domain=cell, poststratum=cell).se, 0, atol=1e-9)
    assert (total(np.ones(40), w, domain=cell).se > 5).all()


# Properties.


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.floats(1e-6, 1e6))
def test_the_unit_of_the_weights_and_the_order_of_rows_do_not_matter(seed: int, scale: float) -> None:
    data = made(120, 4, 5, 3)
    order = np.random.default_rng(seed).permutation(120)
    base = proportion(**data)
    other = proportion(**{name: values[order] for name, values in (data | {"w": data["w"] * scale}).items()})
    for name in ("p", "se"):
        assert_allclose(getattr(other, name), getattr(base, name), rtol=1e-9)
    assert other.df.tolist() == base.df.tolist()


@settings(max_examples=25, deadline=None)
@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3))
def test_a_mean_follows_shift_and_scale_of_its_unit(shift: float, scale: float) -> None:
    data = made(120, 4, 5, 3) | {"y": np.random.default_rng(RNG).normal(size=120)}
    base, other = mean(**data), mean(**(data | {"y": shift + scale * data["y"]}))
    assert_allclose(other.estimate, shift + scale * base.estimate, rtol=1e-7, atol=1e-7 * scale)
    assert_allclose(other.se, scale * base.se, rtol=1e-7)


def test_doubling_every_row_within_its_psu_changes_nothing() -> None:
    data = made() | {"psu": np.arange(400)}
    base = proportion(**data)
    doubled = proportion(**{name: np.repeat(values, 2) for name, values in data.items()})
    assert_allclose(doubled.p, base.p)
    assert_allclose(doubled.se, base.se)
    assert doubled.df.tolist() == base.df.tolist()
    naive = proportion(**{name: np.repeat(values, 2) for name, values in data.items() if name != "psu"})
    assert (naive.se < 0.8 * base.se).all()


def test_labels_may_be_anything_that_sorts_and_sparse_codes_give_the_same() -> None:
    data = made()
    base = proportion(**data)
    names = {key: np.array([f"{key}-{one:03d}" for one in data[key]]) for key in ("stratum", "psu", "domain")}
    wide = {key: data[key].astype(np.int64) * 10**12 - 7 for key in ("stratum", "psu", "domain")}
    for other in (proportion(**(data | names)), proportion(**(data | wide))):
        assert_allclose(other.se, base.se, rtol=1e-12)
    assert proportion(**(data | names)).domain.tolist() == [f"domain-{one:03d}" for one in range(4)]


def test_many_domains_and_strata_go_through_sparse_cells() -> None:
    data = made(300) | {"domain": np.arange(300) // 2, "stratum": np.arange(300) % 60, "psu": np.arange(300) % 7}
    data["stratum"] = np.sort(data["stratum"])
    base = proportion(**data, single_psu="certainty")
    for at in (0, 17, 149):
        alone = proportion(**(data | {"domain": (data["domain"] == at).astype(int)}), single_psu="certainty")
        assert base.se[at] == pytest.approx(alone.se[1], rel=1e-12)


# Bad tables.


def test_all_faults_of_a_table_come_at_once_and_name_their_values() -> None:
    with pytest.raises(ValueError) as caught:
        proportion([0, 2, 1], [1, -3, 0], ["a", "b"], domain=[1, 2, 3], fpc=["x"] * 3)
    said = str(caught.value)
    for part in ("y[1] = 2.0 is neither", "w[1] = -3.0", "and 1 more", "stratum: shape (2,)", "fpc: not numeric"):
        assert part in said


def test_missing_and_mixed_labels_are_named() -> None:
    with pytest.raises(ValueError, match=r"stratum\[1\] = None is no label.*domain\[2\] = nan is no label"):
        proportion([1, 0, 1], [1, 1, 1], ["a", None, "a"], domain=[1.0, 2.0, np.nan])
    with pytest.raises(ValueError, match="domain: labels of kinds that cannot be sorted"):
        proportion([1, 0, 1], [1, 1, 1], domain=np.array([1, "a", 2], object))
    assert proportion([1, 0, 1], [1, 1, 1], domain=np.array(["b", "a", "b"], object)).domain.tolist() == ["a", "b"]


@pytest.mark.parametrize("function", [proportion, mean, total])
def test_unknown_weights_are_refused(function: Any) -> None:
    with pytest.raises(ValueError, match="w: None.*finding rate"):
        function([1, 0], None)


def test_impossible_arguments() -> None:
    with pytest.raises(ValueError, match="y: no rows"):
        proportion([], [])
    with pytest.raises(ValueError, match="single_psu = 'drop'"):
        proportion([1, 0], [1, 1], single_psu="drop")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"y\[1\] = inf is not finite"):
        mean([1, np.inf], [1, 1])
    with pytest.raises(ValueError, match="w\\[0\\] = nan"):
        mean([1, 2], [np.nan, 1])


def test_the_names_of_the_field_are_found_in_one_module() -> None:
    assert {"proportion", "ci", "total_ht", "inclusion_probabilities", "poststratify", "neyman"} <= set(survey.__all__)
    assert all(hasattr(survey, name) for name in survey.__all__)
