"use strict";
// What this tablet and its browser can do, tried out one by one.

(() => {
  const SPARED = new Set(["persisted", "sync", "camera"]);

  const tried = {
    secure: async () => [self.isSecureContext, location.protocol],
    engine: async () => {
      const version = Number(/Chrome\/(\d+)/.exec(navigator.userAgent)?.[1] ?? 0);
      return [version >= 99, String(version || navigator.userAgent)];
    },
    worker: async () => [Boolean((await navigator.serviceWorker.getRegistration())?.active ?? (await within(navigator.serviceWorker.ready)))],
    database: async () => {
      await gridapp.store.keep("diag", Date.now());
      await gridapp.store.forget("diag");
      const { quota = 0 } = await navigator.storage.estimate();
      return [true, `${Math.round(quota / 1e6)} MB`];
    },
    sealing: async () => {
      const began = performance.now();
      const pair = { name: "RSA-OAEP", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };
      const { publicKey } = await crypto.subtle.generateKey(pair, false, ["encrypt", "decrypt"]);
      await crypto.subtle.encrypt({ name: "RSA-OAEP" }, publicKey, new Uint8Array(32));
      return [true, `${Math.round(performance.now() - began)} ms`];
    },
    locks: async () => [Boolean(await navigator.locks.request("diag", () => true))],
    server: async () => {
      const began = performance.now();
      const answer = await fetch("/session/", { cache: "no-store", redirect: "error" });
      return [typeof (await answer.json()).ok === "boolean", `${Math.round(performance.now() - began)} ms`];
    },
    persisted: async () => [await navigator.storage.persisted()],
    sync: async () => ["SyncManager" in self],
    camera: async () => [(await navigator.mediaDevices.enumerateDevices()).some((one) => one.kind === "videoinput")],
  };

  const within = (promise) => Promise.race([promise, new Promise((done) => setTimeout(done, 5000))]);

  async function look(line) {
    const name = line.dataset.check;
    const [works, detail = ""] = await tried[name]().catch((trouble) => [false, trouble.message]); // what is missing is what is asked
    line.querySelector("[data-detail]").textContent = detail;
    const answer = works ? "yes" : SPARED.has(name) ? "spared" : "no";
    for (const tag of line.querySelectorAll("[data-when]")) tag.hidden = tag.dataset.when !== answer;
    return [name, [answer, detail]];
  }

  // For the office, which sees there which tablets can't work without signal. Nobody signed in, nobody told.
  async function report(found) {
    const session = await gridapp.outbox.ask();
    if (session.state !== "signed_in") return;
    const headers = { "Content-Type": "application/json", "X-CSRFToken": session.csrf, "X-Device": await gridapp.store.device() };
    const how = { method: "POST", headers, redirect: "error", body: JSON.stringify({ checks: Object.fromEntries(found) }) };
    const answer = await fetch("/diag/report/", how);
    document.querySelector("[data-reported]").hidden = !answer.ok;
  }

  document.addEventListener("DOMContentLoaded", async () => {
    const list = document.querySelector("[data-diag]");
    const found = await Promise.all([...list.querySelectorAll("[data-check]")].map(look));
    list.removeAttribute("aria-busy");
    if (gridapp.able) report(found).catch(() => undefined); // without signal it is told another time
  });
})();
