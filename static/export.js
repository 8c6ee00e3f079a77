"use strict";
// The outbox as a file, for who helps where nothing can be sent: `manage.py import_outbox` hands it in. What is in it is sealed,
// and stays on the tablet as well; a form that arrives both ways is one entry.

(() => {
  const { outbox, store } = gridapp;

  async function sealed(row) {
    const { id, owner, key, wrapped, iv, sealed: content, made_at } = row;
    const parts = await Promise.all((row.parts ?? []).map(async (one) => ({
      key: one.key, wrapped: one.wrapped, iv: one.iv, sealed: outbox.base64(await one.sealed.arrayBuffer()),
    })));
    return { id, owner, key, wrapped, iv, sealed: content, made_at, ...(parts.length && { parts }) };
  }

  async function write() {
    const rows = (await outbox.all()).filter((row) => !outbox.isHeld(row)); // what may still be taken back is not given away
    const told = { format: "gridapp outbox 1", written_at: new Date().toISOString(), forms: await Promise.all(rows.map(sealed)) };
    const href = URL.createObjectURL(new Blob([JSON.stringify(told)], { type: "application/json" }));
    const tablet = (await store.device()).slice(0, 6);
    Object.assign(document.createElement("a"), { href, download: `outbox-${tablet}-${told.written_at.slice(0, 10)}.json` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
  }

  document.addEventListener("click", (event) => { if (event.target.closest("[data-export]")) write(); });
})();
