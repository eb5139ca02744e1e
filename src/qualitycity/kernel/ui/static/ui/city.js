// What every page does beyond plain HTML. Without this file everything still works, only less comfortably.
"use strict";
(() => {
  const words = JSON.parse(document.body.dataset.words || "{}");
  const account = document.body.dataset.account || "";
  const each = (selector, act, root = document) => root.querySelectorAll(selector).forEach(act);
  document.documentElement.classList.add("js");

  function remember(store, key, value) {
    try {
      if (value === undefined) return store.getItem(key);
      if (value === null) store.removeItem(key);
      else store.setItem(key, value);
    } catch (error) { /* private mode or full storage: the page works without memory */ }
    return null;
  }

  // Menu on narrow screens.
  each(".menu-button", (button) => button.addEventListener("click", () => {
    const open = document.getElementById(button.getAttribute("aria-controls")).classList.toggle("open");
    button.setAttribute("aria-expanded", String(open));
  }));

  // Drop-down boxes close by Escape, by a click elsewhere, and when another opens.
  const boxes = "details.drop[open]";
  const opened = '[data-opens][aria-expanded="true"]';
  document.addEventListener("click", (event) => {
    each(boxes, (box) => { if (!box.contains(event.target)) box.open = false; });
    const button = event.target.closest("[data-opens]");
    each(opened, (other) => { if (other !== button && !other.parentElement.contains(event.target)) other.setAttribute("aria-expanded", "false"); });
    if (button) button.setAttribute("aria-expanded", String(button.getAttribute("aria-expanded") !== "true"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    each(opened, (button) => {
      if (button.parentElement.contains(document.activeElement)) button.focus();
      button.setAttribute("aria-expanded", "false");
    });
    each(boxes, (box) => {
      const inside = box.contains(document.activeElement);
      box.open = false;
      if (inside) box.querySelector("summary").focus();
    });
  });

  // Boxes whose content is drawn only when they open (the column chooser repeats the words of the filters).
  each("details[data-late]", (box) => box.addEventListener("toggle", () => {
    const late = box.querySelector("template");
    if (late) late.replaceWith(late.content);
  }, { once: true }));

  // Density of lists, remembered on this device.
  function density(on) {
    document.documentElement.classList.toggle("dense", on);
    each("[data-density]", (button) => button.setAttribute("aria-pressed", String(on)));
  }
  density(remember(localStorage, "dense") === "1");
  each("[data-density]", (button) => button.addEventListener("click", () => {
    const on = !document.documentElement.classList.contains("dense");
    remember(localStorage, "dense", on ? "1" : "0");
    density(on);
  }));

  each("[data-tick-all]", (box) => box.addEventListener("change", () => {
    each('input[name="ids"]', (one) => { one.checked = box.checked; }, box.closest("table"));
  }));
  each("[data-tick-fieldset]", (button) => {
    const boxes = [...button.closest("fieldset").querySelectorAll('input[type="checkbox"]')];
    button.hidden = false;
    button.addEventListener("click", () => {
      const all = boxes.every((box) => box.checked);
      boxes.forEach((box) => { box.checked = !all; });
    });
  });
  each("[data-print]", (button) => button.addEventListener("click", () => window.print()));
  each("[data-submit]", (field) => field.addEventListener("change", () => field.form.requestSubmit()));
  each("[data-back]", (button) => {
    button.hidden = history.length < 2;
    button.addEventListener("click", () => history.back());
  });
  if (window.matchMedia("(max-width: 40em)").matches) each("details[data-fold]", (box) => { box.open = false; });
  const first = document.querySelector("[data-focus]");
  if (first) first.focus();

  // A table that fits its frame needs no frame of its own: its head can then stick to the window.
  const fit = (frame) => {
    frame.classList.remove("fits");
    const fits = frame.scrollWidth <= frame.clientWidth;
    frame.classList.toggle("fits", fits);
    if (fits) frame.removeAttribute("tabindex");
    else frame.setAttribute("tabindex", "0");
  };
  each(".table-frame", fit);
  window.addEventListener("resize", () => each(".table-frame", fit));

  // Status of the line, in words.
  each("[data-line-state] [data-online]", (note) => {
    const say = () => { note.textContent = navigator.onLine ? note.dataset.online : note.dataset.offline; };
    window.addEventListener("online", say);
    window.addEventListener("offline", say);
    say();
  });

  // Drafts: what is typed stays in this browser until it is sent, for this account and address alone.
  const prefix = `draft:${account}:`;
  function keys(test) {
    try { return Object.keys(localStorage).filter((key) => key.startsWith("draft:") && test(key)); } catch (error) { return []; }
  }
  keys((key) => !key.startsWith(prefix)).forEach((key) => remember(localStorage, key, null));
  each("[data-forget-drafts]", (button) => button.addEventListener("click", () => keys(() => true).forEach((key) => remember(localStorage, key, null))));

  function kept(form) {
    return [...form.elements].filter((field) => field.name && !field.name.startsWith("_") && field.name !== "csrfmiddlewaretoken"
      && !["hidden", "password", "file", "submit", "button", "fieldset"].includes(field.type) && !("private" in field.dataset));
  }
  function read(form) {
    return kept(form).map((field) => [field.name, field.value, ["checkbox", "radio"].includes(field.type) ? field.checked
      : field.multiple ? [...field.selectedOptions].map((option) => option.value) : null]);
  }
  function fill(form, draft) {
    const fields = kept(form);
    draft.forEach(([name, value, more]) => {
      const same = fields.filter((field) => field.name === name);
      const field = same.length > 1 ? same.find((one) => one.value === value) : same[0];
      if (!field) return;
      if (typeof more === "boolean") field.checked = more;
      else if (Array.isArray(more)) [...field.options].forEach((option) => { option.selected = more.includes(option.value); });
      else field.value = value;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
  function offer(form, key, saved) {
    const bar = document.createElement("div");
    bar.className = "draft-offer";
    bar.setAttribute("role", "status");
    const button = (text, act) => {
      const made = document.createElement("button");
      made.type = "button";
      made.className = "btn btn-sm";
      made.textContent = text;
      made.addEventListener("click", () => { act(); bar.remove(); });
      return made;
    };
    const when = new Date(saved.at);
    const two = (n) => String(n).padStart(2, "0");
    bar.append(`${words.draftFound} ${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())} ${two(when.getHours())}:${two(when.getMinutes())} `,
      button(words.draftTake, () => fill(form, saved.fields)), button(words.draftDrop, () => remember(localStorage, key, null)));
    form.before(bar);
  }
  const sent = remember(sessionStorage, "draft-sent");
  if (sent && !document.querySelector(`[data-autosave="${CSS.escape(sent)}"], [data-draft-kept="${CSS.escape(sent)}"]`)) {
    remember(localStorage, prefix + sent, null);
    remember(sessionStorage, "draft-sent", null);
  }
  each("form[data-autosave]", (form) => {
    const key = prefix + form.dataset.autosave;
    const note = form.querySelector("[data-draft-state]");
    const saved = JSON.parse(remember(localStorage, key) || "null");
    if (saved && !document.querySelector(".error-summary") && JSON.stringify(saved.fields) !== JSON.stringify(read(form))) offer(form, key, saved);
    let timer = 0;
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        remember(localStorage, key, JSON.stringify({ at: Date.now(), fields: read(form) }));
        if (note) note.textContent = words.draftSaved;
      }, 600);
    });
    form.addEventListener("submit", () => {
      clearTimeout(timer);
      remember(localStorage, key, JSON.stringify({ at: Date.now(), fields: read(form) }));
      remember(sessionStorage, "draft-sent", form.dataset.autosave);
    });
  });

  // A part that could not be fetched says so instead of standing still.
  ["htmx:sendError", "htmx:responseError"].forEach((name) => document.addEventListener(name, (event) => {
    const note = document.createElement("p");
    note.className = "field-error";
    note.textContent = words.failed;
    event.target.append(note);
  }));
})();
