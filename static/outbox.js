"use strict";
// The outbox: finished entries, sealed for the server, kept until the server says by their own id that it has them.
// Shared by pages and the service worker. One of them sends at a time, whatever woke it.
self.gridapp ??= {};

gridapp.outbox = (() => {
  const store = gridapp.store;
  const PATIENCE = 30_000;
  const PATIENCE_PHOTO = 120_000; // half a megabyte at the edge of a cell
  const DAY = 24 * 3600_000;
  const OLD_SENDER = "parts"; // a service worker from before there were photos tried to send the form alone
  const channel = new BroadcastChannel("gridapp");
  const tell = (detail) => self.dispatchEvent(new CustomEvent("outbox", { detail }));
  channel.onmessage = (event) => tell(event.data);
  // a channel does not speak to the one who posts
  const announce = (detail) => { channel.postMessage(detail); tell(detail); };

  // --- sealing: only the server can open what lies here -----------------------------------------------------------------
  const base64 = (bytes) => btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(""));
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

  async function seal(binding, content, key) {
    const text = new TextEncoder();
    const open = await crypto.subtle.importKey("spki", bytes(key.spki), { name: "RSA-OAEP", hash: "SHA-256" }, false, ["wrapKey"]);
    const once = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt"]);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const how = { name: "AES-GCM", iv, additionalData: text.encode(binding) };
    const sealed = await crypto.subtle.encrypt(how, once, content);
    const wrapped = await crypto.subtle.wrapKey("raw", once, open, { name: "RSA-OAEP" });
    return { key: key.id, wrapped: base64(wrapped), iv: base64(iv), sealed };
  }

  // `content`: {path, form, made_at}. `label`: masked, all that can be read here. `photos`: files that belong to the form,
  // each sealed by itself, in the row of the form: they are written and go together. Written before anything is sent.
  async function add(id, content, label, session, photos = []) {
    const parts = [];
    for (const [place, photo] of photos.entries()) {
      const { sealed, ...how } = await seal(`${id}/${place + 1}`, await photo.arrayBuffer(), session.key);
      parts.push({ ...how, sealed: new Blob([sealed]) }); // a blob is read from the disk when it is sent, not with the list
    }
    const whole = new TextEncoder().encode(JSON.stringify(parts.length ? { ...content, parts: parts.length } : content));
    const { sealed, ...how } = await seal(id, whole, session.key);
    const row = { id, owner: session.user, label, made_at: content.made_at, ...how, sealed: base64(sealed) };
    await store.put("outbox", parts.length ? { ...row, parts } : row);
    announce({ waits: id });
  }

  async function remove(id) {
    await store.remove("outbox", id);
    announce({ gone: id });
  }

  // --- held back: what was just saved can be taken back for some seconds and is not sent before --------------------------
  const LONGEST_HOLD = 60_000; // a clock that is put back holds nothing for hours
  const restOf = (row) => (row.held_until - Date.now() <= LONGEST_HOLD ? Math.max(0, row.held_until - Date.now()) : 0);
  const isHeld = (row) => row.held_until !== undefined && restOf(row) > 0;
  const held = async (owner) => (await all()).find((row) => row.owner === owner && isHeld(row));

  // Only the newest can be taken back: what was saved before it goes first, so nothing ever waits for what is taken back.
  // `reopened`: the address at which its form opens again.
  async function hold(id, seconds, reopened) {
    for (const row of await all()) if (row.id !== id && row.held_until !== undefined) await release(row.id);
    const row = await store.get("outbox", id);
    await store.put("outbox", { ...row, held_until: Date.now() + seconds * 1000, reopened });
    announce({ held: id });
  }

  // From here on it may be sent. What was typed is not readable on the tablet any more.
  async function release(id) {
    const row = await store.get("outbox", id);
    if (!row || row.held_until === undefined) return row;
    const { held_until, reopened, ...free } = row;
    await store.put("outbox", free);
    await store.remove("drafts", id);
    announce({ released: id });
    return free;
  }

  // The entry as it lay here, now out of the outbox; undefined where it is on its way or gone.
  function takeBack(id) {
    return navigator.locks.request(`item:${id}`, { ifAvailable: true }, async (lock) => {
      const row = lock && (await store.get("outbox", id));
      if (!row || row.held_until === undefined) return undefined;
      await remove(id);
      return row;
    });
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
  async function ours(url, options, patience = PATIENCE) {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), patience);
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
      if (said.hand_in && (await handIn(said.device))) return { state: "wiped" }; // the rest next time, as long as it is let
      await store.wipe().catch(() => undefined); // the answer has the browser clear it all, too, and it may be at it
      announce({ wiped: true });
      return { state: "wiped" };
    }
    const before = await store.kept("session");
    if (before && before.user !== said.user) for (const name of ["places", "places_at", "rules", "rules_at", "divisions_at", "lock"]) await store.forget(name);
    const { csrf, ok, ...session } = said; // the token is never kept
    await store.keep("session", session);
    return { state: "signed_in", csrf, ...session };
  }

  // --- sending ------------------------------------------------------------------------------------------------------------
  const heard = ({ status, said }, id, part) =>
    status < 300 && said.ok === true && String(said.id).toLowerCase() === id.toLowerCase() && said.part === part;

  async function hand(url, method, csrf, told, patience, device) {
    const body = JSON.stringify(told);
    const signed = await store.proof(body, csrf, device ?? (await store.kept("session"))?.device);
    const headers = { "Content-Type": "application/json", "X-CSRFToken": csrf, ...(signed && { "X-Signed": signed }) };
    return ours(url, { method, headers, body }, patience);
  }

  // This tablet was reported lost: drafts go, and what waits goes to the office sealed as it is. Says how much is left.
  async function handIn(device) {
    await store.clear("drafts");
    for (const row of await all()) {
      const { id, owner, key, wrapped, iv, sealed } = row;
      const parts = (row.parts ?? []).map(async (one, place) => ({ id, owner, part: place + 1, key: one.key, wrapped: one.wrapped, iv: one.iv, sealed: base64(await one.sealed.arrayBuffer()) }));
      let came = true;
      for (const told of [...(await Promise.all(parts)), { id, owner, key, wrapped, iv, sealed }])
        came &&= heard(await hand("/outbox/held/", "POST", "", told, PATIENCE_PHOTO, device), id, told.part);
      if (came) await store.remove("outbox", id);
    }
    return (await all()).length;
  }

  // The photos of a form that the server does not have yet; an answer where one was not taken. It forgets them after some
  // days, so one of yesterday goes once more. One that this tablet cannot read any more stays behind: the form says so.
  async function photos(row, csrf) {
    for (const [place, one] of (row.parts ?? []).entries()) {
      const number = place + 1;
      const content = one.sent_at > Date.now() - DAY ? undefined : await one.sealed.arrayBuffer().catch(() => undefined);
      if (!content) continue;
      const { key, wrapped, iv } = one;
      const told = { id: row.id, part: number, owner: row.owner, key, wrapped, iv, sealed: base64(content) };
      const answer = await hand(`/outbox/${row.id}/photos/${number}/`, "PUT", csrf, told, PATIENCE_PHOTO);
      if (!heard(answer, row.id, number)) return answer;
      one.sent_at = Date.now();
      if (await store.get("outbox", row.id)) await store.put("outbox", row); // its worker may have deleted it meanwhile
    }
    return undefined;
  }

  function post(row, csrf) {
    const { id, owner, key, wrapped, iv, sealed } = row;
    return hand("/outbox/", "POST", csrf, { id, owner, key, wrapped, iv, sealed, ...(row.parts && { parts: row.parts.length }) });
  }

  // "next" goes on with the others; anything else ends this round. Only the own id, said back, takes an entry out.
  async function send(row, session, again = true) {
    const answer = (await photos(row, session.csrf)) ?? (await post(row, session.csrf));
    const { status, said, after } = answer;
    if (heard(answer, row.id)) {
      await store.remove("outbox", row.id);
      announce({ sent: row.id, state: said.state, url: said.url });
      return "next";
    }
    if (status === 401) return "signed_out";
    if (status === 403 && said.reason === "csrf" && again) {
      const fresh = await ask();
      return fresh.state === "signed_in" ? send(row, fresh, false) : fresh.state;
    }
    if ([400, 403, 409, 413].includes(status) && said.ok === false && said.reason) {
      await store.put("outbox", { ...row, problem: said.reason });
      return "next";
    }
    throw Object.assign(new Error(`answered ${status}`), { after, broke: status === 500 });
  }

  const isDue = (row, everything) => everything || ((!row.problem || row.problem === OLD_SENDER) && !isHeld(row));

  async function round(session, everything) {
    const tried = new Set();
    let broke; // one entry that the server breaks over does not keep the others here
    for (;;) {
      const mine = (await all()).filter((row) => row.owner === session.user && !tried.has(row.id) && isDue(row, everything));
      if (!mine.length && broke) throw broke;
      if (!mine.length) return "done";
      tried.add(mine[0].id);
      const went = await navigator.locks.request(`item:${mine[0].id}`, { ifAvailable: true }, async (lock) => {
        const row = lock && (await release(mine[0].id)); // gone meanwhile: the page that held it has sent it
        return row ? send(row, session) : "next";
      }).catch((trouble) => {
        if (!trouble.broke) throw trouble;
        broke = trouble;
        return "next";
      });
      if (went !== "next") return went;
    }
  }

  // Sends what waits. `everything`: also what was refused before, or is held back. Answers {state, left, held, after}; state:
  // done, offline, signed_out, wiped or busy (somebody else is sending); held: milliseconds until more may be sent.
  function flush({ everything = false } = {}) {
    return navigator.locks.request("flush", { ifAvailable: true }, async (lock) => {
      if (!lock) return { state: "busy", ...(await rest()) };
      let state = "done";
      let after = 0;
      try {
        if ((await all()).some((row) => everything || !isHeld(row))) {
          const session = await ask();
          state = session.state === "signed_in" ? await round(session, everything) : session.state;
        }
      } catch (trouble) {
        state = "offline";
        after = trouble.after ?? 0;
      }
      const { left, held } = state === "wiped" ? { left: 0, held: 0 } : await rest();
      announce({ flushed: state, left });
      return { state, left, held, after };
    });
  }

  async function rest() {
    const rows = await all();
    return { left: rows.length, held: Math.max(0, ...rows.filter(isHeld).map(restOf)) };
  }

  return { base64, add, remove, all, holding, session, ask, flush, hold, held, isHeld, release, takeBack };
})();
