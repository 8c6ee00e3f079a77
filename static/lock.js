"use strict";
// A number that opens the screen again after some minutes without a touch. It keeps a curious eye off, no more: what is on
// the tablet is protected by being sealed for the server and by the tablet's own encryption.

(() => {
  const { store } = gridapp;
  const ROUNDS = 600_000;
  const TRIES = 5;
  const found = document.getElementById("lock");
  if (!gridapp.able || !found) return;
  const minutes = Number(found.dataset.minutes);
  let touched = Date.now();
  let open = null;

  const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

  async function hash(pin, salt) {
    const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveBits"]);
    return hex(await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS }, key, 256));
  }

  async function lock() {
    const known = await store.kept("lock");
    if (!known || open) return;
    await store.keep("lock", { ...known, locked: true });
    show();
  }

  function show() {
    open = gridapp.tablet.template("lock");
    const field = open.querySelector("input");
    open.addEventListener("cancel", (event) => event.preventDefault()); // Escape and the back gesture open nothing
    open.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      tried(field.value).finally(() => { field.value = ""; });
    });
    document.body.append(open);
    open.showModal();
    field.focus();
  }

  async function tried(pin) {
    const known = await store.kept("lock");
    if (known && (await hash(pin, known.salt)) !== known.hash) return wrong(known);
    if (known) await store.keep("lock", { ...known, locked: false, wrong: 0 });
    touched = Date.now();
    open.close();
    open.remove();
    open = null;
  }

  async function wrong(known) {
    const times = (known.wrong ?? 0) + 1;
    await store.keep("lock", { ...known, wrong: times });
    open.querySelector("[data-wrong]").hidden = false;
    open.querySelector("[data-left]").textContent = TRIES - times;
    if (times >= TRIES) await gridapp.tablet.expel();
  }

  const touch = () => { touched = Date.now(); };
  for (const kind of ["pointerdown", "keydown", "input"]) addEventListener(kind, touch, { capture: true, passive: true });
  const idle = () => { if (Date.now() - touched >= minutes * 60_000) lock(); };
  setInterval(idle, 15_000);
  document.addEventListener("visibilitychange", () => !document.hidden && idle()); // timers sleep with the tablet

  // --- chosen on the page about this tablet ---------------------------------------------------------------------------------
  document.addEventListener("submit", async (event) => {
    if (!event.target.matches("[data-pin]")) return;
    event.preventDefault();
    const form = event.target;
    const [pin, same] = [...form.querySelectorAll("input")].map((one) => one.value);
    const fits = /^\d{4,6}$/.test(pin) && pin === same;
    form.querySelector("[data-unfit]").hidden = fits;
    form.querySelector("[data-set]").hidden = true;
    if (!fits) return;
    const salt = crypto.getRandomValues(new Uint8Array(16));
    await store.keep("lock", { salt, hash: await hash(pin, salt), wrong: 0, locked: false });
    form.reset();
    form.querySelector("[data-set]").hidden = false; // now that it is
  });

  document.addEventListener("DOMContentLoaded", async () => {
    if ((await store.kept("lock").catch(() => undefined))?.locked) show();
  });
})();
