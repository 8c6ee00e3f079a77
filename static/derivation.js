"use strict";
// What nobody types: values that follow from others on a day. The twin of gridapp/dictionary/derivation.py, holder.py,
// documents.py and dates.py; tests/browser/test_rules_twin.py holds the two equal. Days are ISO texts: they compare as they are.

self.gridapp ??= {};

(() => {
  // A value on file that this page shows masked: it is there, and nobody here knows what it is.
  const HELD = Symbol("held");
  const known = (value) => value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0);
  const told = (value) => (value === HELD ? undefined : value);
  const compiled = new Map();
  const pattern = (source, whole) => {
    const key = `${whole}${source}`;
    if (!compiled.has(key)) compiled.set(key, new RegExp(whole ? `^(?:${source})$` : source, whole ? "u" : "gu"));
    return compiled.get(key);
  };
  const matches = (source, text) => pattern(source, true).test(text);
  const swap = (text, source, by) => text.replace(pattern(source, false), by);
  const has = (source, text) => text.search(pattern(source, false)) >= 0;

  // --- days ----------------------------------------------------------------------------------------------------------
  const daysIn = (year, month) => (month === 2 ? (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31);
  const iso = (year, month, day) => `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
  const dayOf = (year, month, day) => (year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month) ? iso(year, month, day) : null);
  const parts = (day) => [Number(day.slice(0, 4)), Number(day.slice(5, 7)), Number(day.slice(8, 10))];
  const yearsBetween = (birth, on) => Number(on.slice(0, 4)) - Number(birth.slice(0, 4)) - (on.slice(5) < birth.slice(5) ? 1 : 0);
  const daysBetween = (start, until) => Math.round((Date.parse(until) - Date.parse(start)) / 86_400_000);
  function monthsLater(start, months) {
    const [year, month, day] = parts(start);
    const total = month - 1 + months;
    const later = [year + Math.floor(total / 12), (total % 12) + 1];
    return iso(...later, Math.min(day, daysIn(...later)));
  }
  function wholeMonths(start, until) {
    const [year, month] = parts(start);
    const [last, end] = parts(until);
    let months = (last - year) * 12 + end - month;
    if (months > 0 && until < monthsLater(start, months)) months -= 1;
    return Math.max(months, 0);
  }

  // --- documents -----------------------------------------------------------------------------------------------------
  function checkDigit(number) {
    let rest = 0;
    for (const digit of number.slice(0, 17)) rest = (rest * 13 + Number(digit)) % 11; // the number read in base 13
    return "1X864209753"[rest]; // one minus twice the rest, in elevenths
  }
  const isEighteen = (number) => typeof number === "string" && /^[0-9]{17}[0-9X]$/.test(number) && checkDigit(number) === number[17];
  const birthOf = (number) => dayOf(Number(number.slice(6, 10)), Number(number.slice(10, 12)), Number(number.slice(12, 14)));
  const sexOf = (number) => (Number(number[16]) % 2 ? "1" : "2");
  const idTypeOf = (view) => view.id_type || "111";
  function eighteenOf(rules, view) {
    const kind = idTypeOf(view);
    const number = told(view.id_number);
    return (rules.documents.citizen.includes(kind) || kind === "553") && isEighteen(number) ? number : null;
  }
  const born = (rules, view) => {
    const number = eighteenOf(rules, view);
    return (number && birthOf(number)) || view.birth_date || null;
  };
  const sexOfHolder = (rules, view) => {
    const number = eighteenOf(rules, view);
    return number && idTypeOf(view) !== "553" ? sexOf(number) : view.sex || null;
  };
  function countryOf(rules, view) {
    const [kind, number] = [idTypeOf(view), told(view.id_number) || ""];
    const { country_of, region_by_prefix, country_by_number } = rules.documents;
    if (country_of[kind]) return country_of[kind];
    if (kind === "155" || kind === "516") return region_by_prefix[number.slice(0, kind === "155" ? 2 : 1)];
    return kind === "553" && number.length === 18 && number[0] === "9" ? country_by_number[number.slice(3, 6)] : undefined;
  }

  // --- what follows --------------------------------------------------------------------------------------------------
  function derive(rules, given, today) {
    const view = Object.fromEntries(Object.entries(given).filter(([, value]) => known(value)));
    if ("id_number" in view || "name" in view || "birth_date" in view) {
      person(rules, view, today);
      belonging(rules, view);
    }
    stay(rules, view, today);
    place(rules, view);
    consistency(rules, view);
    view["tenancy.known"] = "tenancy.lease_start" in view && "tenancy.lease_end" in view;
    return view;
  }

  function person(rules, view, today) {
    const number = eighteenOf(rules, view);
    const kept = view.id_number === HELD && view.id_number_is_18 === true && (rules.documents.citizen.includes(idTypeOf(view)) || view.id_type === "553");
    view.id_number_is_18 = number !== null || kept;
    if (kept) view.id_type ??= "111";
    if (number !== null) {
      view.id_type ??= "111";
      view.birth_date = birthOf(number) ?? view.birth_date;
      if (view.id_type !== "553") view.sex = sexOf(number);
    }
    if (!view.birth_date) {
      delete view.birth_date;
      return;
    }
    view.age = Math.max(yearsBetween(view.birth_date, today), 0);
    view.age_on_31_august = Math.max(yearsBetween(view.birth_date, `${today.slice(0, 4)}-08-31`), 0);
    for (const [name, value, below] of rules.derivations.children) if (view.age < below) view[name] ??= value;
  }

  function belonging(rules, view) {
    const [hukou, kind] = [view.hukou_division, idTypeOf(view)];
    let country = "id_number" in view || kind === "117" ? countryOf(rules, view) : undefined;
    if (!country && hukou && !("nationality" in view)) country = "CHN";
    if (country) view.nationality ??= country;
    const category =
      rules.derivations.overseas.includes(kind) || (kind === "414" && view.nationality !== "CHN") ? "JW"
      : kind === "117" ? "WL"
      : hukou ? (hukou.startsWith(rules.home_city) ? "HJ" : "LD")
      : undefined;
    if (category) view.resident_category ??= category;
  }

  function stay(rules, view, today) {
    const [start, end, kind] = [view["residency.start_date"], view["residency.end_date"], view["residency.residency_kind"]];
    if (start) {
      const until = end && end < today ? end : today;
      view["residency.days"] = Math.max(daysBetween(start, until), 0);
      view["residency.months"] = until >= start ? wholeMonths(start, until) : 0;
    }
    if (!kind) return;
    view["residency.dwelling_type"] ??= rules.derivations.dwelling[kind] ?? "99";
    const relation = relationToOwner(rules, view, kind);
    if (relation) view["residency.relation_to_owner"] ??= relation;
  }

  function relationToOwner(rules, view, kind) {
    if (kind === "1") return told(view.id_number) && told(view.id_number) === told(view["housing.owner_id_number"]) ? "1" : undefined;
    return (view.age ?? rules.derivations.adult) >= rules.derivations.adult ? rules.derivations.relation[kind] : undefined;
  }

  function place(rules, view) {
    const [code, grid] = [told(view["housing.housing_code"]) ?? "", view["housing.grid_code"]];
    const issued = /^[0-9]/.test(code);
    if (grid || issued) view["housing.division_code"] ??= (grid || code).slice(0, 12);
    if (issued) view["housing.building_code"] ??= code.slice(0, 19);
    const address = "housing.address" in view ? "" : fullAddress(rules, view);
    if (address) view["housing.address"] = address;
  }

  function fullAddress(rules, view) {
    const words = rules.derivations.parts;
    const of = (name) => view[`housing.${name}`];
    const needed = ["road", "door_no", "room_no", "division_code"].map(of);
    if (!needed.every(Boolean)) return "";
    const all = [...needed, ...["estate_name", "building_no", "unit_no"].map(of)];
    if (all.includes(HELD)) return HELD; // there is one, made of parts that are not told
    const spelt = (part, word) => (!part ? "" : matches(rules.patterns.plain_number, part) ? part + word : part);
    const [floor, room] = [of("floor_no"), of("room_no")];
    const storey = floor === undefined || room.startsWith(String(floor)) ? "" : floor < 0 ? `${words.basement}${-floor}${words.floor}` : `${floor}${words.floor}`;
    return [
      ...(rules.paths[of("division_code").slice(0, 6)] ?? []), of("road"), spelt(of("door_no"), words.door), of("estate_name") ?? "",
      spelt(of("building_no"), words.building), spelt(of("unit_no"), words.unit), storey, spelt(room, words.room),
    ].join("");
  }

  function consistency(rules, view) {
    if ("hukou_consistency" in view || !["HJ", "LD"].includes(view.resident_category)) return;
    const [division, address, hukou] = [view["housing.division_code"], told(view["housing.address"]), told(view.hukou_address)];
    if (view.resident_category === "LD") view.hukou_consistency = "02";
    else if (division && division.slice(0, 6) !== view.hukou_division) view.hukou_consistency = "02";
    else if (address && hukou) view.hukou_consistency = sameAddress(rules, hukou, address, view.hukou_division) ? "01" : "02";
  }

  function sameAddress(rules, one, other, division) {
    const [first, second] = [plain(rules, one, division), plain(rules, other, division)].sort((a, b) => [...a].length - [...b].length);
    return first === second || ([...first].length >= rules.derivations.shortest_match && second.endsWith(first));
  }

  function plain(rules, address, division) {
    const bare = swap(withoutDivision(rules, address, division), rules.patterns.marks, "");
    let text = [...bare].map((one) => rules.derivations.same_words[one] ?? one).join("");
    for (const ending of rules.derivations.endings) if (text.endsWith(ending)) text = text.slice(0, -ending.length);
    return text.toUpperCase();
  }

  // The address without the leading names of its own division, as far as they are at hand.
  function withoutDivision(rules, address, division) {
    let rest = address;
    for (const name of (division && rules.paths[division.slice(0, 6)]) || []) {
      if (!rest.startsWith(name)) continue;
      const shorter = rest.slice(name.length).replace(/^ +/, "");
      if (rest === address && shorter.search(pattern(rules.patterns.street_ahead, false)) === 0) return address;
      rest = shorter;
    }
    return rest;
  }

  gridapp.derivation = {
    HELD, known, told, matches, swap, has, pattern, dayOf, yearsBetween, monthsLater, isEighteen, birthOf, idTypeOf,
    eighteenOf, born, sexOfHolder, derive, withoutDivision,
  };
})();
