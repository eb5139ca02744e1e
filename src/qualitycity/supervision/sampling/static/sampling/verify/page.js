/* The form on the page: reads the bundle at load, checks it on demand, lets the visitor change a digit or ask for one
 * firm. All words come from the template's [data-strings] (<p data-key="…">…</p>), so that they are translated there. */

import { enterpriseOf, floatHex, rankValue } from "./rule.js";
import { hashHex } from "./sha256.js";
import { drawnIds, verifyBundle } from "./checks.js";
import { papersToBundle, readBundle } from "./bundle.js";

const HASHES = { sha256: "SHA-256", sm3: "SM3" };
const MARKS = { true: "✓", false: "✗", null: "○" };

/* An element with attributes and children; texts never become markup. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== ""));
  return element;
}

const shown = (value) => {
  const text = Array.isArray(value) ? value.join(", ") : String(value);
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
};

const parse = (paper) => {
  if (paper === null || (typeof paper === "object" && !(paper instanceof Uint8Array))) return paper;
  return JSON.parse(typeof paper === "string" ? paper : new TextDecoder().decode(paper));
};

class Verifier {
  constructor(root) {
    this.root = root;
    const sentences = root.querySelector("[data-strings]").content.querySelectorAll("[data-key]");
    this.words = new Map([...sentences].map((element) => [element.dataset.key, element.textContent.trim()]));
    this.bundle = null;
  }

  /* A sentence of the template with its {places} filled. */
  say(key, values = {}) {
    return (this.words.get(key) ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  }

  /* Why a file could not be read; what has no sentence of its own is "other". */
  why(error) {
    const key = `zip_${error.message}`;
    return this.say(this.words.has(key) ? key : error instanceof TypeError ? "zip_network" : "zip_other");
  }

  part(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  status(key, values) {
    this.part("status").textContent = this.say(key, values);
  }

  start() {
    this.part("file").addEventListener("change", (event) => this.choose(event.target.files[0]));
    this.part("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.check();
    });
    this.part("original").addEventListener("click", () => {
      this.fillDigits();
      this.check();
    });
    this.part("round").addEventListener("change", () => this.fillDigits());
    this.part("firm-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.checkFirm();
    });
    this.load();
  }

  /* Fetch from our own origin once, so that everything after works without network. */
  async load() {
    const { bundleUrl, dataUrl, frameUrl } = this.root.dataset;
    if (!bundleUrl && !dataUrl) {
      this.status("choose_file");
      this.part("other").open = true;
      return;
    }
    this.status("loading");
    try {
      const get = async (url) => {
        const answer = await fetch(url, { credentials: "same-origin" });
        if (!answer.ok) throw new Error("network");
        return answer;
      };
      if (bundleUrl && (!dataUrl || typeof DecompressionStream !== "undefined")) {
        this.take(await readBundle(await (await get(bundleUrl)).arrayBuffer()));
      } else {
        const frame = new Uint8Array(await (await get(frameUrl)).arrayBuffer());
        this.take(papersToBundle(await (await get(dataUrl)).json(), frame));
      }
    } catch (error) {
      this.status("load_failed", { reason: this.why(error) });
    }
  }

  async choose(file) {
    if (!file) return;
    this.status("loading");
    try {
      this.take(await readBundle(await file.arrayBuffer()), file.name);
    } catch (error) {
      this.bundle = null;
      this.part("form").hidden = true;
      this.clear();
      this.status("file_refused", { name: file.name, reason: this.why(error) });
    }
  }

  take(bundle, name = "") {
    this.bundle = bundle;
    const select = this.part("round");
    select.replaceChildren();
    bundle.rounds.forEach((round, place) => {
      const { round: number } = parse(round.announcement);
      select.append(make("option", { value: String(place) }, this.say("round", { n: number })));
    });
    this.part("round-row").hidden = bundle.rounds.length < 2;
    this.part("form").hidden = false;
    this.part("firm-form").hidden = false;
    this.clear();
    this.fillDigits();
    this.status(name ? "ready_file" : "ready", { name });
  }

  clear() {
    for (const name of ["verdict", "lists", "checks", "firm"]) this.part(name).replaceChildren();
  }

  chosenRound() {
    return Number(this.part("round").value || 0);
  }

  publishedDigits() {
    const transcript = parse(this.bundle.rounds[this.chosenRound()].transcript);
    return transcript?.inputs?.find((input) => input.kind === "digits")?.value ?? null;
  }

  fillDigits() {
    const digits = this.publishedDigits();
    this.part("digits-row").hidden = digits === null;
    this.part("digits").value = digits ?? "";
  }

  /* The bundle with the visitor's digits in the chosen round. */
  withDigits() {
    const digits = this.part("digits").value.trim();
    const published = this.publishedDigits();
    if (published === null || digits === published) return { bundle: this.bundle, changed: false };
    const place = this.chosenRound();
    const transcript = structuredClone(parse(this.bundle.rounds[place].transcript));
    transcript.inputs.find((input) => input.kind === "digits").value = digits;
    const rounds = this.bundle.rounds.map((round, i) => (i === place ? { ...round, transcript } : round));
    return { bundle: { ...this.bundle, rounds }, changed: true };
  }

  /* Let the page show what is going on before the work begins. */
  async run(bundle) {
    this.status("checking");
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    return verifyBundle(bundle);
  }

  async check() {
    const { bundle, changed } = this.withDigits();
    const answer = await this.run(bundle);
    this.clear();
    this.showVerdict(answer, changed);
    for (const outcome of answer.outcomes) this.showLists(outcome);
    this.showChecks(answer.checks);
    this.status("done");
    this.part("verdict").focus();
  }

  showVerdict(answer, changed) {
    const count = (ok) => answer.checks.filter((check) => check.ok === ok).length;
    const values = { right: count(true), wrong: count(false), waiting: count(null), reason: answer.reason };
    const look = { consistent: "alert-success", different: "alert-danger", unreadable: "alert-warning" }[
      answer.verdict
    ];
    const box = make(
      "div",
      { class: `alert ${look}`, "data-verdict": answer.verdict },
      make("strong", { class: "fs-1 d-block" }, this.say(answer.verdict)),
      this.say(`${answer.verdict}_more`, values),
    );
    if (values.waiting && answer.verdict === "consistent") box.append(" ", this.say("waiting_more", values));
    if (changed) box.append(" ", this.say("changed_more"));
    this.part("verdict").append(box);
  }

  showLists(outcome) {
    if (outcome.key === null) return;
    const { result } = outcome.papers;
    const mine = drawnIds(outcome.strata);
    const published = result?.state === "open" ? result.strata.flatMap((s) => s.drawn) : null;
    const list = (title, ids, other, name) =>
      make(
        "div",
        { class: "col-md-6" },
        make("h4", {}, this.say(title)),
        make(
          "ol",
          { "data-list": name },
          ...ids.slice(0, 500).map((id, i) => {
            const text = make("code", {}, id);
            return other && other[i] !== id ? make("li", {}, make("mark", {}, text)) : make("li", {}, text);
          }),
        ),
      );
    const row = make("div", { class: "row" }, list("list_mine", mine, published, "recomputed"));
    if (published) row.append(list("list_published", published, mine, "published"));
    this.part("lists").append(make("h3", {}, this.say("round", { n: outcome.number })), row);
  }

  showChecks(checks) {
    const details = make("details", {}, make("summary", {}, this.say("all_checks", { n: checks.length })));
    if (checks.some((check) => check.ok === false)) details.setAttribute("open", "");
    let last;
    let list;
    for (const check of checks) {
      if (check.round !== last || !list) {
        last = check.round;
        list = make("ul", { class: "list-unstyled" });
        details.append(make("h4", {}, last === null ? this.say("whole") : this.say("round", { n: last })), list);
      }
      list.append(this.checkLine(check));
    }
    this.part("checks").append(details);
  }

  checkLine(check) {
    const state = this.say(`mark_${check.ok}`);
    const line = make(
      "li",
      { "data-check": check.check, "data-ok": String(check.ok), class: check.ok === false ? "text-danger" : "" },
      `${MARKS[check.ok]} `,
    );
    line.append(make("span", { class: "visually-hidden" }, `${state} `), this.say(`check_${check.check}`));
    if (check.note) {
      const key = `note_${check.note}`;
      line.append(" ", make("span", { class: "text-secondary" }, this.words.has(key) ? this.say(key) : check.note));
    }
    if (check.ok === false) {
      for (const [key, value] of [
        ["expected", check.expected],
        ["found", check.found],
      ]) {
        if (value !== null)
          line.append(
            make("div", { class: "ps-4" }, `${this.say(key)} `, make("code", { class: "text-break" }, shown(value))),
          );
      }
    } else if (check.ok && check.expected !== null) {
      line.append(" ", make("code", { class: "text-break" }, shown(check.expected)));
    }
    return line;
  }

  async checkFirm() {
    const code = this.part("firm-code").value.normalize("NFKC").trim();
    const answer = await this.run(this.bundle); // as published: a changed digit is no firm's result
    const box = this.part("firm");
    box.replaceChildren();
    const upper = code.toUpperCase();
    const exact = answer.units.filter((unit) => unit.id === code || unit.id === upper);
    const units = exact.length ? exact : answer.units.filter((unit) => [code, upper].includes(enterpriseOf(unit.id)));
    if (!units.length) box.append(make("p", { class: "alert alert-warning" }, this.say("firm_missing", { code })));
    for (const unit of units.slice(0, 50)) box.append(this.firmCard(answer, unit));
    this.status("done");
  }

  firmCard(answer, unit) {
    const place = answer.units.indexOf(unit) + 1;
    const card = make("div", { class: "card card-body mb-2", "data-firm": unit.id });
    card.append(
      make("h4", {}, make("code", {}, unit.id)),
      make("p", {}, this.say("firm_line", { n: place }), " ", make("code", {}, answer.lines[place - 1])),
    );
    for (const outcome of answer.outcomes) card.append(make("div", {}, ...this.firmRound(outcome, unit, answer.hash)));
    return card;
  }

  firmRound(outcome, unit, hash) {
    const title = make("h5", {}, this.say("round", { n: outcome.number }));
    const word = (key, values) => make("p", { "data-state": key }, this.say(`firm_${key}`, values));
    if (!unit.weight) return [title, word("excluded", { reason: unit.reason })];
    if (outcome.gone?.has(unit.id)) return [title, word("passed_over")];
    const { result, transcript } = outcome.papers;
    if (transcript?.void) return [title, word("void")];
    const tables = [...(outcome.announced.odds ?? [])];
    for (const s of result?.state === "open" ? result.strata : [])
      tables.push(...s.odds.map((o) => ({ ...o, stratum: s.stratum })));
    const odds = tables.filter((o) => o.stratum === unit.stratum && o.weight === unit.weight).pop();
    const out = [title];
    if (odds) out.push(make("p", {}, this.say("firm_odds", { p: odds.probability })));
    if (outcome.key === null) return [...out, word("sealed")];
    const stratum = outcome.strata.get(unit.stratum);
    if (!stratum) return [...out, word("not_asked")];
    const text = `${outcome.key}:${unit.id}`;
    const ticket = hashHex(hash, text);
    const at = stratum.drawn.findIndex((row) => row.id === unit.id);
    const reserve = stratum.reserve.some((row) => row.id === unit.id);
    const last = stratum.drawn[stratum.drawn.length - 1];
    const mine = rankValue(ticket, unit.weight, stratum.plan);
    const before = last && (mine < last.q || (mine === last.q && ticket <= last.ticket));
    const state = at >= 0 ? "drawn" : reserve ? "reserve" : before ? "capped" : "not_drawn";
    out.push(
      word(state, { n: at + 1 }),
      make("p", {}, this.say("firm_hash", { hash: HASHES[hash] }), " ", make("code", { class: "text-break" }, text)),
      make("p", {}, this.say("firm_ticket"), " ", make("code", { class: "text-break", "data-ticket": ticket }, ticket)),
      make(
        "p",
        {},
        this.say("firm_rank", { q: mine.toPrecision(12), last: last ? last.q.toPrecision(12) : "-" }),
        " ",
        make("code", {}, floatHex(mine)),
      ),
    );
    return out;
  }
}

export function mountVerifier(element) {
  if (element.dataset.mounted) return;
  element.dataset.mounted = "1";
  new Verifier(element).start();
}
