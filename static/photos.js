"use strict";
// A photo that a department asked for, at the record that it sent back: made small here, written down on the tablet, sealed,
// and only then sent. What the camera wrote beside the picture (where, when, with what) does not get through a canvas.
self.gridapp ??= {};

(() => {
  const { outbox } = gridapp;
  const LONGEST = 1600; // pixels: a signature is still read
  const MOST = 400 * 1024;
  const MOST_PAGES = 700 * 1024; // a scanned PDF as it is; with what is around it less than /outbox/ takes
  const QUALITIES = [0.8, 0.65, 0.5, 0.35];
  const PATIENCE = 20_000;
  const ASKING = 6000;
  const pathOf = (form) => new URL(form.action, location.href).pathname;
  const trouble = (kind) => Object.assign(new Error(kind), { kind });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !gridapp.able || !form.matches("[data-photo]")) return;
    const [file] = form.elements.file.files;
    if (!file) return; // the server says what is missing
    event.preventDefault();
    if (form.dataset.busy === undefined) save(form, file);
  });

  // --- making it small ------------------------------------------------------------------------------------------------------
  function draw(bitmap, longest) {
    const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const pen = canvas.getContext("2d");
    pen.imageSmoothingQuality = "high";
    pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return canvas;
  }

  // A JPEG of no more than MOST bytes: worse before smaller.
  async function smaller(photo) {
    const bitmap = await createImageBitmap(photo); // upright, as it was held
    try {
      for (let longest = LONGEST; longest > 100; longest *= 0.75) {
        const canvas = draw(bitmap, longest);
        for (const quality of QUALITIES) {
          const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
          if (made && made.size <= MOST) return made;
        }
      }
    } finally {
      bitmap.close();
    }
    throw trouble("unreadable");
  }

  async function prepared(file) {
    if (file.type !== "application/pdf") return smaller(file).catch(() => { throw trouble("unreadable"); });
    if (file.size > MOST_PAGES) throw trouble("large");
    return file;
  }

  // --- saving it ------------------------------------------------------------------------------------------------------------
  async function save(form, file) {
    form.dataset.busy = "";
    say(form, "busy");
    try {
      const session = await outbox.session();
      if (!session?.key) return form.submit();
      const photo = await prepared(file);
      const id = crypto.randomUUID();
      const said = new URLSearchParams({ entry_id: id, name: form.elements.namedItem("name").value });
      const content = { path: pathOf(form), form: String(said), made_at: gridapp.saving.now() };
      const label = [form.dataset.label, gridapp.saving.about()].filter(Boolean).join(" · ");
      const went = await outbox.holding(id, async () => {
        await outbox.add(id, content, label, session, [photo]);
        return send(form, id, photo);
      });
      await after[went.state](form, id, went);
    } catch (why) { // not to be read, or the tablet is full: with signal the server takes it as it is, or says what is wrong
      if (await reached()) return form.submit();
      say(form, why.kind ?? "full");
    } finally {
      delete form.dataset.busy;
    }
  }

  async function send(form, id, photo) {
    const sent = new FormData(form);
    sent.set("entry_id", id);
    sent.set("file", photo, "photo.jpg");
    const headers = { "X-Tablet": "1", "X-CSRFToken": sent.get("csrfmiddlewaretoken"), Accept: "application/json, text/html" };
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), PATIENCE);
    try {
      const how = { method: "POST", body: sent, redirect: "error", credentials: "same-origin", cache: "no-store" };
      return await gridapp.saving.heard(await fetch(pathOf(form), { ...how, headers, signal: limit.signal }), id);
    } catch {
      return { state: "waits" };
    } finally {
      clearTimeout(timer);
    }
  }

  function reached() {
    const limit = new AbortController();
    setTimeout(() => limit.abort(), ASKING);
    return outbox.ask(limit.signal).then(() => true, () => false);
  }

  const after = {
    async saved(form, id, { url }) {
      await outbox.remove(id);
      location.assign(url);
    },
    async refused(form, id, { page }) {
      await outbox.remove(id);
      gridapp.page.take(page, pathOf(form));
    },
    async signed_out(form, id) {
      await after.waits(form, id);
    },
    async waits(form, id) {
      form.dataset.id = id;
      form.elements.file.value = "";
      say(form, "waits");
      form.querySelector("[data-said]").focus();
      gridapp.tablet.send();
    },
  };

  // --- saying how it stands -------------------------------------------------------------------------------------------------
  const STORED = ["waits", "saved", "set_aside"];

  function say(form, kind) {
    for (const one of form.querySelectorAll("[data-when]")) one.hidden = one.dataset.when !== kind;
    for (const one of form.querySelectorAll("[data-choose]")) one.hidden = STORED.includes(kind);
  }

  addEventListener("outbox", ({ detail }) => {
    const id = detail.sent ?? detail.gone;
    const form = id && document.querySelector(`[data-photo][data-id="${CSS.escape(id)}"]`);
    if (!form) return;
    say(form, detail.sent ? detail.state : "");
    const link = form.querySelector("[data-open]");
    link.hidden = !detail.url;
    if (detail.url) link.href = detail.url;
  });
})();
