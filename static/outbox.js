"use strict";
// The outbox: finished entries, sealed for the server, kept until the server says by their own id that it has them.
// Shared by pages and the service worker. One of them sends at a time, whatever woke it.
self.gridapp ??= {};

gridapp.outbox = (() => {
  const store = gridapp.store;
  const PATIENCE = 30_000;
  const channel = new BroadcastChannel("gridapp");
  const tell = (detail) => self.dispatchEvent(new CustomEvent("outbox", { detail }));
  channel.onmessage = (event) => tell(event.data);
  // a channel does not speak to the one who posts
  const announce = (detail) => { channel.postMessage(detail); tell(detail); };

  // --- sealing: only the server can open what lies here -----------------------------------------------------------------
  const base64 = (bytes) => btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(""));
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

  async function seal(id, content, key) {
    const text = new TextEncoder();
    const open = await crypto.subtle.importKey("spki", bytes(key.spki), { name: "RSA-OAEP", hash: "SHA-256" }, false, ["wrapKey"]);
    const once = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt"]);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const how = { name: "AES-GCM", iv, additionalData: text.encode(id) };
    const sealed = await crypto.subtle.encrypt(how, once, text.encode(JSON.stringify(content)));
    const wrapped = await crypto.subtle.wrapKey("raw", once, open, { name: "RSA-OAEP" });
    return { key: key.id, wrapped: base64(wrapped), iv: base64(iv), sealed: base64(sealed) };
  }

  // `content`: {path, form, made_at}. `label`: masked, all that can be read here. Written before anything is sent.
  async function add(id, content, label, session) {
    const row = { id, owner: session.user, label, made_at: content.made_at, ...(await seal(id, content, session.key)) };
    await store.put("outbox", row);
    announce({ waits: id });
  }

  async function remove(id) {
    await store.remove("outbox", id);
    announce({ gone: id });
  }

  // Whose entries are made here; undefined where the tablet does not know yet that this page is somebody else's.
  async function session() {
    const known = await store.kept("session");
    const owner = self.document?.body.dataset.owner;
    return known && (!owner || owner === known.user) ? known : undefined;
  }

  const oldestFirst = (rows) => rows.sort((one, other) => Date.parse(one.made_at) - Date.parse(other.made_at));
  const all = async () => oldestFirst(await store.all("outbox"));

  // While one page sends an entry itself, nobody else sends the same; a page that dies lets go by itself.
  const holding = (id, act) => navigator.locks.request(`item:${id}`, act);

  // --- asking the server --------------------------------------------------------------------------------------------------
  async function ours(url, options) {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), PATIENCE);
    const told = { cache: "no-store", credentials: "same-origin", redirect: "error", signal: limit.signal, ...options };
    try {
      const answer = await fetch(url, { ...told, headers: { Accept: "application/json", ...options.headers } });
      const isJson = (answer.headers.get("Content-Type") ?? "").includes("json");
      return { status: answer.status, after: Number(answer.headers.get("Retry-After")) || 0, said: isJson ? await answer.json() : {} };
    } finally {
      clearTimeout(timer);
    }
  }

  // Who is signed in here, with a fresh token. Throws where what answers is not our server, such as the page of a hotspot.
  async function ask(signal) {
    const waiting = await all();
    const seconds = waiting.length ? Math.max(0, Math.round((Date.now() - Date.parse(waiting[0].made_at)) / 1000)) : 0;
    const headers = { "X-Device": await store.device(), "X-Waiting": String(waiting.length), "X-Oldest": String(seconds) };
    const { status, said } = await ours("/session/", signal ? { headers, signal } : { headers });
    if (status === 401 && said.ok === false) return { state: "signed_out" };
    if (status !== 200 || said.ok !== true) throw new Error(`not our answer: ${status}`);
    if (said.wipe) {
      await store.wipe();
      announce({ wiped: true });
      return { state: "wiped" };
    }
    const before = await store.kept("session");
    if (before && before.user !== said.user) for (const name of ["places", "places_at", "rules", "rules_at", "lock"]) await store.forget(name);
    const { csrf, ok, ...session } = said; // the token is never kept
    await store.keep("session", session);
    return { state: "signed_in", csrf, ...session };
  }

  // --- sending ------------------------------------------------------------------------------------------------------------
  function post(row, csrf) {
    const { id, owner, key, wrapped, iv, sealed } = row;
    const headers = { "Content-Type": "application/json", "X-CSRFToken": csrf };
    return ours("/outbox/", { method: "POST", headers, body: JSON.stringify({ id, owner, key, wrapped, iv, sealed }) });
  }

  // "next" goes on with the others; anything else ends this round. Only the own id, said back, takes an entry out.
  async function send(row, session, again = true) {
    const { status, said, after } = await post(row, session.csrf);
    if (status < 300 && said.ok === true && String(said.id).toLowerCase() === row.id.toLowerCase()) {
      await store.remove("outbox", row.id);
      announce({ sent: row.id, state: said.state, url: said.url });
      return "next";
    }
    if (status === 401) return "signed_out";
    if (status === 403 && said.reason === "csrf" && again) {
      const fresh = await ask();
      return fresh.state === "signed_in" ? send(row, fresh, false) : fresh.state;
    }
    if ([400, 403, 413].includes(status) && said.ok === false && said.reason) {
      await store.put("outbox", { ...row, problem: said.reason });
      return "next";
    }
    throw Object.assign(new Error(`answered ${status}`), { after, broke: status === 500 });
  }

  async function round(session, everything) {
    const tried = new Set();
    let broke; // one entry that the server breaks over does not keep the others here
    for (;;) {
      const mine = (await all()).filter((row) => row.owner === session.user && !tried.has(row.id) && (everything || !row.problem));
      if (!mine.length && broke) throw broke;
      if (!mine.length) return "done";
      tried.add(mine[0].id);
      const went = await navigator.locks.request(`item:${mine[0].id}`, { ifAvailable: true }, async (lock) => {
        const row = lock && (await store.get("outbox", mine[0].id)); // gone meanwhile: the page that held it has sent it
        return row ? send(row, session) : "next";
      }).catch((trouble) => {
        if (!trouble.broke) throw trouble;
        broke = trouble;
        return "next";
      });
      if (went !== "next") return went;
    }
  }

  // Sends what waits. `everything`: also what was refused before. Answers {state, left, after}; state: done, offline,
  // signed_out, wiped or busy (somebody else is sending).
  function flush({ everything = false } = {}) {
    return navigator.locks.request("flush", { ifAvailable: true }, async (lock) => {
      if (!lock) return { state: "busy", left: (await all()).length };
      let state = "done";
      let after = 0;
      try {
        if ((await all()).length) {
          const session = await ask();
          state = session.state === "signed_in" ? await round(session, everything) : session.state;
        }
      } catch (trouble) {
        state = "offline";
        after = trouble.after ?? 0;
      }
      const left = state === "wiped" ? 0 : (await all()).length;
      announce({ flushed: state, left });
      return { state, left, after };
    });
  }

  return { add, remove, all, holding, session, ask, flush };
})();
