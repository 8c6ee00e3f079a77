"use strict";
// While no check reaches the server the form is judged here, by the rules this tablet has kept, and shown in the same way.

(() => {
  async function judge(form) {
    const rules = await gridapp.store.kept("rules").catch(() => undefined);
    if (!rules || !form.isConnected) return; // what everybody is asked is in sight all the same
    const known = form.dataset.known ? JSON.parse(form.dataset.known) : null;
    const today = new Date().toLocaleDateString("sv"); // Swedish dates are ISO dates
    const result = gridapp.rules.check(rules, form.dataset.kind, gridapp.rules.valuesOf(form), known, today);
    if (form.dataset.family) result.asked.push("residency.relation_to_head"); // as of everybody who follows in a household
    gridapp.rules.draw(result);
    gridapp.page.show();
    gridapp.kinship?.offer(rules, form);
  }

  document.addEventListener("unanswered", (event) => { if (gridapp.able && event.target.matches("form[data-entry]")) judge(event.target); });
  gridapp.judge = judge;
})();
