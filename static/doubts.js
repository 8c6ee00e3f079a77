"use strict";
// Values that may be true and mostly are not: asked once, on the tablet as on the server. The twin of
// gridapp/dictionary/plausibility.py; tests/browser/test_doubts_twin.py holds the two equal. What needs the table of divisions
// is left to the server, which then does not ask.

self.gridapp ??= {};

(() => {
  const { known, matches, yearsBetween, born, sexOfHolder } = gridapp.derivation;
  const count = (text) => [...text].length;

  function* ofOneField(rules, values) {
    for (const [name, value] of Object.entries(values))
      if (rules.fields[name].reader === "name" && count(value) === 1) yield [name, "name_one_character"];
    const number = values["premises.uscc"];
    if (number && matches(rules.patterns.old_registration, number)) yield ["premises.uscc", "old_registration_number"];
    else if (number && matches(rules.patterns.temporary_uscc, number)) yield ["premises.uscc", "temporary_uscc"];
  }

  function* ofAge(rules, values, today) {
    const birth = born(rules, values);
    if (!birth || birth > today) return;
    const age = yearsBetween(birth, today);
    const { marital_status: marital = "10", political_status: politics = "13", education = "90" } = values;
    if (age >= 100) yield ["id_number" in values ? "id_number" : "birth_date", "over_100"];
    if (age < 60 && "care_living_mode" in values) yield ["care_living_mode", "elder_only"];
    if (marital !== "10" && age < (rules.doubts.marriageable[sexOfHolder(rules, values)] ?? 20)) yield ["marital_status", "married_young"];
    if (age < 14 && politics !== "13") yield ["political_status", "politics_child"];
    else if (age < 18 && ["01", "02"].includes(politics)) yield ["political_status", "party_young"];
    if (age < 6 && education !== "90") yield ["education", "education_child"];
    else if (age < 18 && education >= "10" && education <= "33") yield ["education", "education_young"];
  }

  function* ofPerson(rules, values, today) {
    if (["0", "9"].includes(values.sex)) yield ["sex", "sex_unstated"];
    if (["111", "112", "117"].includes(values.id_type))
      for (const name of rules.doubts.overseas_only) if (name in values) yield [name, "overseas_only"];
    if (values.id_doc_expiry_date < today) yield ["id_doc_expiry_date", "document_expired"];
    if (values.permit_type === "02") yield ["permit_type", "old_permit"];
    const against = rules.doubts.relations_of_the_other_sex[sexOfHolder(rules, values)] ?? [];
    for (const name of ["residency.relation_to_head", "household.relation_to_head"])
      if (against.includes(values[name])) yield [name, "relation_sex"];
  }

  function* ofHousing(rules, values) {
    if (["1", "2"].includes(values["housing.house_form"]) && values["housing.floor_area"] > rules.doubts.huge_flat)
      yield ["housing.floor_area", "floor_area_large"];
    if (values["housing.is_rental"] === false)
      for (const name of rules.doubts.rental_only) if (name in values) yield [name, "not_let"];
  }

  // values: as typed, see gridapp.rules.check. Returns [{name, code, words}] of what is typed; none where something is wrong,
  // which is said first.
  function found(rules, kind, values, about, today) {
    const typed = gridapp.rules.given(rules, kind, values);
    const read = gridapp.reading.read(rules, { ...typed, ...about?.place }, today);
    if (read.refusals.length) return [];
    const own = Object.entries(about?.view ?? {}).filter(([name]) => about.record && rules.kinds[kind].names.includes(name));
    const all = Object.fromEntries(Object.entries({ ...Object.fromEntries(own), ...read.values }).filter(([, value]) => known(value)));
    return [...ofOneField(rules, all), ...ofAge(rules, all, today), ...ofPerson(rules, all, today), ...ofHousing(rules, all)]
      .filter(([name]) => name in typed)
      .map(([name, code]) => ({ name, code, words: rules.doubts.words[code].replace("{label}", rules.fields[name].label) }));
  }

  // --- asking: once, above the form, as the server does -------------------------------------------------------------------
  // True where something is asked that was not asked before; the form then says what, and its button that it is right.
  async function ask(form) {
    const rules = await gridapp.store.kept("rules").catch(() => undefined);
    if (!rules?.doubts || !form.querySelector("template[data-doubts]")) return false;
    const about = form.dataset.known ? JSON.parse(form.dataset.known) : null;
    const today = new Date().toLocaleDateString("sv"); // Swedish dates are ISO dates
    const asked = new Set(Array.from(form.querySelectorAll('input[name="confirmed"]'), (one) => one.value));
    const fresh = found(rules, form.dataset.kind, gridapp.rules.valuesOf(form), about, today).filter(({ name, code }) => !asked.has(`${name}:${code}`));
    if (!fresh.length) return false;
    for (const { name, code } of fresh)
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "confirmed", value: `${name}:${code}` }));
    show(form, fresh);
    return true;
  }

  function show(form, fresh) {
    const template = form.querySelector("template[data-doubts]");
    const box = template.content.firstElementChild.cloneNode(true);
    const line = ({ name, words }) => {
      const item = document.createElement("li");
      item.append(Object.assign(document.createElement("a"), { href: `#f-${name.replaceAll(".", "-")}`, textContent: words }));
      return item;
    };
    box.querySelector("ul").replaceChildren(...fresh.map(line));
    form.querySelector(".summary")?.remove(); // what was asked or wrong before
    template.after(box);
    form.querySelector("button.main").textContent = template.dataset.right;
    delete form.dataset.sent;
    box.focus();
  }

  gridapp.doubts = { found, ask };
})();
