"use strict";
// Saving a form: sealed and written down on the tablet first, then sent. What the server cannot be told now waits.

(() => {
  const { outbox } = gridapp;
  const PATIENCE = 6000;
  const ENTRIES = /^\/(entries\/new\/(resident|housing)|records\/[0-9a-f-]{36}\/(correct|verify|move|move-out))\/$/;
  // street and number of an address that goes on to a building: which building it was is enough to know it again
  const STREET = /^.*?\u53f7(?=.*[\u680b\u5e62\u5ea7\u697c])/;
  // Without them (plain http, an old browser) forms are posted as ever.
  const able = Boolean(self.isSecureContext && self.crypto?.subtle && self.indexedDB && navigator.locks);
  gridapp.able = able;
  const pathOf = (form) => new URL(form.getAttribute("action") ?? location.href, location.href).pathname;
  const named = (form, name) => form.elements.namedItem(name)?.value ?? "";

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !able || form.method !== "post" || !ENTRIES.test(pathOf(form)) || !named(form, "entry_id")) return;
    event.preventDefault();
    save(form, event.submitter);
  });

  const isShell = (form) => form.hasAttribute("data-shell");

  function posted(form, button) {
    const sent = new URLSearchParams(new FormData(form));
    if (button?.name) sent.append(button.name, button.value);
    sent.delete("csrfmiddlewaretoken");
    return sent;
  }

  // As a browser without any of this would post it: the server asks to sign in again and carries on what was typed.
  function plainly(form, button) {
    if (button?.name) {
      const chosen = Object.assign(document.createElement("input"), { type: "hidden", name: button.name, value: button.value });
      form.append(chosen);
    }
    form.submit();
  }

  // What can be read on the tablet of an entry that waits: 王** · 芳草园3栋2单元
  function label(form) {
    const name = (named(form, "name") || named(form, "foreign_surname")).trim();
    const masked = name ? `${[...name][0]}**` : form.dataset.kindWord ?? "";
    return [...new Set([masked, about()])].filter(Boolean).join(" · ");
  }

  function about() {
    const place = (document.querySelector("#place b, .head h1")?.textContent ?? "").trim().split(/\s+/)[0];
    return /\d/.test(place) ? place.replace(STREET, "") : place && `${[...place][0]}**`;
  }

  async function save(form, button) {
    const busy = form.querySelector("[data-saving]");
    const late = setTimeout(() => busy?.removeAttribute("hidden"), 500);
    try {
      const session = await outbox.session().catch(() => undefined);
      if (!session?.key) return isShell(form) ? refuse(form) : plainly(form, button);
      const id = named(form, "entry_id");
      const sent = posted(form, button);
      const before = (await outbox.all()).map((row) => row.id);
      const hold = form.hasAttribute("data-entry") ? session.hold : 0; // a single tap has nothing to go back to
      const went = await outbox.holding(id, async () => {
        await outbox.add(id, { path: pathOf(form), form: String(sent), made_at: now() }, label(form), session);
        // what it belongs to is on its way: one after the other
        const later = before.includes(sent.get("housing")) || before.includes(sent.get("after"));
        const came = later ? { state: "waits" } : await send(form, id, sent, hold > 0 && !goesOn(form, button));
        if (isKept(form, came) && (await asked(form))) {
          await outbox.remove(id);
          return { state: "asked" };
        }
        return hold && (came.state === "good" || isKept(form, came)) ? keepBack(form, id, hold, came) : came;
      });
      await after[went.state](form, button, id, went);
    } catch (trouble) { // the tablet is full, or does not let us write: nothing is lost while the page is open
      isShell(form) ? refuse(form) : plainly(form, button);
    } finally {
      clearTimeout(late);
      busy?.setAttribute("hidden", "");
    }
  }

  // The next page needs what was just saved: the family lends its values, who moves in needs the home. So it goes at once.
  const goesOn = (form, button) => button?.name === "another" || named(form, "for") !== "";

  // Whether something is asked once more before it waits; what can't be judged here is not asked.
  const asked = (form) => gridapp.tablet.judges().then(() => gridapp.doubts?.ask(form)).catch(() => false);

  // It stays on the tablet, and the server has surely not got it.
  const isKept = (form, { state, unsure }) => !unsure && (state === "waits" || (state === "signed_out" && isShell(form)));

  // For some seconds it can be taken back: then nothing of it is anywhere.
  async function keepBack(form, id, hold, came) {
    await gridapp.drafts.keepBack(form);
    await outbox.hold(id, hold, location.pathname + location.search);
    return { ...came, held: true };
  }

  // ISO 8601 with the offset of the place, not of Greenwich: the day of an entry is the worker's day.
  function now() {
    const at = new Date();
    const minutes = -at.getTimezoneOffset();
    const two = (number) => String(Math.trunc(Math.abs(number))).padStart(2, "0");
    const local = new Date(at.getTime() + minutes * 60_000).toISOString().slice(0, -1);
    return `${local}${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
  }

  // `only`: asks whether it would be saved. `unsure`: it was sent and not answered, the server may have it.
  async function send(form, id, sent, only) {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), PATIENCE);
    let unsure = false;
    if (!navigator.onLine) return { state: "waits" }; // true promises nothing, false is sure
    try {
      const token = isShell(form) ? (await outbox.ask(limit.signal)).csrf : named(form, "csrfmiddlewaretoken");
      const headers = { "X-Tablet": "1", "X-CSRFToken": token ?? "", Accept: "application/json, text/html", ...(only && { "X-Hold": "1" }) };
      const how = { method: "POST", body: sent, redirect: "error", credentials: "same-origin", cache: "no-store" };
      unsure = !only;
      const answer = await fetch(pathOf(form), { ...how, headers, signal: limit.signal });
      return { unsure, ...(await heard(answer, id)) };
    } catch {
      return { state: "waits", unsure };
    } finally {
      clearTimeout(timer);
    }
  }

  async function heard(answer, id) {
    const type = answer.headers.get("Content-Type") ?? "";
    if (answer.status === 422 && type.includes("html")) return { state: "refused", page: await answer.text() };
    const said = type.includes("json") ? await answer.json() : {};
    if (answer.ok && said.ok === true && String(said.id).toLowerCase() === id.toLowerCase()) return { state: said.state, url: said.url };
    return { state: answer.status === 401 && said.ok === false ? "signed_out" : "waits" };
  }

  const after = {
    async saved(form, button, id, { url }) {
      await outbox.remove(id);
      await gridapp.drafts.drop(id);
      location.assign(url);
    },
    async asked() { /* the form says what, and waits for the second tap */ },
    async refused(form, button, id, { page }) {
      await outbox.remove(id);
      gridapp.page.take(page, pathOf(form));
    },
    // The page that asks to sign in again holds all that was typed; what waits here is the same entry by its id.
    async signed_out(form, button, id, went) {
      if (!isShell(form)) return plainly(form, button);
      await after.waits(form, button, id, went);
    },
    // It would be saved, and goes when its worker can't take it back any more; then the page it leads to opens.
    async good(form, button, id) {
      stored(form, id, document.querySelector("#place b")?.textContent ?? "", "good");
      gridapp.tablet.send();
    },
    async waits(form, button, id, { held }) {
      if (!held) await gridapp.drafts.drop(id);
      const worker = (await navigator.serviceWorker?.getRegistration())?.active;
      const place = document.querySelector("#place b")?.textContent ?? "";
      if (button?.name === "another" && worker) await next(form, id, place);
      else stored(form, id, place);
      gridapp.tablet.send();
    },
  };

  async function next(form, id, place) {
    await gridapp.drafts.nextOf(form, place);
    location.assign(`/shell/resident/?after=${id}`);
  }

  // In place of the form: it is safe here, and what the worker can do next without the net.
  function stored(form, id, place, state = "waits") {
    const whole = form.closest(".cols") ?? form;
    const card = document.getElementById("stored").content.firstElementChild.cloneNode(true);
    card.dataset.id = id;
    card.querySelector("[data-label]").textContent = label(form);
    for (const button of card.querySelectorAll("[data-next]")) {
      button.hidden = button.dataset.next !== pathOf(form);
      button.onclick = () => next(form, id, place);
    }
    show(card, state);
    whole.replaceWith(card);
    card.querySelector("h1").focus();
    scrollTo(0, 0);
    gridapp.undo.remember(id, () => {
      card.replaceWith(whole);
      delete form.dataset.sent;
      form.dispatchEvent(new Event("change", { bubbles: true })); // it is a draft again, and judged again
      form.querySelector("#place").focus();
      scrollTo(0, 0);
    });
  }

  function show(card, state) {
    card.dataset.state = state;
    for (const part of card.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== state;
  }

  addEventListener("outbox", ({ detail }) => {
    const card = document.querySelector("[data-stored]");
    if (!card) return;
    if (card.dataset.state === "good" && ["offline", "signed_out"].includes(detail.flushed)) show(card, "waits");
    if (!detail.sent || detail.sent !== card.dataset.id) return;
    if (card.dataset.state === "good" && detail.state === "saved") return location.assign(detail.url);
    show(card, detail.state);
    const link = card.querySelector("[data-open]");
    if (detail.url) { link.href = detail.url; link.hidden = false; }
  });

  gridapp.saving = { about, now, heard }; // for photos, which are saved the same way

  // Neither the server nor the tablet can take it: the form stays as it is.
  function refuse(form) {
    delete form.dataset.sent;
    const said = form.querySelector("[data-not-stored]");
    said.hidden = false;
    said.focus();
  }
})();
