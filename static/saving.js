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
    const place = (document.querySelector("#place b, .head h1")?.textContent ?? "").trim().split(/\s+/)[0];
    const masked = name ? `${[...name][0]}**` : form.dataset.kindWord ?? "";
    const about = /\d/.test(place) ? place.replace(STREET, "") : place && `${[...place][0]}**`;
    return [...new Set([masked, about])].filter(Boolean).join(" · ");
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
      const went = await outbox.holding(id, async () => {
        await outbox.add(id, { path: pathOf(form), form: String(sent), made_at: now() }, label(form), session);
        // what it belongs to is on its way: one after the other
        return before.includes(sent.get("housing")) || before.includes(sent.get("after")) ? { state: "waits" } : send(form, id, sent);
      });
      await after[went.state](form, button, id, went);
    } catch (trouble) { // the tablet is full, or does not let us write: nothing is lost while the page is open
      isShell(form) ? refuse(form) : plainly(form, button);
    } finally {
      clearTimeout(late);
      busy?.setAttribute("hidden", "");
    }
  }

  // ISO 8601 with the offset of the place, not of Greenwich: the day of an entry is the worker's day.
  function now() {
    const at = new Date();
    const minutes = -at.getTimezoneOffset();
    const two = (number) => String(Math.trunc(Math.abs(number))).padStart(2, "0");
    const local = new Date(at.getTime() + minutes * 60_000).toISOString().slice(0, -1);
    return `${local}${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
  }

  async function send(form, id, sent) {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), PATIENCE);
    try {
      const token = isShell(form) ? (await outbox.ask(limit.signal)).csrf : named(form, "csrfmiddlewaretoken");
      const headers = { "X-Tablet": "1", "X-CSRFToken": token ?? "", Accept: "application/json, text/html" };
      const how = { method: "POST", body: sent, redirect: "error", credentials: "same-origin", cache: "no-store" };
      const answer = await fetch(pathOf(form), { ...how, headers, signal: limit.signal });
      return await heard(answer, id);
    } catch {
      return { state: "waits" };
    } finally {
      clearTimeout(timer);
    }
  }

  async function heard(answer, id) {
    const type = answer.headers.get("Content-Type") ?? "";
    if (answer.status === 422 && type.includes("html")) return { state: "refused", page: await answer.text() };
    const said = type.includes("json") ? await answer.json() : {};
    if (answer.ok && said.ok === true && String(said.id).toLowerCase() === id.toLowerCase()) return { state: "saved", url: said.url };
    return { state: answer.status === 401 && said.ok === false ? "signed_out" : "waits" };
  }

  const after = {
    async saved(form, button, id, { url }) {
      await outbox.remove(id);
      await gridapp.drafts.drop(id);
      location.assign(url);
    },
    async refused(form, button, id, { page }) {
      await outbox.remove(id);
      gridapp.page.take(page, pathOf(form));
    },
    // The page that asks to sign in again holds all that was typed; what waits here is the same entry by its id.
    async signed_out(form, button, id) {
      if (!isShell(form)) return plainly(form, button);
      await after.waits(form, button, id);
    },
    async waits(form, button, id) {
      await gridapp.drafts.drop(id);
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
  function stored(form, id, place) {
    const card = document.getElementById("stored").content.firstElementChild.cloneNode(true);
    card.dataset.id = id;
    card.querySelector("[data-label]").textContent = label(form);
    for (const button of card.querySelectorAll("[data-next]")) {
      button.hidden = button.dataset.next !== pathOf(form);
      button.onclick = () => next(form, id, place);
    }
    (form.closest(".cols") ?? form).replaceWith(card);
    card.querySelector("h1").focus();
    scrollTo(0, 0);
  }

  addEventListener("outbox", ({ detail }) => {
    const card = detail.sent && document.querySelector(`[data-stored][data-id="${CSS.escape(detail.sent)}"]`);
    if (!card) return;
    for (const part of card.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== detail.state;
    const link = card.querySelector("[data-open]");
    if (detail.url) { link.href = detail.url; link.hidden = false; }
  });

  // Neither the server nor the tablet can take it: the form stays as it is.
  function refuse(form) {
    delete form.dataset.sent;
    const said = form.querySelector("[data-not-stored]");
    said.hidden = false;
    said.focus();
  }
})();
