"use strict";
// The tablet as a whole: who is signed in, what waits to be sent and when that is tried, new versions, signing out, wiping.
self.gridapp ??= {};

gridapp.tablet = (() => {
  const { store, outbox } = gridapp;
  const DAY = 24 * 3600_000;
  const FRESH = { rules: DAY, places: DAY / 48, divisions: 30 * DAY }; // rooms come and go while people work
  const ADDRESSES = { rules: "/rules/", places: "/places/", divisions: "/divisions/kept/" };
  const FIRST = 1000;
  const LONGEST = 5 * 60_000;
  const LOOK = 10 * 60_000; // with nothing to send: whether this tablet was reported lost
  const part = (selector) => document.querySelector(selector);
  const template = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);
  const signedIn = () => Boolean(part("[data-sign-out]"));
  let pause = FIRST;
  let timer = 0;
  let state = "done";

  // --- sending --------------------------------------------------------------------------------------------------------------
  async function send(options) {
    clearTimeout(timer);
    const went = await outbox.flush(options);
    if (went.state === "done") pause = FIRST;
    const soon = ["offline", "busy"].includes(went.state); // whoever is busy sending may fail, and may be a page that goes
    const wait = soon ? Math.max(pause, (went.after ?? 0) * 1000) : went.left ? LONGEST : LOOK;
    if (went.state === "offline") pause = Math.min(pause * 2, LONGEST);
    clearTimeout(timer);
    timer = setTimeout(tick, wait * (0.8 + 0.4 * Math.random())); // not all tablets of a district at once
    return went;
  }

  function tick() {
    if (document.hidden) return; // visibilitychange wakes it
    send();
    if (!part("[data-strip]:not([hidden])") && signedIn()) outbox.ask().catch(() => undefined);
  }

  function now() {
    pause = FIRST;
    return send();
  }

  // The browser sends by itself when the net is back, even with no page of ours open, where it can do that.
  async function later() {
    const worker = await navigator.serviceWorker?.ready;
    await worker?.sync?.register("flush").catch(() => undefined);
  }

  // --- what waits, in sight on every page -------------------------------------------------------------------------------------
  async function draw() {
    const session = await outbox.session().catch(() => undefined);
    const rows = await outbox.all();
    const mine = rows.filter((row) => row.owner === session?.user);
    strip(...[rows, mine].map((some) => some.filter((row) => !outbox.isHeld(row)))); // the bar above says what is held
    for (const box of document.querySelectorAll("[data-outbox]")) box.replaceChildren(list(mine, rows.length - mine.length));
  }

  function strip(rows, mine) {
    const box = part("[data-strip]");
    box.hidden = !rows.length;
    const count = mine.length || rows.length;
    const old = rows.length && Date.now() - Date.parse(rows[0].made_at) > DAY;
    const kind = !mine.length ? "others" : old ? "old" : state === "signed_out" ? "signed-out" : mine.some((row) => row.problem) ? "stuck" : "waits";
    box.classList.toggle("warn", kind !== "waits");
    for (const one of box.querySelectorAll("[data-when]")) {
      one.hidden = one.dataset.when !== kind;
      for (const number of one.querySelectorAll("[data-count]")) number.textContent = count;
    }
    box.querySelector("[data-flush]").hidden = kind === "signed-out" || kind === "others";
    box.querySelector("[data-again-in]").hidden = kind !== "signed-out";
  }

  function list(mine, others) {
    const box = template("outbox-list");
    const rows = mine.map((row) => {
      const line = box.querySelector("[data-row]").content.firstElementChild.cloneNode(true);
      line.querySelector("[data-label]").textContent = row.label || row.id.slice(0, 8);
      line.querySelector("time").textContent = row.made_at.slice(5, 16).replace("T", " ");
      line.querySelector("time").dateTime = row.made_at;
      for (const one of line.querySelectorAll("[data-when]")) one.hidden = (one.dataset.when === "stuck") !== Boolean(row.problem);
      line.querySelector("[data-drop]").dataset.drop = row.id;
      return line;
    });
    box.querySelector("ul").replaceChildren(...rows);
    for (const one of box.querySelectorAll("ul, [data-any]")) one.hidden = !rows.length;
    box.querySelector("[data-none]").hidden = rows.length > 0;
    const foreign = box.querySelector("[data-others]");
    foreign.hidden = !others;
    foreign.querySelector("[data-count]").textContent = others;
    return box;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-flush], [data-drop]");
    if (!button || !gridapp.able) return;
    if (button.hasAttribute("data-flush")) return press(button);
    if (button.dataset.sure === undefined) { button.dataset.sure = ""; return; } // its words change, the second tap counts
    outbox.remove(button.dataset.drop);
  });

  async function press(button) {
    button.disabled = true;
    pause = FIRST;
    await send({ everything: true });
    button.disabled = false;
  }

  // --- who is here, and what the tablet keeps for the next day without the net ----------------------------------------------------
  async function start() {
    if (!gridapp.able) { document.documentElement.dataset.tablet = "plain"; return; }
    if (await owed()) return;
    if (!part("[data-shell]")) await store.keep("language", document.documentElement.lang === "en" ? "en" : "zh-hans");
    await draw();
    register();
    if (signedIn() || part("[data-shell]")) {
      greet();
      const session = await outbox.ask().catch(() => ({ state: "offline" }));
      if (session.state === "wiped") return;
      if (session.state === "signed_in") await refresh(session);
      navigator.storage?.persist?.();
    }
    if ((await outbox.all()).length) now();
    document.documentElement.dataset.tablet = "ready";
  }

  // A page kept on the tablet knows nobody; it says whose entries it makes.
  async function greet() {
    const who = part("[data-who]");
    if (who) who.textContent = (await store.kept("session"))?.name ?? "";
  }

  // Again when they are old and with every new version. Rules and places hold nothing about residents.
  async function refresh(session) {
    for (const name of session.enters ? Object.keys(FRESH) : []) {
      const at = await store.kept(`${name}_at`);
      if (at && at.version === session.version && at.language === session.language && Date.now() - at.when < FRESH[name]) continue;
      const answer = await fetch(ADDRESSES[name], { headers: { Accept: "application/json" }, redirect: "error" }).catch(() => undefined);
      if (!(answer?.headers.get("Content-Type") ?? "").includes("json") || !answer.ok) continue;
      await store.keep(name, await answer.json());
      await store.keep(`${name}_at`, { version: session.version, language: session.language, when: Date.now() });
    }
  }

  addEventListener("outbox", ({ detail }) => {
    if (detail.wiped) return wiped();
    if (detail.flushed) state = detail.flushed;
    if (detail.waits) later();
    draw();
  });
  addEventListener("online", () => gridapp.able && now());
  document.addEventListener("visibilitychange", () => !document.hidden && gridapp.able && now());

  // --- new versions ---------------------------------------------------------------------------------------------------------
  async function register() {
    const workers = navigator.serviceWorker;
    if (!workers) return;
    const offer = (worker) => {
      const box = part("[data-update]");
      box.hidden = false;
      box.querySelector("button").onclick = async () => {
        await gridapp.drafts.beforeReload();
        worker.addEventListener("statechange", () => worker.state === "activated" && location.reload());
        worker.postMessage("skip");
      };
    };
    const found = await workers.register("/sw.js", { scope: "/", updateViaCache: "none" }).catch(() => undefined);
    if (!found) return;
    if (found.waiting && found.active) offer(found.waiting);
    found.addEventListener("updatefound", () => {
      const worker = found.installing;
      worker.addEventListener("statechange", () => worker.state === "installed" && found.active && offer(worker));
    });
  }

  // --- judging without the server: most pages never need it, so it is fetched when a check first goes unanswered --------------
  let judging;

  function judges() {
    const made = (one) => Object.assign(document.createElement("script"), { src: one.getAttribute("src"), async: false });
    const wanted = gridapp.judge ? [] : [...(document.getElementById("judges")?.content.children ?? [])].map(made);
    const loaded = (script) => new Promise((done, failed) => { Object.assign(script, { onload: done, onerror: failed }); document.head.append(script); });
    return (judging ??= Promise.all(wanted.map(loaded)).catch(() => { judging = undefined; }));
  }

  document.addEventListener("unanswered", async ({ target }) => {
    if (!gridapp.able || gridapp.judge || !target.closest("form[data-entry]")) return;
    await judges();
    if (gridapp.judge) target.dispatchEvent(new CustomEvent("unanswered", { bubbles: true }));
  });

  // --- signing out --------------------------------------------------------------------------------------------------------------
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-sign-out]") || !gridapp.able || event.defaultPrevented) return;
    event.preventDefault();
    signOut(event.target);
  });

  async function signOut(form) {
    const session = await store.kept("session").catch(() => undefined);
    const left = async () => (await outbox.all()).filter((row) => row.owner === session?.user).length;
    if (await left()) await send({ everything: true });
    const number = await left();
    const wish = number ? await choice(number) : "leave";
    if (wish === "stay") return;
    await depart(form, session, wish === "keep");
  }

  function choice(number) {
    const box = template("leaving");
    box.querySelector("[data-count]").textContent = number;
    document.body.append(box);
    box.showModal();
    return new Promise((done) => box.addEventListener("close", () => {
      box.remove();
      done(box.returnValue || "stay");
    }));
  }

  // What the tablet keeps goes first: should the server not be reached, nothing of the worker is left here all the same.
  async function depart(form, session, spared) {
    const name = await store.device();
    await store.leave(session?.user, spared);
    const rest = (await outbox.all()).length || (await store.signingKey()); // the key stays, the rest of the worker goes
    const reached = await endSession(form, rest ? { "X-Keep": "1" } : {});
    const rid = async () => {
      if (reached && !rest) await store.wipe();
      await store.keep("device", name);
    };
    await (reached ? rid().catch(cleared) : rid());
    if (!reached) await store.keep("sign_out_due", true);
    location.assign("/login/");
  }

  // The server has told the browser to clear it all, which may be at it while we try: then there is nothing left to do.
  const cleared = () => undefined;

  function endSession(form, more) {
    const headers = { "X-Tablet": "1", "X-CSRFToken": form?.elements.csrfmiddlewaretoken.value ?? "", ...more };
    return fetch("/logout/", { method: "POST", headers, redirect: "error" }).then((answer) => answer.ok, () => false);
  }

  // Somebody signed out while there was no net: the server hears of it before anything else.
  async function owed() {
    const form = part("[data-sign-out]");
    if (!form || !(await store.kept("sign_out_due"))) return false;
    if (!(await endSession(form, { "X-Keep": "1" }))) return false;
    await store.forget("sign_out_due");
    location.replace("/login/");
    return true;
  }

  // Five wrong numbers: whoever it is signs in again. What waits stays sealed, the drafts are gone.
  async function expel() {
    const form = part("[data-sign-out]");
    const session = await store.kept("session");
    await store.leave(session?.user, true);
    if (!form || !(await endSession(form, { "X-Keep": "1" }))) await store.keep("sign_out_due", true);
    location.replace("/login/");
  }

  // The office reported this tablet lost.
  async function wiped() {
    const name = await store.device().catch(cleared);
    await endSession(part("[data-sign-out]"), {});
    if (name) await store.keep("device", name).catch(cleared);
    location.replace("/login/");
  }

  // a browser that lets us keep nothing: forms are posted as ever
  const without = () => { gridapp.able = false; document.documentElement.dataset.tablet = "plain"; };
  document.addEventListener("DOMContentLoaded", () => start().catch(without));
  return { send: now, template, expel, judges };
})();
