/* The public inputs of a seed: dice digits, witnesses' numbers, a round of the drand beacon. */

import { QUICKNET, chainHash, signatureHolds } from "./bls.js";
import { hashHex, sha256, toHex } from "./sha256.js";

const CHAIN_FIELDS = ["scheme", "public_key", "genesis", "period"];

function checkDrand(report, wanted, value, publishedAt) {
  if (wanted.chain === QUICKNET.chain) {
    report.compare(
      "drand_chain",
      CHAIN_FIELDS.map((f) => QUICKNET[f]),
      CHAIN_FIELDS.map((f) => wanted[f]),
    );
  } else if (typeof wanted.group_hash === "string" && typeof wanted.beacon_id === "string") {
    report.compare("drand_chain", chainHash(wanted), wanted.chain);
  } else {
    report.judge("drand_chain", false);
  }
  const at = 1000 * (wanted.genesis + wanted.period * (wanted.round - 1));
  const shown = at < 8.64e15 ? new Date(at).toISOString() : "";
  if (!publishedAt) report.sealed("drand_time", "no_time");
  else {
    const later = wanted.round > 0 && at > Date.parse(publishedAt) && Boolean(shown);
    report.judge("drand_time", later, `${publishedAt} → ${shown}`);
  }
  const bytes = Uint8Array.from(value.signature.match(/[0-9a-f]{2}/g) ?? [], (pair) => parseInt(pair, 16));
  report.compare("drand_randomness", toHex(sha256(bytes)), value.randomness);
  const holds =
    wanted.scheme === QUICKNET.scheme &&
    value.round === wanted.round &&
    signatureHolds(wanted.public_key, wanted.round, value.signature);
  report.judge("drand_signature", holds);
}

function checkDigits(report, wanted, digits) {
  const allowed = wanted.sides === 10 ? "0123456789" : "123456789".slice(0, wanted.sides);
  report.judge(
    "digits",
    digits.length === wanted.count && [...digits].every((d) => allowed.includes(d)),
    digits,
    digits,
  );
}

/* Hold every public input against its announcement; returns their seed lines in the announced order. */
export function checkInputs(report, announced, transcript) {
  const names = (entries) => entries.map((entry) => `${entry.kind}${entry.k ?? ""}`);
  const wantedNames = names(announced.inputs);
  const single = wantedNames.length > 0 && new Set(wantedNames).size === wantedNames.length;
  const same = JSON.stringify(wantedNames) === JSON.stringify(names(transcript.inputs));
  if (!report.judge("inputs", single && same, wantedNames, names(transcript.inputs))) return [];
  const lines = [];
  announced.inputs.forEach((wanted, place) => {
    const value = transcript.inputs[place];
    if (wanted.kind === "digits") {
      checkDigits(report, wanted, value.value);
      lines.push(`digits=${value.value}`);
    } else if (wanted.kind === "drand") {
      checkDrand(report, wanted, value, announced.published_at);
      lines.push(`drand=${wanted.chain}:${wanted.round}:${value.randomness}`);
    } else if (!value.struck) {
      const revealed = typeof value.value === "string" && typeof value.nonce === "string";
      if (revealed) report.compare("witness", hashHex(announced.hash, value.nonce + value.value), wanted.commitment);
      else report.judge("witness", false);
      lines.push(`witness.${wanted.k}=${value.value ?? ""}`);
    }
  });
  if (!lines.length) report.judge("inputs", false);
  return lines;
}
