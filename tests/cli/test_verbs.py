"""Every verb explains itself; the benchmark's table; verbs on a folder where nothing is yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from qualitycity.cli import bench, verbs
from qualitycity.kernel.console import Progress, VerbError

from .conftest import City


@pytest.mark.parametrize("verb", verbs.VERBS)
def test_every_verb_has_help_with_examples(verb: str, city: City) -> None:
    done = city(verb, "--help")
    assert done.returncode == 0, done.stderr
    assert f"./city {verb}" in done.stdout, "an example to copy"


@pytest.mark.parametrize("verb", ["verify-log", "shell", "backup"])
def test_where_nothing_is_yet_it_says_so_and_makes_nothing(verb: str, city: City, tmp_path: Path) -> None:
    more = [tmp_path / "x.city"] if verb == "backup" else []
    done = city(verb, *more, "--data", tmp_path / "none")
    assert done.returncode == 1 and "./city run" in done.stderr and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_lines_of_a_refusal_are_chinese_and_english(city: City, tmp_path: Path) -> None:
    for language in ("zh", "en"):
        done = city("backup", tmp_path / "no" / "folder", "--data", tmp_path, CITY_LANG=language)
        zh, en = done.stderr.strip().splitlines()
        assert not zh.isascii() and en.isascii()


def test_a_benchmark_is_measured_and_laid_out(tmp_path: Path) -> None:
    import sys

    module = tmp_path / "some.py"
    module.write_text(
        "def run():\n    print('noise')\n    return [{'work': 'a|b', 'ours': 0.5, 'peer': 1234.5, 'target': None}]\n"
    )
    rows = bench.measure(Path(sys.executable), module)
    assert rows == [{"work": "a|b", "ours": 0.5, "peer": 1234.5, "target": None}]
    text = bench.section("some", rows)
    assert "| work | ours | peer | target |" in text and "| a\\|b | 0.5 | 1,234 |  |" in text
    module.write_text("def run():\n    raise SystemExit(3)\n")
    assert bench.measure(Path(sys.executable), module) is None


def test_measuring_one_leaves_the_results_of_the_others(tmp_path: Path) -> None:
    for name in ("draw", "methods/a", "methods/b", "_common"):
        file = tmp_path / f"{name}.py"
        file.parent.mkdir(exist_ok=True)
        file.touch()
    known = bench.present(tmp_path)
    assert list(bench.choose(known, [])) == list(known) == ["draw", "methods/a", "methods/b"]
    assert list(bench.choose(known, ["methods"])) == ["methods/a", "methods/b"]
    with pytest.raises(VerbError, match="methods/a"):
        bench.choose(known, ["nothing"])
    results = tmp_path / "RESULTS.md"
    bench.write(results, {name: bench.section(name, [{"work": f"first {name}"}]) for name in known}, list(known))
    bench.write(results, {"methods/a": bench.section("methods/a", [{"work": "again"}])}, ["draw", "methods/a"])
    text = results.read_text()
    assert text.index("first draw") < text.index("again") and "first methods" not in text
    assert text.count("# 测量结果") == 1


def test_progress_without_a_terminal_is_a_line_at_each_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    bar = Progress("导入", 1000)
    for _ in range(1000):
        bar.step()
    bar.close()
    lines = capsys.readouterr().err.splitlines()
    assert 10 <= len(lines) <= 11 and lines[-1].startswith("导入 [" + "█" * 30) and "1000/1000" in lines[-1]
