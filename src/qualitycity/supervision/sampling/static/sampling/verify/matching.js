/* Matching: who inspects whom. No solver is needed to check that no cheaper assignment exists, only the published
 * potentials p: with r = cost + p(task) - p(agent), r >= 0 for unused pairs and r <= 0 for used ones. */

import { hashHex } from "./sha256.js";
import { compareText } from "./rule.js";

const ascendingPositions = (row, end) => row.every((x, i) => x >= 0 && x < end && (i === 0 || row[i - 1] < x));

/* One part with positions instead of names; null if a reference leads nowhere. */
function marketOf(part) {
  const agents = part.agents.map((agent) => agent.id);
  const taskAt = new Map(part.tasks.map((name, j) => [name, j]));
  const agentAt = new Map(agents.map((name, i) => [name, i]));
  const { tasks, potentials, assignment } = part;
  const rows = part.allowed ?? tasks.map(() => agents.map((_, i) => i));
  const named = [...assignment.flat(), ...part.set_asides.map((aside) => aside.agent)];
  const sound =
    agents.every((name, i) => i === 0 || compareText(agents[i - 1], name) < 0) &&
    taskAt.size === tasks.length &&
    [assignment, potentials.tasks, rows].every((list) => list.length === tasks.length) &&
    potentials.agents.length === agents.length &&
    named.every((name) => agentAt.has(name)) &&
    part.set_asides.every((aside) => taskAt.has(aside.task)) &&
    rows.every((row) => ascendingPositions(row, agents.length)) &&
    [...potentials.tasks, ...potentials.agents].every(Number.isSafeInteger);
  if (!sound) return null;
  const barred = tasks.map(() => new Set());
  for (const aside of part.set_asides) barred[taskAt.get(aside.task)].add(agentAt.get(aside.agent));
  const allowed = rows.map((row, j) => (barred[j].size ? row.filter((i) => !barred[j].has(i)) : row));
  const chosen = assignment.map((names) => names.map((name) => agentAt.get(name)));
  const reach = new Set(allowed.flat());
  const load = agents.map(() => 0);
  for (const i of chosen.flat()) load[i] += 1;
  const capacity = part.agents.map((agent) => agent.capacity);
  const usable = capacity.map((most, i) => most >= 1 && reach.has(i));
  return { allowed, chosen, capacity, usable, load };
}

function certificate(part, market, hashName) {
  const { tasks: up, agents: down } = part.potentials;
  const names = part.agents.map((agent) => agent.id);
  const zero = [];
  let total = 0n;
  let holds = true;
  part.tasks.forEach((task, j) => {
    const used = new Set(market.chosen[j]);
    const mine = new Map();
    for (const i of market.allowed[j]) {
      const cost = parseInt(hashHex(hashName, `${part.key}:${task}:${names[i]}`).slice(0, 10), 16);
      const reduced = BigInt(cost) + BigInt(up[j]) - BigInt(down[i]);
      if (used.has(i)) {
        mine.set(i, cost);
        total += BigInt(cost);
      }
      if (reduced === 0n) zero.push([j, i, used.has(i)]);
      else if (reduced > 0n === used.has(i)) holds = false;
    }
    const sorted = [...mine.keys()].sort((a, b) => mine.get(a) - mine.get(b) || a - b);
    if (sorted.join() !== market.chosen[j].join()) holds = false;
  });
  market.usable.forEach((usable, i) => {
    const most = Math.min(part.hi, market.capacity[i]);
    if (usable && ((market.load[i] < most && down[i] < 0) || (market.load[i] > part.lo && down[i] > 0))) holds = false;
  });
  return { holds, zero, total };
}

/* No cycle of zero reduced cost, and no zero path from an agent that may lose a task to one that may gain one. */
function isOnlyOptimum(part, market, zero) {
  const shift = part.tasks.length;
  const after = new Map();
  const incoming = new Map();
  for (const [j, i, used] of zero) {
    const [start, end] = used ? [shift + i, j] : [j, shift + i];
    if (!after.has(start)) after.set(start, []);
    after.get(start).push(end);
    incoming.set(end, (incoming.get(end) ?? 0) + 1);
  }
  let left = zero.length;
  let queue = [...after.keys()].filter((node) => !incoming.get(node));
  while (queue.length) {
    for (const end of after.get(queue.pop()) ?? []) {
      left -= 1;
      incoming.set(end, incoming.get(end) - 1);
      if (!incoming.get(end)) queue.push(end);
    }
  }
  if (left) return false;
  const free = market.usable.map((usable, i) => usable && part.potentials.agents[i] === 0);
  const gains = (i) => free[i] && market.load[i] < Math.min(part.hi, market.capacity[i]);
  queue = free.flatMap((yes, i) => (yes && market.load[i] > part.lo ? [shift + i] : []));
  const seen = new Set();
  while (queue.length) {
    for (const end of after.get(queue.pop()) ?? []) {
      if (end >= shift && gains(end - shift)) return false;
      if (!seen.has(end)) {
        seen.add(end);
        queue.push(end);
      }
    }
  }
  return true;
}

function windowHolds(part, market, side) {
  const needed = part.team * part.tasks.length;
  const usable = market.capacity.filter((_, i) => market.usable[i]);
  const count = usable.length;
  if (side === "hi" && part.hi === (count ? Math.ceil(needed / count) : 0)) return true;
  if (side === "lo" && [count ? Math.floor(needed / count) : 0, count ? Math.min(...usable) : 0].includes(part.lo)) {
    return true;
  }
  const proof = part[`${side}_proof`];
  if (!proof) return false;
  const tasks = new Set(proof.tasks);
  const agents = new Set(proof.agents);
  const inside = (set, end) => [...set].every((x) => Number.isInteger(x) && x >= 0 && x < end);
  if (!inside(tasks, part.tasks.length) || !inside(agents, market.capacity.length)) return false;
  const pairs = (ofTask, ofAgent) =>
    market.allowed.reduce((sum, row, j) => sum + (ofTask(j) ? row.filter(ofAgent).length : 0), 0);
  if (side === "hi") {
    let room = 0;
    for (const i of agents) if (market.usable[i]) room += Math.min(part.hi - 1, market.capacity[i]);
    return (
      part.team * tasks.size >
      room +
        pairs(
          (j) => tasks.has(j),
          (i) => !agents.has(i),
        )
    );
  }
  const inflow =
    part.team * tasks.size +
    pairs(
      (j) => !tasks.has(j),
      (i) => agents.has(i),
    );
  return [...agents].every((i) => market.usable[i]) && (part.lo + 1) * agents.size > inflow;
}

/* Every check of one part, each as [code, ok, expected, found]. drawn: the ids in draw order. */
export function checkPart(part, rule, seed, drawn, hashName) {
  const out = [];
  const same = (code, expected, found) => out.push([code, String(expected) === String(found), expected, found]);
  same("match_key", hashHex(hashName, `${seed}:${part.label}`).slice(0, 32), part.key);
  same("tasks", drawn, part.tasks);
  const market = marketOf(part);
  if (!market) return [...out, ["pairs", false]];
  same("team", rule.team, part.team);
  const fits = market.chosen.every((chosen, j) => {
    const allowed = new Set(market.allowed[j]);
    return chosen.length === part.team && new Set(chosen).size === chosen.length && chosen.every((i) => allowed.has(i));
  });
  out.push(["pairs", fits]);
  const even = market.load.every(
    (load, i) => load >= (market.usable[i] ? part.lo : 0) && load <= Math.min(part.hi, market.capacity[i]),
  );
  out.push(["loads", even, `${part.lo}–${part.hi}`]);
  out.push(["hi", windowHolds(part, market, "hi"), part.hi], ["lo", windowHolds(part, market, "lo"), part.lo]);
  const { holds, zero, total } = certificate(part, market, hashName);
  same("cost", total, part.cost);
  out.push(["optimal", holds]);
  same("unique", isOnlyOptimum(part, market, zero), part.unique);
  return out;
}

/* The pool published now is the one committed to before the draw, and the matching used it. */
export function checkPool(part, pool, secret, hashName) {
  if (pool === null) return [];
  if (typeof part.pool_text !== "string") return [["pool", false]];
  const digest = hashHex(hashName, part.pool_text + secret);
  if (digest !== pool) return [["pool", false, digest, pool]];
  const rows = part.pool_text.split("\n");
  const drawn = new Set(part.tasks);
  const added = new Set(part.supplement ?? []);
  const agents = part.agents.filter((a) => !added.has(a.id)).map((a) => `agent,${a.id},${a.capacity}`);
  const asides = part.set_asides
    .filter((s) => !added.has(s.agent))
    .map((s) => `aside,${s.task},${s.agent},${s.reason}`);
  const same = (a, b) => JSON.stringify([...a].sort()) === JSON.stringify([...b].sort());
  const holds =
    same(
      agents,
      rows.filter((row) => row.startsWith("agent,")),
    ) &&
    same(
      asides,
      rows.filter((row) => row.startsWith("aside,") && drawn.has(row.split(",")[1])),
    );
  return [
    ["pool", true, digest, pool],
    ["pool", holds],
  ];
}
