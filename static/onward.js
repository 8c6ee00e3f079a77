"use strict";
// Goes on where a value is whole, so that the next field costs no touch: eighteen of a document or a firm, eleven of a phone,
// eight of a day. Month and day alone are the last such day. A chip goes on only to a field that has to be typed.

self.gridapp ??= {};

gridapp.onward = (() => {
  const QUICK = 300; // milliseconds within which a card reader's own Tab follows its last digit
  const seen = (control) => control.getClientRects().length > 0 && !control.disabled && !control.closest("details:not([open])");
  const isChoice = (control) => ["radio", "checkbox"].includes(control.type);
  const controlsOf = (question) => [...question.querySelectorAll("input[name]:not([name=take]), textarea")].filter(seen);
  const isAnswered = (question) => question.querySelector(".held, [name=take]:checked") !== null
    || controlsOf(question).some((one) => (isChoice(one) ? one.checked : one.value !== ""));
  const isOpen = (question) => controlsOf(question).length > 0 && !isAnswered(question);
  const isNeeded = (question) => !question.querySelector(".optional")?.textContent;
  const isTyped = (question) => !isChoice(controlsOf(question)[0]);
  const offers = (question) => question.querySelector(question.querySelector("[data-past]") ? "[data-like]" : "[data-fill], [name=take]") !== null;
  let arrived = { control: null, at: 0, from: null };

  const questionsAfter = (question) => {
    const all = [...question.closest("form").querySelectorAll("[data-field]")];
    return all.slice(all.indexOf(question) + 1).filter((one) => controlsOf(one).length > 0);
  };

  // The first question of a form that is still open; one that is needed before one that is not.
  function firstOpen(form) {
    const open = [...form.querySelectorAll("[data-field]")].filter(isOpen);
    const next = open.find(isNeeded) ?? open[0];
    return next && controlsOf(next)[0];
  }

  // Who typed goes on typing: in the next open question if it is typed, else at the next one that is needed.
  function afterTyping(question) {
    const open = questionsAfter(question).filter(isOpen);
    const next = open.length && isTyped(open[0]) ? open[0] : open.find(isNeeded);
    const control = next ? controlsOf(next)[0] : document.activeElement;
    control.focus();
    arrived = { control, at: performance.now(), from: question };
  }

  // The check has changed what is asked: where nothing has been done since, what has come in between is next.
  function again() {
    const { control, from } = arrived;
    const here = control?.closest("[data-field]");
    if (from?.isConnected && control === document.activeElement && (here === from || !here || !isAnswered(here))) afterTyping(from);
  }

  // Who tapped a choice sees the keyboard only where the very next question has to be typed.
  function afterChoice(question) {
    const [next] = questionsAfter(question);
    if (next && isOpen(next) && isTyped(next) && isNeeded(next) && !offers(next)) controlsOf(next)[0].focus();
  }

  // --- when a value is whole ---------------------------------------------------------------------------------------------
  const isoOf = (year, month, day) => {
    const at = new Date(Date.UTC(year, month - 1, day));
    return at.getUTCFullYear() === year && at.getUTCMonth() === month - 1 && at.getUTCDate() === day ? at.toISOString().slice(0, 10) : "";
  };
  const digits = (text, ...places) => places.map(([from, to]) => Number(text.slice(from, to)));
  const WHOLE = {
    date: (text) => /^(19|20)\d{6}$/.test(text) && isoOf(...digits(text, [0, 4], [4, 6], [6, 8])) !== "",
    phone: (text) => /^1\d{10}$/.test(text),
    document: (text) => gridapp.derivation?.isEighteen(text.toUpperCase()),
    uscc: (text) => /^[0-9A-Z]{18}$/i.test(text) && gridapp.documents?.creditFault(text.toUpperCase()) === "",
  };

  // No year begins like a month: four figures that are month and day are the last day of that name, in full.
  function lastSuch(text) {
    if (!/^(0[1-9]|1[0-2])\d\d$/.test(text)) return "";
    const [month, day] = digits(text, [0, 2], [2, 4]);
    const today = new Date().toLocaleDateString("sv"); // Swedish dates are ISO dates
    const years = [...Array(8).keys()].map((ago) => Number(today.slice(0, 4)) - ago); // the last 29 February may be long ago
    return years.map((year) => isoOf(year, month, day)).find((one) => one && one <= today) ?? "";
  }

  document.addEventListener("input", (event) => {
    const control = event.target;
    if (!control.dataset?.whole || event.isComposing || !event.inputType?.startsWith("insert")) return;
    if (control.selectionStart !== control.value.length) return; // something is put right in the middle
    const day = "past" in control.dataset ? lastSuch(control.value) : "";
    if (day) {
      control.value = day;
      control.dispatchEvent(new Event("change", { bubbles: true }));
    }
    if (day || WHOLE[control.dataset.whole](control.value)) afterTyping(control.closest("[data-field]"));
  });

  // The Enter that a card reader or an old habit adds is not a second step; nor is a reader's Tab.
  document.addEventListener("keydown", (event) => {
    const here = event.target === arrived.control && !isAnswered(event.target.closest("[data-field]"));
    const extra = event.key === "Enter" || (event.key === "Tab" && performance.now() - arrived.at < QUICK);
    arrived = { control: null, at: 0, from: null };
    if (!here || !extra || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  // Looked at before the form takes the choice away, acted on when it has: the tick comes after the click, too.
  document.addEventListener("click", (event) => {
    const question = event.target.closest?.("form[data-entry] [data-field]");
    const choice = question && event.target.closest("[data-fill], [data-like]");
    // by finger or mouse: arrow keys try one chip after the other
    if (!choice && !(question && event.pointerType && event.target.closest(".chip"))) return;
    const wasFound = choice?.closest("[data-found]") && isTyped(question);
    setTimeout(() => {
      if (choice && "begins" in choice.dataset) controlsOf(question)[0].focus(); // the rest is typed
      else if (wasFound) afterTyping(question);
      else if (isAnswered(question)) afterChoice(question);
    });
  }, true);

  // Who is a pupil has said what the job is, too: it stands there, as long as nobody writes something else.
  document.addEventListener("change", ({ target }) => {
    const telling = target.type === "radio" && target.form?.querySelector(`[name="${target.name}"][data-also]`);
    if (!telling) return;
    const other = target.form.elements[telling.dataset.also.split("=")[0]];
    if (other.value === (other.dataset.said ?? "")) other.value = other.dataset.said = target.dataset.also?.split("=")[1] ?? "";
  }, true);

  return { again, firstOpen };
})();
