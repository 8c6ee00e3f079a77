"use strict";
// What every page and the entry form do in the browser; the only file that knows events of htmx. Pages are complete without
// it for reading. Loaded before the page is drawn so that theme and text size never flash.
self.gridapp ??= {};

gridapp.page = (() => {
  const root = document.documentElement;
  const recall = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const keep = (name, value) => { try { value ? localStorage.setItem(name, value) : localStorage.removeItem(name); } catch { /* private mode: the choice lasts for this page */ } };
  root.dataset.js = "";
  for (const name of ["theme", "size"]) if (recall(name)) root.dataset[name] = recall(name);

  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-toggle]")) {
      const [name, value] = button.dataset.toggle.split("=");
      const show = () => button.setAttribute("aria-pressed", String(root.dataset[name] === value));
      button.addEventListener("click", () => {
        if (root.dataset[name] === value) { delete root.dataset[name]; keep(name, ""); } else { root.dataset[name] = value; keep(name, value); }
        show();
      });
      show();
    }
    const form = document.querySelector("form[data-entry]");
    if (form) entry(form);
    const summary = document.querySelector("[data-focus]");
    summary ? summary.focus() : reveal(location.hash);
  });

  // --- the entry form ------------------------------------------------------------------------------------------------
  function entry(form) {
    let typed = form.hasAttribute("data-typed");
    const changed = () => { typed = true; };
    form.addEventListener("input", changed);
    form.addEventListener("change", changed);
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) { event.preventDefault(); return; } // a second tap while the first is on its way
      form.dataset.sent = "yes";
      typed = false;
    });
    // leaving, switching the language or signing out asks first: a draft is kept, but not everywhere and not for ever
    addEventListener("beforeunload", (event) => { if (typed) { event.preventDefault(); event.returnValue = ""; } });
    addEventListener("pageshow", () => { delete form.dataset.sent; });

    form.addEventListener("keydown", (event) => {
      const field = event.target;
      if (event.key !== "Enter" || event.isComposing || field.tagName !== "INPUT") return;
      event.preventDefault(); // Enter goes on to the next field, it never saves half a form
      const stops = [...form.querySelectorAll("input[name]:not([type=hidden]), textarea, button.main")].filter(seen);
      // … to the next question: chips of one that is answered already are passed over
      const settled = (one) => one.type === "radio" && form.querySelector(`[name="${one.name}"]:checked`);
      stops.slice(stops.indexOf(field) + 1).find((one) => one.name !== field.name && !settled(one))?.focus();
    });
    form.addEventListener("click", (event) => {
      const choice = event.target.closest("[data-fill], [data-like]");
      if (choice) fill(form, choice);
    });
    form.addEventListener("focusout", (event) => { if (event.target.name) event.target.dataset.left = "yes"; });
    show();
  }

  const seen = (element) => element.getClientRects().length > 0 && !element.disabled && !element.closest("details:not([open])");

  // `fill`: a value, or "today", which a page kept on the tablet cannot know. `like`: as another field has it.
  // `also`: what a second field is then, as name=value.
  function fill(form, choice) {
    const { for: name, fill: said, like, also } = choice.dataset;
    const input = form.elements[name];
    const today = new Date().toLocaleDateString("sv"); // Swedish dates are ISO dates
    input.value = like ? form.elements[like].value : said === "today" ? today : said;
    const [other, value] = also?.split("=") ?? [];
    if (other) form.elements[other].value = value;
    const told = input instanceof RadioNodeList ? form.querySelector(`[name="${name}"]:checked`) : input; // a group of chips
    told.dispatchEvent(new Event("change", { bubbles: true }));
    const found = choice.closest("[data-found]");
    if (!found) return; // the choice stays where it is, and nobody needs a keyboard now
    found.replaceChildren();
    told.focus();
  }

  // The answer to /entries/check/ names the fields that are asked now and what is wrong with those already filled in.
  const answered = (part) => part && {
    asked: part.dataset.asked.split(" "),
    needed: part.dataset.needed.split(" "),
    wrong: Object.fromEntries([...part.querySelectorAll("[data-wrong]")].map((one) => [one.dataset.wrong, one.textContent])),
    follows: Object.fromEntries([...part.querySelectorAll("[data-follows]")].map((one) => [one.dataset.follows, one.textContent])),
    checked: part.hasAttribute("data-checked"),
  };

  function show(check = answered(document.getElementById("asked"))) {
    if (!check) return;
    const names = new Set(check.asked);
    const needed = new Set(check.needed);
    for (const field of document.querySelectorAll("[data-field]")) {
      const visible = names.has(field.dataset.field);
      field.hidden = !visible;
      for (const input of field.querySelectorAll("input, textarea")) input.disabled = !visible;
      const optional = field.querySelector(".optional");
      if (optional) optional.textContent = needed.has(field.dataset.field) ? "" : field.closest("form").dataset.optional;
      const follows = field.querySelector(".follows");
      if (follows) {
        follows.querySelector("b").textContent = check.follows[field.dataset.field] ?? "";
        follows.hidden = !(field.dataset.field in check.follows);
      }
      if (field.dataset.rare) place(field, needed.has(field.dataset.field));
      if (check.checked) mark(field, check.wrong[field.dataset.field]);
    }
    for (const part of document.querySelectorAll("[data-group], [data-folded]"))
      part.hidden = !part.querySelector("[data-field]:not([hidden])");
    gridapp.onward?.again();
  }

  // A rare field that is needed comes out of the fold, behind the others, and goes back when it is not any more.
  function place(field, needed) {
    const fold = field.closest("[data-group]").querySelector("[data-folded]");
    if (fold.contains(field) === !needed) return;
    const here = document.activeElement;
    const rank = (other) => Number(other.dataset.rare) > Number(field.dataset.rare);
    const within = fold.querySelector(".form");
    const held = needed ? fold.parentElement : within;
    held.insertBefore(field, [...held.children].find(rank) ?? (needed ? fold : null));
    if (!needed) fold.open = true; // what was in sight stays in sight
    if (field.contains(here)) here.focus();
  }

  function mark(field, reason) {
    const inputs = [...field.querySelectorAll("input, textarea")];
    // never while it is being typed, least of all in the middle of a composed character
    if (reason && inputs.includes(document.activeElement) && document.activeElement.type !== "radio") return;
    field.classList.toggle("wrong", Boolean(reason));
    field.querySelector(".error").textContent = reason ?? "";
    for (const input of inputs) reason ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid");
  }

  // the filter above a long list of chips
  document.addEventListener("input", (event) => {
    if (event.isComposing || !event.target.matches("[data-narrow]")) return;
    const wanted = event.target.value.trim().toLowerCase();
    for (const chip of event.target.closest(".more").querySelectorAll(".chip, .button"))
      chip.hidden = wanted !== "" && !chip.textContent.trim().toLowerCase().includes(wanted);
  });

  // a link to a field: to the field itself, opened where it is folded away
  function reveal(hash) {
    const target = hash.startsWith("#f-") && document.getElementById(hash.slice(1));
    if (!target) return false;
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    (target.closest("[data-field]") ?? target).scrollIntoView({ block: "center" });
    (target.matches("input, textarea") ? target : target.querySelector("input, textarea"))?.focus({ preventScroll: true });
    return true;
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && reveal(link.hash)) event.preventDefault();
  });

  // --- htmx ----------------------------------------------------------------------------------------------------------
  const open = new Set();
  document.addEventListener("htmx:beforeSwap", (event) => {
    for (const fold of event.detail.target.querySelectorAll?.("details[id]") ?? []) fold.open ? open.add(fold.id) : open.delete(fold.id);
  });
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    // an offer that comes late does not take away what was found for what stands in the field by now
    const { target } = event.detail;
    if (target.matches("[data-found]") && target.closest("[data-field]")?.querySelector(".input")?.value) event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:afterSettle", () => {
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "readiness") show();
  });
  const missed = (event) => {
    const status = event.detail.xhr?.status;
    const signedOut = status === 401 || status === 403;
    document.getElementById(signedOut ? "signed-out" : "no-answer")?.removeAttribute("hidden");
    if (!signedOut) event.detail.elt.dispatchEvent(new CustomEvent("unanswered", { bubbles: true }));
    // a part that follows something by itself goes on when the server is back
    if (!signedOut && event.detail.elt.id === "deliveries") setTimeout(() => htmx.trigger("#deliveries", "again"), 15000);
  };
  // A whole page that answered a form takes the place of this one, as after a load.
  function take(html, path) {
    const answer = new DOMParser().parseFromString(html, "text/html");
    document.title = answer.title;
    const main = document.adoptNode(answer.querySelector("main"));
    document.querySelector("main").replaceWith(main);
    const form = main.querySelector("form[data-entry]");
    if (form) form.action = path; // the address in the bar may be that of the page kept on the tablet
    self.htmx?.process(main);
    if (form) entry(form);
    main.querySelector("[data-focus]")?.focus();
    document.dispatchEvent(new CustomEvent("taken"));
  }

  document.addEventListener("htmx:responseError", missed);
  document.addEventListener("htmx:sendError", missed);
  document.addEventListener("htmx:afterOnLoad", () => document.getElementById("no-answer")?.setAttribute("hidden", ""));

  return { show, take };
})();
