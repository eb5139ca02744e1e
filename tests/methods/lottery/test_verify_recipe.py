"""The recipe of the handbook, run as it stands there with a shell and sha256sum."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.methods.lottery.bundles import E04, E06, E10, E11, J2_FRAME

RECIPE = Path(__file__).resolve().parents[3] / "docs/how-to/check-a-draw.md"


@pytest.mark.skipif(not (shutil.which("sh") and shutil.which("sha256sum")), reason="no sh or sha256sum on this machine")
def test_the_recipe_gives_the_published_answers(tmp_path: Path) -> None:
    (tmp_path / "frame.csv").write_text(J2_FRAME)
    (script,) = re.findall(r"```sh\n(.*?)```", RECIPE.read_text(), re.DOTALL)
    done = subprocess.run(["sh", "-eu", "-c", script], cwd=tmp_path, capture_output=True, check=True, text=True)
    words = done.stdout.split()
    assert words[0] == "e6c7f9b15fb0d518fc083e168204f19e0a293f96f3de80bc4a8b6f9d57b9f471"
    assert words[2] == "99f1f6031d9c8abdbf683dd9111babe8f1831782098e9617f23f7127b747e73e"
    tickets = dict(zip(words[5:12:2], words[4:12:2], strict=True))
    assert list(tickets) == [E10, E11, E06, E04]
    assert [t[:12] for t in tickets.values()] == ["1aec5e465018", "39049cd1f1e4", "5f8acf4b1cba", "65e6377a3697"]
    assert words[12] == "5a9ac135cbca72c007774bc96386ccfd045be08010da0ce7e49e01eff45cb1d3"


def test_the_spreadsheet_formulas_give_the_rank_value() -> None:
    """H from two HEX2DEC pieces (a spreadsheet reads ten digits at most), then q: the same double as the rule's."""
    from qualitycity.methods.lottery import verify_draw

    ticket, weight, plan = "39049cd1f1e4cfc1" + "0" * 48, 4, verify_draw.Plan(7, 5, 123, None)
    h = 2 * (int(ticket[:7], 16) * 16**6 + int(ticket[7:13], 16)) + 1
    q = (h / (2**53 - h)) * ((plan.W - plan.m * weight) / (plan.m * weight))
    assert q == verify_draw.rank_value(ticket, weight, plan)
    formulas = RECIPE.read_text()
    assert "HEX2DEC(LEFT(B2,7))*16^6+HEX2DEC(MID(B2,8,6))" in formulas
    assert "(D2/(2^53-D2))*((W-m*C2)/(m*C2))" in formulas
