/* The checks of a published draw, in the order in which things happened: the same checks under the same names as in
 * verify_draw.py, written a second time so that a page can run them without network. */

import { hashHex, utf8 } from "./sha256.js";
import {
  compareText,
  drawAgain,
  floatHex,
  histogramOf,
  makePlan,
  merkleLevels,
  merkleRoot,
  oddsHold,
  readFrame,
} from "./rule.js";
import { checkPart, checkPool } from "./matching.js";
import { roundMisfits } from "./shape.js";
import { checkInputs } from "./inputs.js";

const CONTROL = /[\u0000-\u001f\u007f]/;

/* The bytes of a paper as the library writes them: keys sorted, indent 1, one line feed at the end. */
export function dump(paper) {
  const sorted = (value) => {
    if (Array.isArray(value)) return value.map(sorted);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(
      Object.keys(value)
        .sort(compareText)
        .map((key) => [key, sorted(value[key])]),
    );
  };
  return `${JSON.stringify(sorted(paper), null, 1)}\n`;
}

/* Text, bytes or object to {text, data}; every number must be an exact integer. */
function paperOf(source) {
  if (source === null || source === undefined) return null;
  if (typeof source === "object" && !(source instanceof Uint8Array)) return { text: dump(source), data: source };
  const text = typeof source === "string" ? source : new TextDecoder("utf-8", { fatal: true }).decode(source);
  const data = JSON.parse(text, (_, value) => {
    if (typeof value === "number" && !Number.isSafeInteger(value)) throw new RangeError("number");
    return value;
  });
  return { text, data };
}

class Report {
  checks = [];

  round = null;

  judge(check, ok, expected = null, found = null, note = "") {
    this.checks.push({ round: this.round, check, ok, expected, found, note });
    return ok;
  }

  compare(check, expected, found) {
    return this.judge(check, JSON.stringify(expected) === JSON.stringify(found), expected, found);
  }

  sealed(check, note) {
    this.judge(check, null, null, null, note);
  }
}

function checkAnnouncement(report, announced, transcript, left, gone) {
  const eligible = new Map();
  for (const unit of left) eligible.set(unit.stratum, (eligible.get(unit.stratum) ?? 0) + 1);
  const { strata } = announced;
  const ascending = strata.every((entry, i) => i === 0 || compareText(strata[i - 1].stratum, entry.stratum) < 0);
  const possible = strata.every((entry) => entry.take + entry.reserve <= (eligible.get(entry.stratum) ?? 0));
  const reserves = strata.every((entry) => !entry.reserve || (entry.take && announced.mode !== "sealed"));
  const some = strata.some((entry) => entry.take);
  const summary = strata.map((entry) => `${entry.stratum} ${entry.take}`).join(", ");
  report.judge("strata", ascending && possible && reserves && some, summary);
  if (announced.odds !== null && gone === null) report.sealed("odds", "earlier_sealed");
  else if (announced.odds !== null) report.judge("odds", announcedOddsHold(announced, left));
  const times = [announced.published_at, announced.draw_at, transcript?.drawn_at].filter(Boolean);
  if (announced.published_at && times.length > 1) {
    const [published, ...later] = times.map(Date.parse);
    report.judge(
      "times",
      later.every((time) => published < time),
      times.join(" → "),
    );
  }
}

const oddsTable = (rows) => new Map(rows.map((row) => [row.weight, row]));

function announcedOddsHold(announced, left) {
  return announced.strata.every(({ stratum, take }) => {
    if (!take) return true;
    const mine = left.filter((unit) => unit.stratum === stratum);
    const rows = announced.odds.filter((row) => row.stratum === stratum);
    const histogram = histogramOf(mine);
    const plan = makePlan(histogram, Math.min(take, mine.length));
    return oddsTable(rows).size === rows.length && oddsHold(histogram, plan, oddsTable(rows));
  });
}

function checkCommitment(report, check, secret, commitment, hash) {
  if (secret === null) report.sealed(check, "still_sealed");
  else if (commitment === null) report.sealed(check, "no_commitment");
  else report.compare(check, hashHex(hash, secret), commitment);
}

const seedLines = (announced, secret, lines) => [
  `frame=${announced.frame}`,
  `round=${announced.round}`,
  `secret=${secret}`,
  ...lines,
];
const seedOf = (announced, lines) => hashHex(announced.hash, lines.map((line) => `${line}\n`).join(""));

export const drawnIds = (strata) =>
  [...strata.keys()].sort(compareText).flatMap((name) => strata.get(name).drawn.map((row) => row.id));

function checkOpenResult(report, outcome, published) {
  const names = [...outcome.strata.keys()].sort(compareText);
  const mine = names.map((name) => outcome.strata.get(name));
  const theirs = published.filter((s) => s.n || s.drawn.length || s.reserve.length || outcome.strata.has(s.stratum));
  const row = (name, eligible, { n, m, W, cut }) => `${name} eligible=${eligible} n=${n} m=${m} W=${W} cut=${cut}`;
  const size = (histogram) => [...histogram.values()].reduce((sum, count) => sum + count, 0);
  report.compare(
    "plan",
    mine.map((s, i) => row(names[i], size(s.histogram), s.plan)),
    theirs.map((s) => row(s.stratum, s.eligible, s)),
  );
  report.compare(
    "drawn",
    drawnIds(outcome.strata),
    theirs.flatMap((s) => s.drawn),
  );
  const kept = mine.flatMap((s) => s.reserve.map((r) => r.id));
  if (kept.length || theirs.some((s) => s.reserve.length)) {
    report.compare(
      "reserve",
      kept,
      theirs.flatMap((s) => s.reserve),
    );
  }
  const last = (rows) => (rows.length ? floatHex(rows[rows.length - 1].q) : "-");
  report.compare(
    "last_q",
    mine.map((s) => `${last(s.drawn)} ${last(s.reserve)}`),
    theirs.map((s) => `${s.last_q || "-"} ${s.last_reserve_q || "-"}`),
  );
  const announced = new Map((outcome.announced.odds ?? []).map((o) => [`${o.weight},${o.stratum}`, o.probability]));
  const hold = theirs.every((s) => {
    const table = oddsTable(s.odds);
    const drawn = outcome.strata.get(s.stratum);
    const asAnnounced = s.odds.every(
      (o) => (announced.get(`${o.weight},${s.stratum}`) ?? o.probability) === o.probability,
    );
    return asAnnounced && (!drawn || oddsHold(drawn.histogram, drawn.plan, table));
  });
  report.judge("odds", hold);
}

function checkMatching(report, outcome, papers, lines) {
  const { announced } = outcome;
  const { transcript, matching } = papers;
  if (announced.match_commitment === null && announced.matching === null && !matching) return;
  checkCommitment(report, "match_secret", transcript.match_secret, announced.match_commitment, announced.hash);
  if (!matching) {
    report.sealed("tasks", "not_yet");
    return;
  }
  if (transcript.match_secret === null) {
    report.judge("match_secret", false);
    return;
  }
  const seed = seedOf(announced, seedLines(announced, transcript.match_secret, lines));
  report.compare("match_seed", seed, matching.match_seed);
  const rules = announced.matching;
  if (rules !== null)
    report.compare("team", Object.keys(rules).sort(), matching.parts.map((part) => part.label).sort());
  for (const part of matching.parts) {
    const rule = (rules && Object.hasOwn(rules, part.label) ? rules[part.label] : null) ?? {
      team: part.team,
      pool: null,
    };
    const drawn = outcome.key === null ? part.tasks : drawnIds(outcome.strata);
    const results = checkPart(part, rule, seed, drawn, announced.hash);
    results.push(...checkPool(part, rule.pool, transcript.match_secret, announced.hash));
    for (const [check, ok, expected, found] of results) {
      report.judge(check, ok, expected === undefined ? null : expected, found === undefined ? null : found, part.label);
    }
  }
}

function checkSealedResult(report, announced, papers) {
  const { result, matching } = papers;
  if (!result) {
    report.sealed("drawn", "not_yet");
    return;
  }
  report.compare(
    "count",
    announced.strata.reduce((sum, entry) => sum + entry.take, 0),
    result.count,
  );
  if (result.state === "open") report.judge("secret", false);
  else report.sealed("digest", "still_sealed");
  if (matching) report.sealed("tasks", "still_sealed");
}

/* Draw again and hold everything published against it. */
function checkDrawn(report, outcome, papers, units) {
  const { announced } = outcome;
  const { result, transcript } = papers;
  const open = result.state === "open";
  if (outcome.gone === null) {
    report.sealed("passed_over", "earlier_sealed");
    if (!open) return false;
    outcome.gone = new Set(result.passed_over);
  } else if (open) {
    report.compare("passed_over", [...outcome.gone].sort(compareText), result.passed_over);
  }
  outcome.strata = drawAgain(units, announced.strata, outcome.key, outcome.gone, announced.cap, announced.hash);
  for (const s of outcome.strata.values()) if (s.drawn.length < s.plan.n) report.judge("drawn", false);
  if (open) {
    report.compare("key", outcome.key, result.key);
    checkOpenResult(report, outcome, result.strata);
  }
  const ids = drawnIds(outcome.strata);
  report.compare("count", ids.length, result.count);
  report.compare(
    "digest",
    hashHex(announced.hash, `${announced.round}|${ids.join(",")}|${transcript.secret}`),
    result.digest,
  );
  return true;
}

function checkRound(report, raw, units, gone) {
  const { papers } = raw;
  const { announcement: announced, transcript } = papers;
  const outcome = { number: announced.round, announced, papers, gone, key: null, strata: new Map() };
  const left = units.filter((unit) => unit.weight && !gone?.has(unit.id));
  checkAnnouncement(report, announced, transcript, left, gone);
  if (!transcript) {
    report.sealed("inputs", "not_drawn");
    return outcome;
  }
  report.compare("announcement", hashHex(announced.hash, raw.text), transcript.announcement);
  if (transcript.void) {
    report.judge("void", !papers.result, transcript.void.reason);
    return outcome;
  }
  const lines = checkInputs(report, announced, transcript);
  checkCommitment(report, "secret", transcript.secret, announced.commitment, announced.hash);
  if (transcript.secret === null) {
    checkSealedResult(report, announced, papers);
    return outcome;
  }
  const all = seedLines(announced, transcript.secret, lines);
  if (all.some((line) => CONTROL.test(line))) report.judge("seed_lines", false);
  report.compare("seed_lines", all, transcript.seed_lines);
  const seed = seedOf(announced, all);
  report.compare("seed", seed, transcript.seed);
  outcome.key = hashHex(announced.hash, `${seed}:${announced.label}`).slice(0, 32);
  if (!papers.result) {
    report.sealed("drawn", "not_yet");
    outcome.key = null;
  } else {
    if (!checkDrawn(report, outcome, papers, units)) outcome.key = null;
    checkMatching(report, outcome, papers, lines);
  }
  return outcome;
}

function checkTogether(report, announcements) {
  if (announcements.length > 1) {
    const same = ["frame", "frame_root", "hash", "rule", "label", "cap"].every((name) =>
      announcements.every((a) => a[name] === announcements[0][name]),
    );
    report.judge("same_rule", same);
  }
  const commitments = announcements.flatMap((a) => [a.commitment, a.match_commitment]).filter((c) => c !== null);
  if (commitments.length) report.judge("fresh", new Set(commitments).size === commitments.length);
}

const EMPTY = { verdict: "unreadable", outcomes: [], units: [], lines: [], levels: [], hash: "sha256" };

function readRound(round) {
  const papers = {};
  for (const name of ["announcement", "transcript", "result", "matching"])
    papers[name] = paperOf(round[name])?.data ?? null;
  return { papers, text: paperOf(round.announcement)?.text ?? "" };
}

/* Check a whole bundle.
 * frame: bytes or text of frame.csv; rounds: [{announcement, transcript, result, matching}] ascending, each paper as
 * text, bytes or object, null while unpublished. Returns {verdict, checks, outcomes, units, lines, levels}. */
export function verifyBundle({ frame, rounds }) {
  const report = new Report();
  try {
    const bytes = typeof frame === "string" ? utf8(frame) : frame;
    const { units, lines, faults: wrongLines } = readFrame(bytes);
    const read = rounds.map(readRound);
    const announcements = read.map(({ papers }) => papers.announcement);
    const faults = read.flatMap(({ papers }, place) => {
      const { number = papers.announcement.round } = rounds[place];
      return [...roundMisfits(papers), ...(number === papers.announcement.round ? [] : [`round-${number}`])];
    });
    if (faults.length) return { ...EMPTY, checks: [], reason: faults.slice(0, 20).join(", ") };
    const [{ hash, frame: digest, frame_root: root }] = announcements;
    report.judge(
      "frame_form",
      !wrongLines.length,
      lines.length,
      wrongLines.length ? wrongLines.slice(0, 20).join("; ") : null,
    );
    report.compare("frame", hashHex(hash, bytes), digest);
    const levels = merkleLevels(lines, hash);
    if (root !== null) report.compare("frame_root", merkleRoot(levels), root);
    checkTogether(report, announcements);
    const outcomes = [];
    let gone = new Set();
    for (const round of read) {
      report.round = round.papers.announcement.round;
      const outcome = checkRound(report, round, units, gone);
      outcomes.push(outcome);
      if (!outcome.papers.transcript?.void) {
        gone = gone === null || outcome.key === null ? null : new Set([...gone, ...drawnIds(outcome.strata)]);
      }
    }
    const wrong = report.checks.some((check) => check.ok === false);
    return { verdict: wrong ? "different" : "consistent", checks: report.checks, outcomes, units, lines, levels, hash };
  } catch (error) {
    return { ...EMPTY, checks: report.checks, reason: String(error.message ?? error) };
  }
}

/* Check one round; earlier: the rounds before it, whose drawn units are passed over. */
export function verifyDraw({ announcement, frame, transcript = null, result = null, matching = null, earlier = [] }) {
  return verifyBundle({ frame, rounds: [...earlier, { announcement, transcript, result, matching }] });
}
