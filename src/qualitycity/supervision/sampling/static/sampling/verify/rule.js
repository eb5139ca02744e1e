/* Draw rule v1, in plain JavaScript: frame, plan, tickets, rank, cap, odds, Merkle root. Every number is an exact
 * integer below 2^53 or a double that comes of three rounded operations, so that the bits are those of every other
 * implementation. Texts are compared by code points, as their UTF-8 bytes are. */

import { hashHex, sha256, sm3, toHex, utf8 } from "./sha256.js";

export const MANTISSA = 2 ** 53;

/* Order of two texts by code points: UTF-16 units mislead only where a surrogate meets a unit above U+DFFF. */
export function compareText(a, b) {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      const lift = (unit) => (unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit);
      return lift(x) - lift(y);
    }
  }
  return a.length - b.length;
}

export const compareRank = (a, b) =>
  a.q - b.q || (a.ticket < b.ticket ? -1 : a.ticket > b.ticket ? 1 : compareText(a.id, b.id));

/* The same text as Python's float.hex(): the double bit for bit. */
export function floatHex(value) {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = (bits & 0xfffffffffffffn).toString(16).padStart(13, "0");
  const sign = bits >> 63n ? "-" : "";
  if (value === 0) return `${sign}0x0.0p+0`;
  const power = exponent === 0 ? -1022 : exponent - 1023;
  return `${sign}0x${exponent ? 1 : 0}.${fraction}p${power < 0 ? "-" : "+"}${Math.abs(power)}`;
}

const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f"\u2028\u2029]/;
const WEIGHT = /^(0|[1-9][0-9]{0,9})$/;
const SPACE_AT_END = /^(?!\ufeff)\s|(?!\ufeff)\s$/;

function lineFault(fields, previous) {
  if (fields.length !== 4) return "fields";
  const [id, stratum, weight, reason] = fields;
  if (!WEIGHT.test(weight) || Number(weight) >= 2 ** 31) return "weight";
  if (FORBIDDEN.test(id + stratum + reason)) return "characters";
  if (!id || !stratum || SPACE_AT_END.test(id) || utf8(id).length > 128) return "id";
  if (id !== id.normalize("NFC")) return "nfc";
  if (previous !== null && compareText(id, previous) <= 0) return "order";
  if ((weight === "0") !== (reason !== "")) return "reason";
  return "";
}

const decode = (bytes) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);

/* Lines as texts; a line that is not UTF-8 stays bytes. */
function splitLines(bytes) {
  try {
    return decode(bytes).split("\n");
  } catch {
    const lines = [];
    for (let start = 0, end = 0; end !== bytes.length; start = end + 1) {
      end = bytes.indexOf(10, start);
      if (end < 0) end = bytes.length;
      const line = bytes.subarray(start, end);
      try {
        lines.push(decode(line));
      } catch {
        lines.push(line);
      }
    }
    return lines;
  }
}

/* frame.csv (bytes) to units, lines, and a fault for every line that is not canonical: [line number, code]. */
export function readFrame(bytes) {
  const units = [];
  const faults = [];
  const lines = splitLines(bytes);
  if (lines.pop() !== "") faults.push([lines.length + 1, "line_feed"]);
  if (!lines.length) faults.push([0, "empty"]);
  let previous = null;
  lines.forEach((line, place) => {
    const fields = typeof line === "string" ? line.split(",") : [];
    const fault = lineFault(fields, previous);
    if (fault) faults.push([place + 1, fault]);
    if (fault === "fields" || fault === "weight") return;
    const [id, stratum, weight, reason] = fields;
    units.push({ id, stratum, weight: Number(weight), reason });
    previous = id;
  });
  const totals = new Map();
  for (const unit of units) totals.set(unit.stratum, (totals.get(unit.stratum) ?? 0) + unit.weight);
  for (const total of totals.values()) if (total >= MANTISSA) faults.push([0, "total"]);
  return { units, lines, faults };
}

export const enterpriseOf = (id) => id.split("/", 1)[0];

/* weight => count of units */
export function histogramOf(units) {
  const histogram = new Map();
  for (const unit of units) histogram.set(unit.weight, (histogram.get(unit.weight) ?? 0) + 1);
  return histogram;
}

/* Heaviest class first: while what is still to draw covers the class, take the whole class with certainty. */
export function makePlan(histogram, n) {
  let taken = 0;
  let rest = 0;
  let cut = null;
  for (const [weight, count] of histogram) rest += weight * count;
  for (const weight of [...histogram.keys()].sort((a, b) => b - a)) {
    // this product alone may pass 2^53
    if (taken >= n || BigInt(n - taken) * BigInt(weight) < BigInt(rest)) break;
    taken += histogram.get(weight);
    rest -= weight * histogram.get(weight);
    cut = weight;
  }
  return { n, m: n - taken, W: rest, cut };
}

export function rankValue(ticket, weight, plan) {
  if (plan.cut !== null && weight >= plan.cut) return -1;
  const h = 2 * parseInt(ticket.slice(0, 13), 16) + 1;
  return (h / (MANTISSA - h)) * ((plan.W - plan.m * weight) / (plan.m * weight));
}

/* Of each enterprise keep its best units over all strata, as many as the cap still leaves it. */
function withinCap(ranked, cap, gone) {
  const count = new Map();
  const add = (id) => count.set(enterpriseOf(id), (count.get(enterpriseOf(id)) ?? 0) + 1);
  gone.forEach(add);
  const kept = new Map([...ranked.keys()].map((name) => [name, []]));
  const everything = [...ranked].flatMap(([name, rows]) => rows.map((row) => ({ ...row, name })));
  for (const row of everything.sort(compareRank)) {
    if ((count.get(enterpriseOf(row.id)) ?? 0) < cap) {
      add(row.id);
      kept.get(row.name).push(row);
    }
  }
  return kept;
}

/* Draw again. gone: Set of ids drawn in earlier rounds. Returns Map: stratum => {histogram, plan, drawn, reserve}. */
export function drawAgain(units, strata, key, gone, cap, hashName) {
  const members = new Map(strata.filter((entry) => entry.take > 0).map((entry) => [entry.stratum, []]));
  for (const unit of units) {
    if (unit.weight && !gone.has(unit.id)) members.get(unit.stratum)?.push(unit);
  }
  const out = new Map();
  let ranked = new Map();
  for (const { stratum, take } of strata) {
    const mine = members.get(stratum);
    if (!mine) continue;
    const histogram = histogramOf(mine);
    const plan = makePlan(histogram, Math.min(take, mine.length));
    out.set(stratum, { histogram, plan });
    ranked.set(
      stratum,
      mine.map(({ id, weight }) => {
        const ticket = hashHex(hashName, `${key}:${id}`);
        return { q: rankValue(ticket, weight, plan), ticket, id };
      }),
    );
  }
  if (cap !== null) ranked = withinCap(ranked, cap, gone);
  for (const { stratum, take, reserve } of strata) {
    if (!out.has(stratum)) continue;
    const rows = ranked.get(stratum).sort(compareRank);
    Object.assign(out.get(stratum), { drawn: rows.slice(0, take), reserve: rows.slice(take, take + reserve) });
  }
  return out;
}

/* Whether published odds can be the odds of this plan. published: Map weight => {count, probability}. */
export function oddsHold(histogram, plan, published) {
  const weights = [...histogram.keys()].sort((a, b) => a - b);
  if (published.size !== weights.length) return false;
  const one = 10n ** 12n;
  let previous = 0n;
  let total = 0n;
  let units = 0n;
  for (const weight of weights) {
    const row = published.get(weight);
    if (!row || row.count !== histogram.get(weight) || !/^[01]\.[0-9]{12}$/.test(row.probability)) return false;
    const chance = BigInt(row.probability.replace(".", ""));
    const least = plan.n === 0 || plan.m * weight < Math.floor(plan.W / 1e5) ? 0n : 1n;
    if (plan.cut !== null && weight >= plan.cut && chance !== one) return false;
    if (chance < least || chance > one || chance < previous - 100n) return false;
    previous = chance;
    total += chance * BigInt(row.count);
    units += BigInt(row.count);
  }
  const off = total - BigInt(plan.n) * one;
  const allowed = units * 10n > 10n ** 6n ? units * 10n : 10n ** 6n;
  return (off < 0n ? -off : off) <= allowed;
}

const joined = (prefix, ...parts) => {
  const out = new Uint8Array(1 + parts.reduce((sum, part) => sum + part.length, 0));
  out[0] = prefix;
  let at = 1;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

/* RFC 9162: all levels of the tree over the lines, leaves first. */
export function merkleLevels(lines, hashName) {
  const hash = hashName === "sm3" ? sm3 : sha256;
  let level = lines.map((line) => hash(joined(0, typeof line === "string" ? utf8(line) : line)));
  if (!level.length) level = [hash(new Uint8Array(0))];
  const levels = [level];
  while (level.length > 1) {
    const next = [];
    for (let i = 0; i + 1 < level.length; i += 2) next.push(hash(joined(1, level[i], level[i + 1])));
    if (level.length % 2) next.push(level[level.length - 1]);
    level = next;
    levels.push(level);
  }
  return levels;
}

export const merkleRoot = (levels) => toHex(levels[levels.length - 1][0]);
