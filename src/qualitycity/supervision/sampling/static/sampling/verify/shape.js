/* The shape every published paper must have (docs/reference/draw-bundle.md); nothing from a file is used before it is
 * held against this. A shape is a test, [shape] for a list, maybe(shape), each(shape) for an object with any names,
 * kinds({…}) chosen by "kind", or an object whose keys must be there unless they end in "?". */

const HALF_CHARACTER = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{3}(\d{3})?)?)?(Z|[+-]\d\d:\d\d(:\d\d)?)$/;

const count = (v) => Number.isSafeInteger(v) && v >= 0;
const signed = (v) => Number.isSafeInteger(v);
const text = (v) => typeof v === "string" && !HALF_CHARACTER.test(v);
const like = (pattern) => (v) => typeof v === "string" && pattern.test(v);
const among =
  (...values) =>
  (v) =>
    values.includes(v);
const yesNo = (v) => typeof v === "boolean";
const time = (v) => typeof v === "string" && TIME.test(v) && !Number.isNaN(Date.parse(v.replace(" ", "T")));
const digest = like(/^[0-9a-f]{64}$/);
const key = like(/^[0-9a-f]{32}$/);
const hex = like(/^([0-9a-f]{2}){1,512}$/);
const odds = like(/^[01]\.[0-9]{12}$/);
const maybe = (shape) => ({ maybe: shape });
const each = (shape) => ({ each: shape });
const kinds = (shapes) => ({ kinds: shapes });

const proof = { tasks: [count], agents: [count] };
const sealed = { round: count, state: among("open", "sealed"), count, digest };
const SHAPES = {
  announcement: {
    format: among("qualitycity-draw/1"),
    rule: among("v1"),
    title: text,
    hash: among("sha256", "sm3"),
    mode: among("open", "sealed"),
    round: count,
    frame: digest,
    frame_root: maybe(digest),
    strata: [{ stratum: text, take: count, reserve: count }],
    odds: maybe([{ stratum: text, weight: count, count, probability: odds }]),
    cap: maybe(count),
    label: text,
    commitment: maybe(digest),
    match_commitment: maybe(digest),
    inputs: [
      kinds({
        digits: { sides: (v) => count(v) && v >= 2 && v <= 10, count },
        drand: {
          chain: digest,
          round: count,
          public_key: hex,
          scheme: text,
          genesis: count,
          period: count,
          "group_hash?": digest,
          "beacon_id?": text,
        },
        witness: { k: count, commitment: digest },
      }),
    ],
    matching: maybe(each({ team: count, pool: maybe(digest) })),
    published_at: maybe(time),
    draw_at: maybe(time),
  },
  transcript: {
    round: count,
    announcement: digest,
    inputs: [
      kinds({
        digits: { value: text },
        drand: { round: count, randomness: digest, signature: hex },
        witness: { k: count, "value?": text, "nonce?": text, "struck?": yesNo },
      }),
    ],
    secret: maybe(text),
    match_secret: maybe(text),
    seed: maybe(digest),
    seed_lines: maybe([text]),
    drawn_at: maybe(time),
    void: maybe({ reason: text }),
  },
  sealed,
  open: {
    ...sealed,
    key,
    passed_over: [text],
    strata: [
      {
        stratum: text,
        eligible: count,
        n: count,
        m: count,
        W: count,
        cut: maybe(count),
        drawn: [text],
        reserve: [text],
        last_q: maybe(text),
        last_reserve_q: maybe(text),
        odds: [{ weight: count, count, probability: odds }],
      },
    ],
  },
  matching: {
    round: count,
    match_seed: digest,
    parts: [
      {
        label: text,
        key,
        team: count,
        tasks: [text],
        agents: [{ id: text, capacity: count }],
        set_asides: [{ task: text, agent: text, reason: text }],
        allowed: maybe([[count]]),
        lo: count,
        hi: count,
        hi_proof: maybe(proof),
        lo_proof: maybe(proof),
        assignment: [[text]],
        cost: count,
        unique: yesNo,
        potentials: { tasks: [signed], agents: [signed] },
        "pool_text?": maybe(text),
        "supplement?": [text],
      },
    ],
  },
};

/* Places where a value does not have its shape. */
function misfits(value, shape, path) {
  if (typeof shape === "function") return shape(value) ? [] : [path];
  if (Array.isArray(shape)) {
    return Array.isArray(value) ? value.flatMap((item, i) => misfits(item, shape[0], `${path}[${i}]`)) : [path];
  }
  if (Object.hasOwn(shape, "maybe")) return value === null ? [] : misfits(value, shape.maybe, path);
  if (value === null || typeof value !== "object" || Array.isArray(value)) return [path];
  if (Object.hasOwn(shape, "each")) {
    return Object.entries(value).flatMap(([name, item]) => misfits(item, shape.each, `${path}.${name}`));
  }
  if (Object.hasOwn(shape, "kinds")) {
    return Object.hasOwn(shape.kinds, value.kind) ? misfits(value, shape.kinds[value.kind], path) : [`${path}.kind`];
  }
  return Object.entries(shape).flatMap(([name, inner]) => {
    const bare = name.replace("?", "");
    if (Object.hasOwn(value, bare)) return misfits(value[bare], inner, `${path}.${bare}`);
    return bare === name ? [`${path}.${bare}`] : [];
  });
}

/* All that is wrong with the form of one round's papers (parsed; null while unpublished): a list of places. */
export function roundMisfits(papers) {
  const { announcement, transcript, result, matching } = papers;
  const out = misfits(announcement, SHAPES.announcement, "announcement");
  const number = announcement?.round;
  const names = { transcript, result, matching };
  for (const [name, paper] of Object.entries(names)) {
    if (paper === null) continue;
    const kind = name === "result" ? (paper.state === "open" ? "open" : "sealed") : name;
    out.push(...misfits(paper, SHAPES[kind], name));
    if (paper.round !== number) out.push(`${name}.round`);
  }
  if ((result !== null && transcript === null) || (matching !== null && result === null)) out.push("transcript");
  return out;
}
