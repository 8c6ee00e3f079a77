"use strict";
// For some seconds what was just saved can be taken back, on whatever page the worker is by then. Until they are over it lies
// in the outbox, sealed, and is not sent; so taking it back leaves nothing anywhere.
self.gridapp ??= {};

gridapp.undo = (() => {
  const { outbox } = gridapp;
  const back = new Map(); // entry id -> puts its form back into this page, where it still is
  let timer = 0;
  let shown = "";

  async function draw() {
    clearTimeout(timer);
    const session = await outbox.session();
    const row = session && (await outbox.held(session.user));
    if (row) timer = setTimeout(over, row.held_until - Date.now(), row.id);
    if (row?.id === shown) return;
    shown = row?.id ?? "";
    show(row);
  }

  async function over(id) {
    await outbox.release(id);
    gridapp.tablet.send();
  }

  function show(row) {
    const box = document.querySelector("[data-undo]");
    box.hidden = !row;
    document.documentElement.toggleAttribute("data-undoing", Boolean(row));
    const status = box.querySelector("[role=status]");
    status.replaceChildren();
    if (!row) return;
    const words = box.querySelector("template").content.cloneNode(true);
    words.querySelector("[data-label]").textContent = row.label;
    setTimeout(() => status.replaceChildren(words)); // what changes in sight is read out, what was there already is not
  }

  async function take(id) {
    await gridapp.drafts.reopen(id); // before it leaves the outbox: at no moment it is nowhere
    const row = await outbox.takeBack(id);
    if (!row) { // it is on its way by now
      await gridapp.drafts.drop(id);
      return draw();
    }
    const put = back.get(id);
    put ? put() : location.assign(row.reopened);
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-undo] button") && shown) take(shown);
  });
  addEventListener("outbox", () => draw());
  document.addEventListener("DOMContentLoaded", () => { if (gridapp.able) draw().catch(() => undefined); }); // where nothing can be kept nothing is held
  document.addEventListener("visibilitychange", () => { if (!document.hidden && gridapp.able) draw(); }); // timers sleep with the tablet

  // `put`: puts the form of this entry back into the page as it was typed.
  const remember = (id, put) => back.set(id, put);
  return { remember };
})();
