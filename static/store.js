"use strict";
// What this tablet keeps in IndexedDB: sealed entries that wait to be sent, drafts, and reference data without residents.
// Pages and the service worker share it. A later version adds stores and never drops one: they hold what was not sent yet.
self.gridapp ??= {};

gridapp.store = (() => {
  const NAME = "gridapp";
  const STORES = { outbox: "id", drafts: "id", kept: "name" };
  const LASTING = ["device", "language", "sign_out_due", "signing_key"]; // of the tablet itself, not of whoever works on it
  let opened = null;
  let left = false; // somebody has gone: what is still on its way here is not kept any more

  function open() {
    return (opened ??= new Promise((done, failed) => {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => {
        for (const [name, keyPath] of Object.entries(STORES))
          if (!request.result.objectStoreNames.contains(name)) request.result.createObjectStore(name, { keyPath });
      };
      request.onsuccess = () => {
        const forget = () => { request.result.close(); opened = null; };
        request.result.onversionchange = forget; // another page wipes: it must not wait for this one
        request.result.onclose = forget;
        done(request.result);
      };
      request.onerror = () => { opened = null; failed(request.error); };
    }));
  }

  // Signing out has the browser clear what it keeps: it closes the database under us, may refuse to open it while it is at
  // it, and ends what was being read. Then it is asked once more, of a database that is new.
  async function patiently(ask) {
    for (let tries = 3; ; tries -= 1) {
      try {
        return await ask(await open());
      } catch (trouble) {
        if (!tries || !["InvalidStateError", "AbortError"].includes(trouble.name)) throw trouble;
        opened = null;
      }
    }
  }

  const answered = (request) => new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });

  // "strict": it is on the disk, not only in a buffer, when this resolves. A flat battery loses nothing after that.
  async function write(name, act) {
    const transaction = await patiently((database) => database.transaction(name, "readwrite", { durability: "strict" }));
    act(transaction.objectStore(name));
    return new Promise((done, failed) => {
      transaction.oncomplete = () => done();
      transaction.onabort = () => failed(transaction.error);
    });
  }

  const read = (name, ask) => patiently((database) => answered(ask(database.transaction(name).objectStore(name))));
  const all = (name) => read(name, (rows) => rows.getAll());
  const get = (name, key) => read(name, (rows) => rows.get(key));
  const isLate = (name, row) => left && (name === "drafts" || (name === "kept" && !LASTING.includes(row.name)));
  const put = async (name, row) => { if (!isLate(name, row)) await write(name, (rows) => rows.put(row)); };
  const remove = (name, key) => write(name, (rows) => rows.delete(key));
  const clear = (name) => write(name, (rows) => rows.clear());

  // Reference data and settings by name: rules, places, session, device, lock. Undefined where there is none.
  const kept = async (name) => (await get("kept", name))?.value;
  const keep = (name, value) => put("kept", { name, value });
  const forget = (name) => remove("kept", name);

  // Made once by the tablet, so that an office can see how much waits on it and report it lost.
  async function device() {
    const known = await kept("device");
    if (known) return known;
    const made = crypto.randomUUID();
    await keep("device", made);
    return made;
  }

  // For drafts: it cannot be read out by a script, but lies in the same folder. What must stay unreadable is sealed for the server.
  async function deviceKey() {
    const known = await kept("device_key");
    if (known) return known;
    const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    await keep("device_key", made);
    return made;
  }

  // The key that this tablet signs with where the office binds tablets: made once, and it cannot be read out.
  const signingKey = () => kept("signing_key");

  async function publicKey() {
    let pair = await signingKey();
    if (!pair) {
      pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
      await keep("signing_key", pair);
    }
    return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey))));
  }

  // `<seconds>.<signature>` over tablet, time, digest of the body and token; undefined where the tablet has no key.
  async function proof(body, token, name) {
    const pair = await signingKey();
    if (!pair) return undefined;
    const text = new TextEncoder();
    const at = String(Math.floor(Date.now() / 1000));
    const digest = Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", text.encode(body))), (byte) => byte.toString(16).padStart(2, "0")).join("");
    const said = text.encode([name, at, digest, token].join("\n"));
    const signed = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, said);
    return `${at}.${btoa(String.fromCharCode(...new Uint8Array(signed)))}`;
  }

  // Everything of `owner` goes, and all reference data; sealed entries of others stay, and of the owner where `spared`.
  async function leave(owner, spared) {
    left = true;
    await clear("drafts");
    for (const row of await all("outbox")) if (row.owner === owner && !spared) await remove("outbox", row.id);
    for (const row of await all("kept")) if (!["device", "signing_key"].includes(row.name)) await remove("kept", row.name);
  }

  // Everything goes: the database, the pages kept, the service worker. Only the tablet's own name stays, by which the
  // office knows it, and knows it again when it was reported lost.
  async function wipe() {
    left = true;
    const name = await device();
    await erase();
    await keep("device", name);
  }

  async function erase() {
    if (opened) (await opened).close();
    opened = null;
    await new Promise((done) => {
      const request = indexedDB.deleteDatabase(NAME);
      request.onsuccess = request.onerror = request.onblocked = () => done();
    });
    for (const one of await caches.keys()) await caches.delete(one);
    const workers = self.navigator.serviceWorker ? await navigator.serviceWorker.getRegistrations() : [self.registration];
    for (const one of workers) await one?.unregister();
  }

  return { all, get, put, remove, clear, kept, keep, forget, device, deviceKey, signingKey, publicKey, proof, leave, wipe };
})();
