"use strict";
// What is being typed is kept on this tablet, sealed with a key of its own, for a day: a reload, an update or a flat battery
// costs nothing. It is thrown away when the entry is saved or the worker signs out.
self.gridapp ??= {};

gridapp.drafts = (() => {
  const { store } = gridapp;
  const DAY = 24 * 3600_000;
  const PAUSE = 300;
  let timer = 0;
  let watched = null;
  let writing = Promise.resolve();

  const idOf = (form) => form.elements.namedItem("entry_id")?.value;
  const pathOf = (form) => new URL(form.getAttribute("action") ?? location.href, location.href).pathname;

  async function seal(id, content) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const how = { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(id) };
    return { iv, sealed: await crypto.subtle.encrypt(how, await store.deviceKey(), new TextEncoder().encode(JSON.stringify(content))) };
  }

  async function open(row) {
    const how = { name: "AES-GCM", iv: row.iv, additionalData: new TextEncoder().encode(row.id) };
    return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt(how, await store.deviceKey(), row.sealed)));
  }

  // `more`: {resume: true}: put back unasked when the form opens; {undo: true}: kept until it can't be taken back any more.
  async function put(id, path, content, more = {}) {
    const session = await gridapp.outbox.session();
    if (!session) return false; // nobody has signed in here: whose draft would it be?
    await store.put("drafts", { id, path, owner: session.user, at: Date.now(), ...more, ...(await seal(id, content)) });
    return true;
  }

  // The fields as typed, with what the form carries hidden; never the token.
  function read(form) {
    const hidden = [...form.querySelectorAll("input[type=hidden]")].filter((one) => one.name !== "csrfmiddlewaretoken");
    const shown = [...form.querySelectorAll("input:not([type=hidden]), textarea")].filter((one) => one.name);
    const values = shown.filter((one) => (/radio|checkbox/.test(one.type) ? one.checked : one.value !== ""));
    const pairs = (controls) => controls.map((one) => [one.name, one.value]);
    return { hidden: pairs(hidden), values: pairs(values), place: document.querySelector("#place b")?.textContent ?? "", family: form.dataset.family };
  }

  // Nothing typed is no draft: a place alone is chosen again in three taps, and an offer that means nothing is in the way.
  function touched(form) {
    const differs = (one) => (/radio|checkbox/.test(one.type) ? one.checked !== one.defaultChecked : one.value !== one.defaultValue);
    return form.hasAttribute("data-typed") || [...form.querySelectorAll("[data-field] :is(input, textarea)")].some((one) => one.name && differs(one));
  }

  async function save(form, more = {}) {
    if (!form.isConnected || form.dataset.sent || !touched(form)) return;
    if (await put(idOf(form), pathOf(form), read(form), more)) say(form);
  }

  function say(form) {
    const said = form.querySelector("[data-draft-kept]");
    if (!said) return;
    said.hidden = false;
    said.querySelector("time").textContent = new Date().toTimeString().slice(0, 5);
  }

  function changed() {
    clearTimeout(timer);
    timer = setTimeout(() => { writing = save(watched).catch(() => undefined); }, PAUSE);
  }

  // After this nothing of the form is written any more: an old timer must not bring back a draft of what was sent.
  async function drop(id) {
    clearTimeout(timer);
    await writing;
    await store.remove("drafts", id);
  }

  // --- offered again ------------------------------------------------------------------------------------------------------
  async function latest(form) {
    const session = await gridapp.outbox.session();
    const rows = await store.all("drafts");
    const mine = rows.filter((row) => !row.undo && row.owner === session?.user && row.path === pathOf(form) && Date.now() - row.at <= DAY);
    return mine.filter((row) => row.id !== idOf(form) || row.resume).sort((one, other) => other.at - one.at)[0];
  }

  function restore(form, content) {
    for (const one of form.querySelectorAll("input[type=hidden]:not([name=csrfmiddlewaretoken])")) one.remove();
    for (const [name, value] of content.hidden) form.prepend(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    const values = content.values.reduce((found, [name, value]) => found.set(name, [...(found.get(name) ?? []), value]), new Map());
    for (const one of form.querySelectorAll("input:not([type=hidden]), textarea")) {
      if (!one.name) continue;
      const wanted = values.get(one.name) ?? [];
      if (/radio|checkbox/.test(one.type)) one.checked = wanted.includes(one.value) || (!wanted.length && one.defaultChecked);
      else one.value = wanted[0] ?? "";
    }
    if (content.family) form.dataset.family = content.family;
    const place = document.querySelector("#place span");
    if (content.place && place) {
      const named = place.querySelector("b") ?? place.appendChild(document.createElement("b"));
      named.textContent = content.place;
    }
    form.dispatchEvent(new CustomEvent("restored", { bubbles: true }));
    form.dispatchEvent(new Event("change", { bubbles: true })); // asks anew which fields are wanted
  }

  async function offer(form) {
    const row = form.hasAttribute("data-typed") ? undefined : await latest(form);
    if (!row) return;
    const content = await open(row).catch(() => undefined); // the key went with a wipe
    if (!content) return store.remove("drafts", row.id);
    if (row.resume) {
      await store.remove("drafts", row.id); // once, and not whenever a form is opened from now on
      return restore(form, content);
    }
    const box = form.querySelector("[data-draft]");
    const name = content.values.find(([field]) => field === "name")?.[1] ?? "";
    box.querySelector("[data-label]").textContent = [name && `${[...name][0]}**`, content.place.split(" ")[0]].filter(Boolean).join(" · ");
    box.querySelector("time").textContent = new Date(row.at).toTimeString().slice(0, 5);
    box.hidden = false;
    box.querySelector("[data-again]").onclick = () => { box.hidden = true; restore(form, content); };
    box.querySelector("[data-anew]").onclick = () => { box.hidden = true; store.remove("drafts", row.id); };
  }

  async function watch() {
    const form = document.querySelector("form[data-entry]");
    if (!form || !gridapp.able || form === watched) return;
    watched = form;
    form.addEventListener("input", changed);
    form.addEventListener("change", changed);
    form.addEventListener("submit", () => clearTimeout(timer));
    await offer(form);
    form.dataset.watched = "";
    if (form.hasAttribute("data-typed")) changed();
  }

  // An update reloads the page: what stands in the form is back in it afterwards, unasked.
  async function beforeReload() {
    clearTimeout(timer);
    if (watched?.isConnected && !watched.dataset.sent && (await store.get("drafts", idOf(watched)))) await save(watched, { resume: true });
  }

  // The next person of the same home, entered without the net. What is still on its way is named by the id of its entry.
  async function nextOf(form, place) {
    const carried = form.dataset.kind === "housing" ? [["housing", idOf(form)]]
      : [["housing", form.elements.namedItem("housing")?.value ?? ""], ["after", idOf(form)]];
    const id = crypto.randomUUID();
    const before = (await gridapp.kinship?.family(form)) ?? [];
    const family = before.length ? JSON.stringify(before) : undefined;
    return put(id, "/entries/new/resident/", { hidden: [["entry_id", id], ...carried], values: [], place, family }, { resume: true });
  }

  // Saved, but it can still be taken back: what was typed stays readable here as long as that.
  async function keepBack(form) {
    clearTimeout(timer);
    await writing;
    await put(idOf(form), pathOf(form), read(form), { undo: true });
  }

  // Taken back: it opens again as it was typed.
  async function reopen(id) {
    const { undo, ...row } = (await store.get("drafts", id)) ?? {};
    if (undo) await store.put("drafts", { ...row, at: Date.now(), resume: true });
  }

  async function purge() {
    for (const row of await store.all("drafts")) {
      const sealed = row.undo && (await store.get("outbox", row.id));
      if (Date.now() - row.at > DAY || (row.undo && !(sealed && gridapp.outbox.isHeld(sealed)))) await store.remove("drafts", row.id);
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (!gridapp.able) return;
    purge().catch(() => undefined); // where nothing can be kept there is nothing to throw away
    watch();
  });
  addEventListener("outbox", ({ detail }) => detail.sent && store.remove("drafts", detail.sent));
  document.addEventListener("taken", () => watch());
  return { drop, beforeReload, nextOf, keepBack, reopen };
})();
