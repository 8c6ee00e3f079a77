"use strict";
// A photo of an identity card: made smaller here, read by the server, compared by the worker value by value. Nothing gets
// into the form without a tap. The photo stays in this page's memory until that is done, and is nowhere else.

self.gridapp ??= {};
gridapp.card = (() => {
  const LONGEST = 1280, QUALITY = 0.85, PATIENCE = 20000;

  // A canvas with the photo as it was held, no larger than what the server looks at.
  async function smaller(photo) {
    const bitmap = await createImageBitmap(photo);
    const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    return canvas;
  }

  // A form that was kept on the tablet has no token of its own.
  const token = async (form) => form.elements.csrfmiddlewaretoken?.value || (await gridapp.outbox?.ask())?.csrf || "";

  async function ask(url, picture, said) {
    const sent = new FormData();
    sent.set("image", await new Promise((done) => picture.toBlob(done, "image/jpeg", QUALITY)), "card.jpg");
    const stop = new AbortController();
    const clock = setTimeout(() => stop.abort(), PATIENCE);
    try {
      return await fetch(url, { method: "POST", body: sent, headers: { "X-CSRFToken": said }, redirect: "error", signal: stop.signal });
    } finally {
      clearTimeout(clock);
    }
  }

  // What was cut out of the photo, for the eye; nothing where it is not known where the value stands.
  function cut(picture, crop, canvas) {
    if (!crop) { canvas.remove(); return; }
    const [x, y] = [crop.x * picture.width, crop.y * picture.height];
    canvas.width = Math.max(1, Math.round(crop.w * picture.width));
    canvas.height = Math.max(1, Math.round(crop.h * picture.height));
    canvas.getContext("2d").drawImage(picture, x, y, canvas.width, canvas.height, 0, 0, canvas.width, canvas.height);
  }

  function put(form, name, value) {
    const control = form.elements[name];
    if (!control) return;
    control.value = value; // chooses the chip where the control is a group of them
    const input = control instanceof RadioNodeList ? [...control].find((one) => one.checked) : control;
    for (let fold = input?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    input?.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function start(box) {
    const form = box.closest("form"), part = (selector) => box.querySelector(selector);
    const take = part("[data-card-take]"), camera = part("input[type=file]"), list = part("ul");
    const section = part("[data-card-read]"), all = part("[data-card-all]"), said = part("#card-said");
    const say = (words) => { said.textContent = words; };
    const field = (name) => document.querySelector(`[data-field="${name}"]`);

    function row(name, kind, picture, crop, shown) {
      const line = part(`[data-card-${kind}]`).content.firstElementChild.cloneNode(true);
      line.querySelector("[data-label]").textContent = field(name)?.querySelector("label, legend").firstChild.textContent.trim() ?? "";
      line.querySelector("[data-shown]").textContent = shown;
      line.querySelector("[data-shown]").id = `card-${name}`;
      line.querySelector("button, a").setAttribute("aria-describedby", `card-${name}`);
      cut(picture, crop, line.querySelector("canvas"));
      list.append(line);
      return line;
    }

    function close() {
      list.replaceChildren();
      section.hidden = true;
    }

    // Goes on to the next value, and from the last one to the first question that is still open.
    function onward() {
      const left = list.querySelector("[data-right]");
      all.hidden = !left;
      if (left) { left.focus(); return; }
      if (!list.children.length) close();
      const next = gridapp.onward.firstOpen(form) ?? form.querySelector("button.main:not([data-card-all])");
      (next.closest("[data-field]") ?? next).scrollIntoView({ block: "center" });
      next.focus({ preventScroll: true });
    }

    function show(told, picture) {
      close();
      for (const [name, one] of Object.entries(told.fields)) {
        const line = row(name, "value", picture, one.crop, one.shown);
        line.querySelector("[data-right]").addEventListener("click", () => {
          line.remove();
          put(form, name, one.value);
          onward();
        });
      }
      for (const [name, one] of Object.entries(told.refused)) {
        const line = row(name, "unread", picture, one.crop, one.why);
        const input = field(name)?.querySelector("input, textarea");
        line.querySelector("a").href = `#${input?.closest("fieldset")?.id ?? input?.id ?? "place"}`;
        line.querySelector("a").addEventListener("click", () => { line.remove(); if (!list.children.length) close(); });
      }
      all.hidden = !Object.keys(told.fields).length;
      section.hidden = false;
      section.focus();
    }

    async function read(photo) {
      say(box.dataset.reading);
      let picture;
      try { picture = await smaller(photo); } catch { say(box.dataset.broken); return; }
      try {
        const answer = await ask(box.dataset.card, picture, await token(form));
        if (answer.status === 401 || answer.status === 403) { say(box.dataset.signedOut); return; }
        const told = await answer.json();
        say(told.said ?? "");
        if (answer.ok) show(told, picture);
      } catch { say(box.dataset.away); } // no network, no answer, or the answer of somebody else
    }

    take.addEventListener("click", () => camera.click());
    camera.addEventListener("input", (event) => event.stopPropagation()); // a photo is nothing typed
    camera.addEventListener("change", async (event) => {
      event.stopPropagation();
      const [photo] = camera.files;
      if (!photo) return;
      take.disabled = true;
      await read(photo);
      camera.value = "";
      take.disabled = false;
    });
    all.addEventListener("click", () => { for (const one of list.querySelectorAll("[data-right]")) one.click(); });
    part("[data-card-close]").addEventListener("click", () => { close(); take.focus(); });
  }

  for (const box of document.querySelectorAll("[data-card]")) start(box);
  return { put };
})();
