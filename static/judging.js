"use strict";
// While no check reaches the server the form is judged here, by the rules this tablet has kept, and shown in the same way.

(() => {
  async function judge(form) {
    const rules = await gridapp.store.kept("rules").catch(() => undefined);
    if (!rules || !form.isConnected) return; // what everybody is asked is in sight all the same
    const known = form.dataset.known ? JSON.parse(form.dataset.known) : null;
    const today = new Date().toLocaleDateString("sv"); // Swedish dates are ISO dates
    gridapp.rules.draw(gridapp.rules.check(rules, form.dataset.kind, gridapp.rules.valuesOf(form), known, today));
    gridapp.page.show();
  }

  document.addEventListener("unanswered", (event) => { if (gridapp.able && event.target.matches("form[data-entry]")) judge(event.target); });
  gridapp.judge = judge;
})();
