"use strict";
// Shows the server the key of this tablet and goes on when the office has let it in. The key was made here and cannot be
// read out, neither by a script nor with the tablet's files.
(() => {
  const { store } = gridapp;
  const box = document.querySelector("[data-binding]");
  const say = (state) => {
    for (const one of box.querySelectorAll("[data-when]")) one.hidden = one.dataset.when !== state;
  };

  async function show() {
    say("busy");
    const session = await gridapp.outbox.ask();
    if (session.state !== "signed_in") return say("offline");
    const spki = await store.publicKey();
    const body = JSON.stringify({ spki });
    const headers = { "Content-Type": "application/json", "X-Tablet": "1", "X-CSRFToken": session.csrf, "X-Device": session.device };
    const signed = await store.proof(body, session.csrf, session.device);
    const answer = await fetch("/tablet/key/", { method: "POST", redirect: "error", body, headers: { ...headers, "X-Signed": signed } });
    const said = await answer.json();
    if (said.state === "bound" && box.dataset.next) return location.replace(box.dataset.next);
    return say(said.state ?? "offline");
  }

  const start = () => show().catch(() => say(gridapp.able ? "offline" : "unable"));
  document.addEventListener("DOMContentLoaded", () => {
    box.querySelector("[data-again]").addEventListener("click", start);
    start();
  });
})();
