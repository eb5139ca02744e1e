/* From files to what the checks take. */

import { readZip } from "./zip.js";

const PAPER = /^round-(0|[1-9][0-9]{0,8})\/(announcement|transcript|result|matching)\.json$/;

const NOTHING = { announcement: null, transcript: null, result: null, matching: null };

export const isWanted = (name) => name === "frame.csv" || PAPER.test(name);

/* Map of name => bytes (or text) to {frame, rounds}; throws Error("missing") where a file lacks. */
export function filesToBundle(files) {
  const rounds = new Map();
  for (const [name, data] of files) {
    const found = PAPER.exec(name);
    if (found) {
      const number = Number(found[1]);
      if (!rounds.has(number)) rounds.set(number, { number, ...NOTHING });
      rounds.get(number)[found[2]] = data;
    }
  }
  const ordered = [...rounds.keys()].sort((a, b) => a - b).map((number) => rounds.get(number));
  if (!files.has("frame.csv") || !ordered.length || ordered.some((round) => !round.announcement))
    throw new Error("missing");
  return { frame: files.get("frame.csv"), rounds: ordered };
}

/* The bytes of a BUNDLE.zip (ArrayBuffer) to {frame, rounds}. Throws ZipError or Error("missing"). */
export async function readBundle(buffer) {
  return filesToBundle(await readZip(buffer, isWanted));
}

/* Where the browser cannot unpack a zip: data.json of the page, whose "papers" are {"1": {announcement, …}}, and frame.csv. */
export function papersToBundle({ papers }, frame) {
  if (!papers) throw new Error("missing");
  const numbers = Object.keys(papers).sort((a, b) => a - b);
  return { frame, rounds: numbers.map((number) => ({ number: Number(number), ...NOTHING, ...papers[number] })) };
}
