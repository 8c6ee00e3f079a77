"use strict";
// What the next person of a household probably is to its head, without signal: a tap beside the question. The twin of
// gridapp/dictionary/kinship.py. Of those entered just before, day of birth, sex and relation are known, no names: they
// travel in the sealed draft of the next form, from one to the next.

self.gridapp ??= {};

(() => {
  const { store } = gridapp;
  const FIELD = "residency.relation_to_head";
  const year = (day) => Number(day.slice(0, 4));

  // person, head: {birth, sex}, empty where unknown; head undefined: the household has none yet. Likeliest first, at most three.
  function likely(rules, person, head, taken, today) {
    const { codes, generation, two_generations: two, adult } = rules.kinship;
    if (!person.birth) return [];
    if (!head) return year(today) - year(person.birth) > adult ? [codes.head] : [];
    if (!head.birth) return [];
    const younger = year(person.birth) - year(head.birth);
    const bySex = (male, female) => (person.sex ? [person.sex === "1" ? male : female] : [male, female]);
    if (younger >= generation) return [...bySex(codes.son, codes.daughter), ...(younger >= two ? [codes.grandchild] : [])];
    if (younger <= -generation) return bySex(codes.father, codes.mother);
    const couple = person.sex && head.sex && person.sex !== head.sex && !taken.includes(codes.spouse) && year(today) - year(person.birth) >= adult;
    return couple ? [codes.spouse, codes.sibling] : [codes.sibling];
  }

  function read(rules, form) {
    const today = new Date().toLocaleDateString("sv"); // Swedish dates are ISO dates
    const { values } = gridapp.reading.read(rules, gridapp.rules.given(rules, form.dataset.kind, gridapp.rules.valuesOf(form)), today);
    const { born, sexOfHolder } = gridapp.derivation;
    return { birth: born(rules, values) ?? "", sex: sexOfHolder(rules, values) ?? "", relation: values[FIELD] ?? "", today };
  }

  const familyOf = (form) => JSON.parse(form.dataset.family || "[]");

  // The family with whom is in this form now: what the next form of the household begins with.
  async function family(form) {
    const rules = await store.kept("rules").catch(() => undefined);
    if (form.dataset.kind !== "resident" || !rules?.kinship) return [];
    const { birth, sex, relation } = read(rules, form);
    return [...familyOf(form), { birth, sex, relation }];
  }

  function offer(rules, form) {
    const box = document.getElementById("found-relation");
    const before = familyOf(form);
    if (!before.length || !box || !rules.kinship) return;
    const person = read(rules, form);
    const head = before.find((one) => one.relation === rules.kinship.codes.head);
    const codes = person.relation ? [] : likely(rules, person, head, before.map((one) => one.relation), person.today);
    const known = [...box.querySelectorAll("button")].map((one) => one.dataset.fill).join();
    if (codes.join() !== known) box.replaceChildren(...codes.map((code) => button(form, code))); // read out when it changes, not at every key
  }

  function button(form, code) {
    const made = document.querySelector("template[data-kin]").content.firstElementChild.cloneNode(true);
    Object.assign(made.dataset, { for: FIELD, fill: code });
    made.querySelector("span").textContent = form.querySelector(`[name="${FIELD}"][value="${code}"]`).closest("label").textContent.trim();
    return made;
  }

  gridapp.kinship = { likely, family, offer };
})();
