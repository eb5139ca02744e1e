"""The page's checker against the one-file checker: the same checks, the same answers, on good and on damaged draws."""

from __future__ import annotations

import base64
import json
import math
import random
import shutil
import struct
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from qualitycity.methods.lottery import verify_draw
from qualitycity.methods.lottery.seed import Digits
from tests.methods.lottery import bundles
from tests.methods.lottery.test_verify import QUICKNET_1000
from tests.methods.lottery.test_verify_hostile import FRAMES, mutations
from tests.methods.lottery.test_verify_tampered import CASES, FILES

MODULES = Path(__file__).resolve().parents[3] / "src/qualitycity/supervision/sampling/static/sampling/verify"
NODE = shutil.which("node") or shutil.which("nodejs")
pytestmark = pytest.mark.skipif(NODE is None, reason="no Node on this machine: the page's checker was not compared")

HARNESS = """
import fs from "node:fs";
import * as sums from "./sha256.js";
import * as rule from "./rule.js";
import * as bls from "./bls.js";
import { filesToBundle, verifyBundle, verifyDraw } from "./verify.js";
import { readBundle } from "./bundle.js";

const asked = JSON.parse(fs.readFileSync(0, "utf8"));
const bytes = (text) => Uint8Array.from(Buffer.from(text, "base64"));
const plain = ({ verdict, checks }) => ({ verdict, checks: checks.map((c) => [c.round, c.check, c.ok]) });
const acts = {
  hash: ([name, data]) => [sums.hashHex(name, bytes(data)), null],
  native: async ([name, data]) => sums.hashHexNative(name, bytes(data)),
  float: (hex) => rule.floatHex(Buffer.from(hex, "hex").readDoubleBE()),
  sort: (texts) => texts.sort(rule.compareText),
  drand: ([key, round, signature]) => bls.signatureHolds(key, round, signature),
  chain: (info) => bls.chainHash(info),
  bundle: (files) => {
    let bundle;
    try {
      bundle = filesToBundle(new Map(Object.entries(files).map(([name, data]) => [name, bytes(data)])));
    } catch {
      return { verdict: "unreadable", checks: [] };
    }
    return plain(verifyBundle(bundle));
  },
  draw: (papers) => plain(verifyDraw(papers)),
  zip: async (data) => {
    try {
      return plain(verifyBundle(await readBundle(bytes(data).buffer)));
    } catch (error) {
      return { verdict: error.message, checks: [] };
    }
  },
};
const out = [];
for (const [act, value] of asked) out.push(await acts[act](value));
fs.writeFileSync(1, JSON.stringify(out));
"""


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """`ask([(act, value), …])` → answers of the page's modules, run by Node."""
    folder = tmp_path_factory.mktemp("modules")
    for module in MODULES.glob("*.js"):
        shutil.copy(module, folder)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "harness.js").write_text(HARNESS)

    def run(questions: list[tuple[str, Any]]) -> list[Any]:
        done = subprocess.run(
            [str(NODE), "harness.js"],
            cwd=folder,
            input=json.dumps(questions).encode(),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    return run


def encoded(files: dict[str, bytes]) -> dict[str, str]:
    return {name: base64.b64encode(data).decode() for name, data in files.items()}


def one_file_answer(files: dict[str, bytes], tmp_path: Path) -> tuple[str, Counter]:
    report = verify_draw.Report()
    try:
        verify_draw.verify(bundles.write(tmp_path / "b.zip", files), None, None, report)
    except verify_draw.Unreadable:
        return "unreadable", Counter()
    return verify_draw.verdict_of(report.checks)[0], Counter((c.round, c.code, c.ok) for c in report.checks)


def both(ask: Any, cases: dict[str, dict[str, bytes]], tmp_path: Path) -> Counter:
    """Hold both checkers against each other on every case; returns how often which verdict came."""
    verdicts: Counter = Counter()
    answers = ask([("bundle", encoded(files)) for files in cases.values()])
    for (name, files), answer in zip(cases.items(), answers, strict=True):
        verdict, checks = one_file_answer(files, tmp_path)
        assert answer["verdict"] == verdict, name
        if verdict != "unreadable":
            assert Counter(tuple(check) for check in answer["checks"]) == checks, name
        verdicts[verdict] += 1
    return verdicts


def test_hashes(ask: Any, shared: Path) -> None:
    vectors = json.loads((shared / "golden/lottery/hash_kat.json").read_text())
    data = [base64.b64encode(v["msg_utf8"].encode()).decode() for v in vectors]
    answers = ask([("hash", [v["alg"], d]) for v, d in zip(vectors, data, strict=True)])
    assert [hex_ for hex_, _ in answers] == [v["hex"] for v in vectors]
    texts = [base64.b64encode(bytes(i % 251 for i in range(n))).decode() for n in range(200)]
    for name in ("sha256", "sm3"):
        own = [verify_draw.hex_of(name, base64.b64decode(t)) for t in texts]
        assert [hex_ for hex_, _ in ask([("hash", [name, t]) for t in texts])] == own
        assert ask([("native", [name, t]) for t in texts]) == own


def test_doubles_and_order_of_texts_are_the_same_bits(ask: Any) -> None:
    rng = random.Random(1)
    doubles = [0.0, -1.0, 1.0, math.ldexp(1, -1074), 1.5e300, *(rng.lognormvariate(0, 9) for _ in range(300))]
    assert ask([("float", struct.pack(">d", x).hex()) for x in doubles]) == [x.hex() for x in doubles]
    alphabet = "aZ09/袜\ue000\ufffd\U0001f9e6\U0010ffff\ud7ff"
    texts = ["".join(rng.choices(alphabet, k=rng.randrange(6))) for _ in range(500)]
    assert ask([("sort", texts)])[0] == sorted(texts, key=lambda text: text.encode())


def test_beacon_rounds(ask: Any, shared: Path) -> None:
    data = json.loads((shared / "golden/lottery/drand.json").read_text())
    rounds = [v for v in data["vectors"] if v["scheme"] == "bls-unchained-g1-rfc9380"]
    answers = ask([("drand", [v["public_key"], v["round"], v["signature"]]) for v in rounds])
    assert answers == [v["valid"] for v in rounds]
    names = {"period": "period", "genesis": "genesis_time", "public_key": "public_key", "group_hash": "groupHash",
             "beacon_id": "beaconID"}  # fmt: skip
    chains = [{ours: chain[theirs] for ours, theirs in names.items()} for chain in data["chains"]]
    assert ask([("chain", chain) for chain in chains]) == [chain["hash"] for chain in data["chains"]]


def test_the_demonstration_draw_at_every_stage(ask: Any, tmp_path: Path) -> None:
    cases = {stage: bundles.j2(stage, rounds=1).files() for stage in ("announced", "sealed", "names", "all")}
    cases |= {"two rounds": FILES, "sm3": bundles.j2(hash_name="sm3").files()}
    later = bundles.j2("sealed", rounds=1)
    later.hold(2, {"socks": 1}, "demo-secret-two", "demo-match-two", [Digits("1" * 20)], opened="names")
    cases["a later round open"] = later.files()
    assert both(ask, cases, tmp_path) == {"consistent": 7}


def test_every_tampered_draw(ask: Any, tmp_path: Path) -> None:
    verdicts = both(ask, {name: edit(FILES) for name, (edit, _) in CASES.items()}, tmp_path)
    assert verdicts == {"different": len(CASES)}
    frames = {name: FILES | {"frame.csv": edit(FILES["frame.csv"])} for name, edit in FRAMES.items()}
    assert both(ask, frames, tmp_path) == {"different": len(FRAMES)}


def test_random_draws(ask: Any, tmp_path: Path) -> None:
    cases = {
        str(i): bundles.random_story(i, 800, ("sha256", "sm3")[i % 2], (None, 1, 2)[i % 3]).files()
        for i in range(20, 26)
    }
    assert both(ask, cases, tmp_path) == {"consistent": 6}


def test_a_beacon_draw(ask: Any, tmp_path: Path) -> None:
    chain = {k: verify_draw.QUICKNET[k] for k in ("scheme", "public_key", "genesis", "period")}
    changes = {
        "good": {},
        "other key": {"public_key": chain["public_key"][:-1] + "b"},
        "scheme": {"scheme": "x"},
        "round": {"round": 1001},
        "unknown": {"chain": "00" * 32},
    }
    cases = {}
    for name, change in changes.items():
        announced = [{"kind": "drand", "chain": QUICKNET_1000.chain, "round": 1000, **chain, **change}]
        story = bundles.Story(bundles.j2().units)
        story.hold(1, {"socks": 4}, "s", "m", [QUICKNET_1000], announced_inputs=announced,
                   published_at="2023-08-23T23:00:00+08:00")  # fmt: skip
        cases[name] = story.files()
    assert both(ask, cases, tmp_path) == {"consistent": 1, "different": 4}


def test_random_damage(ask: Any, tmp_path: Path) -> None:
    """No damage makes the page say 'consistent' where the file does not, nor the other way round."""
    rng = random.Random(3)
    papers = [name for name in FILES if name.endswith(".json")]
    cases = {}
    for place in range(150):
        name = rng.choice(papers)
        damaged = json.dumps(mutations(json.loads(FILES[name]), rng), ensure_ascii=False)
        cases[f"{place} {name}"] = FILES | {name: damaged.encode("utf-8", "surrogatepass")}
    verdicts = both(ask, cases, tmp_path)
    assert verdicts["different"] + verdicts["unreadable"] > 100


def test_papers_as_objects_and_as_a_zip(ask: Any, tmp_path: Path) -> None:
    """The page may take the papers of a publication (objects) or a chosen BUNDLE.zip; the answer is the same."""
    names = ("announcement", "transcript", "result", "matching")
    first, second = ({n: json.loads(FILES[f"round-{r}/{n}.json"]) for n in names} for r in (1, 2))
    frame = FILES["frame.csv"].decode()
    whole = ask([("bundle", encoded(FILES))])[0]
    assert ask([("draw", {"frame": frame, "earlier": [first], **second})])[0] == whole
    swapped = second | {"result": second["result"] | {"count": 2}}
    assert ask([("draw", {"frame": frame, "earlier": [first], **swapped})])[0]["verdict"] == "different"
    data = Path(bundles.write(tmp_path / "b.zip", FILES | {"README.txt": b"x" * 100})).read_bytes()
    zips = [data, data[:-30], b"PK", b"", data.replace(b"round-1/ann", b"round-x/ann")]
    answers = ask([("zip", base64.b64encode(z).decode()) for z in zips])
    assert answers[0] == whole
    assert [a["verdict"] for a in answers[1:]] == ["no_zip", "no_zip", "no_zip", "missing"]
    bomb = bundles.write(tmp_path / "bomb.zip", FILES | {"round-1/result.json": bytes(80 << 20)})
    assert ask([("zip", base64.b64encode(Path(bomb).read_bytes()).decode())])[0]["verdict"] == "too_large"
