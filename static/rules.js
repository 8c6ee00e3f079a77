"use strict";
// Which fields are asked, what is wrong, what follows and which systems are ready, worked out on the tablet from the data of /rules/.
// The twin of gridapp/desk/form_page.check and gridapp/catalogue/asking.py; tests/browser/test_rules_twin.py holds the two equal.

self.gridapp ??= {};

(() => {
  const { HELD, known, derive, eighteenOf, idTypeOf } = gridapp.derivation;

  // --- conditions: ["is_in", field, [values]], ["all_of", [conditions]] … ------------------------------------------------
  const TRUTHS = {
    is_in: (view, name, values) => (Array.isArray(view[name]) ? view[name].some((one) => values.includes(one)) : values.includes(view[name])),
    at_least: (view, name, number) => ["number", "boolean"].includes(typeof view[name]) && Number(view[name]) >= number,
    known: (view, name) => known(view[name]),
    all_of: (view, parts) => parts.every((part) => holds(part, view)),
    any_of: (view, parts) => parts.some((part) => holds(part, view)),
    not: (view, part) => !holds(part, view),
  };
  const holds = ([operator, ...rest], view) => TRUTHS[operator](view, ...rest);

  // The names that decide a condition for this view: parts after the one that settles it are not read.
  function consulted([operator, first], view) {
    if (operator === "not") return consulted(first, view);
    if (operator !== "all_of" && operator !== "any_of") return [first];
    const names = [];
    for (const part of first) {
      names.push(...consulted(part, view));
      if (holds(part, view) === (operator === "any_of")) break;
    }
    return [...new Set(names)];
  }

  // --- what is asked -----------------------------------------------------------------------------------------------------
  function isTyped(rules, name, view) {
    const stated = rules.asking.stated[name];
    return stated ? holds(stated, view) : rules.asking.typed.includes(name);
  }

  function* typed(rules, names, view) {
    for (const name of names) {
      if (isTyped(rules, name, view)) {
        yield name;
        const [extra, when] = rules.asking.alongside[name] ?? [];
        if (extra && holds(when, view)) yield extra;
      }
      yield* typed(rules, rules.asking.follows_from[name] ?? [], view);
    }
  }

  function* sources(rules, name, view) {
    if (isTyped(rules, name, view)) return;
    for (const one of rules.asking.follows_from[name] ?? []) {
      yield one;
      yield* sources(rules, one, view);
    }
  }

  const isRequired = (row, view) => row.required !== undefined && holds(row.required, view);
  const isAsked = (row, view) => (row.asked ?? row.required) !== undefined && holds(row.asked ?? row.required, view);
  const stands = (row, view) => holds(row.stands ?? ["known", row.source], view);
  const layouts = (rules, kind) => rules.targets.filter((target) => target.layouts[kind]).map((target) => [target, target.layouts[kind]]);

  function* wanted(rules, kind, view) {
    for (const [, layout] of layouts(rules, kind)) {
      for (const name of consulted(layout.applies, view)) {
        const narrower = rules.asking.narrower[name];
        if (!narrower || holds(narrower, view)) yield name;
      }
      if (!holds(layout.applies, view)) continue;
      for (const row of layout.rows) if (isAsked(row, view)) yield* row.names ?? [row.source];
    }
  }

  function* needed(rules, kind, view) {
    for (const [, layout] of layouts(rules, kind)) {
      if (!holds(layout.applies, view)) continue;
      for (const row of layout.rows)
        if (row.typed && isRequired(row, view)) {
          yield row.source;
          yield* sources(rules, row.source, view);
        }
    }
    for (const [name, when] of Object.entries(rules.asking.compulsory)) if (holds(when, view)) yield name;
  }

  // --- which systems are ready -------------------------------------------------------------------------------------------
  function* toFill(rules, names, view) {
    for (const name of names) {
      const open = (rules.asking.follows_from[name] ?? []).filter((one) => !(one in view) && isTyped(rules, one, view));
      const stated = rules.asking.stated[name];
      if (open.length && !(stated && holds(stated, view))) yield* open;
      else yield name;
    }
  }

  const ELSEWHERE = (rules, name) => rules.given.includes(name) || name.startsWith("mapped.");

  function filled(rules, target, layout, view, form) {
    const lacking = layout.rows.filter((row) => isRequired(row, view) && !stands(row, view)).map((row) => row.source);
    const missing = new Set(toFill(rules, lacking.filter((name) => !ELSEWHERE(rules, name)), view));
    return {
      name: target.name,
      connected: target.connected,
      missing: [...missing].filter((name) => name in rules.labels && (form.here.has(name) || !form.blind))
        .map((name) => ({ id: form.here.has(name) ? idOf(name) : "", label: rules.labels[name] })),
      inexpressible: layout.rows.map((row) => inexpressible(row, view)).filter(Boolean),
    };
  }

  const idOf = (name) => `f-${name.replaceAll(".", "-")}`;
  const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

  // Why a target cannot express a value, if so.
  function inexpressible(row, view) {
    const value = view[row.source];
    if ((!row.codes && !row.limits) || !known(value) || value === HELD || !stands(row, view)) return "";
    if (row.codes) return [value].flat().map((code) => row.codes[code]).find(Boolean) ?? "";
    let text = String(value);
    for (const [kind, words, ...sizes] of row.limits) {
      if (kind === "escape") text = [...text].map((one) => (spells(sizes[0], one) ? one : `&#x${one.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")};`)).join("");
      const broken = LIMITS[kind]?.(text, ...sizes);
      if (broken) return fill(words, broken);
    }
    return "";
  }

  const count = (text) => [...text].length;
  const LIMITS = {
    characters: (text, least, most) => (count(text) < least || count(text) > most) && { count: count(text) },
    exactly: (text, lengths) => !lengths.includes(count(text)) && { count: count(text) },
    free_of: (text, mark) => text.includes(mark) && {},
    mobile: (text) => !/^1[0-9]{10}$/.test(text) && {},
    digits: (text, most) => Math.abs(Number(text)) >= 10 ** most && { value: text },
    charset: (text, charset) => {
      const character = [...text].find((one) => !spells(charset, one));
      return character && { character };
    },
    bytes: (text, charset, most) => {
      const size = [...text].reduce((sum, one) => sum + (one < "\u0080" ? 1 : 2), 0);
      return size > most && { count: size };
    },
  };

  // The characters of GBK, which the browser decodes and does not encode. It decodes a little more than GBK has: private characters, and
  // what GB 18030 later put into these gaps.
  let gbk = null;
  const LATER = [[0xa2, 0xe3, 0xe3], [0xa6, 0xd9, 0xdf], [0xa6, 0xec, 0xed], [0xa6, 0xf3, 0xf3], [0xa6, 0xf6, 0xfe], [0xa8, 0xbc, 0xbc], [0xa8, 0xbf, 0xbf], [0xa9, 0x89, 0x95], [0xfe, 0x50, 0xa0]];
  function spells(charset, character) {
    if (character < "\u0080" || charset !== "gbk") return true;
    if (!gbk) {
      const bytes = [];
      for (let lead = 0x81; lead <= 0xfe; lead += 1)
        for (let trail = 0x40; trail <= 0xfe; trail += 1)
          if (trail !== 0x7f && !LATER.some(([high, from, to]) => lead === high && trail >= from && trail <= to)) bytes.push(lead, trail);
      gbk = new Set([...new TextDecoder("gbk").decode(new Uint8Array(bytes))].filter((one) => !/[\p{Co}\ufffd]/u.test(one)));
    }
    return gbk.has(character);
  }

  // --- the whole check ---------------------------------------------------------------------------------------------------
  const CODE_AND_NAME = /^\s*([0-9]{6})(?![0-9])/;

  function given(rules, kind, values) {
    const found = {};
    for (const name of rules.kinds[kind].names) {
      if (values[name] === undefined || values[name] === "") continue;
      const raw = Array.isArray(values[name]) ? values[name] : values[name].trim();
      const code = rules.fields[name].reader === "division" && CODE_AND_NAME.exec(raw);
      if (raw !== "") found[name] = code ? code[1] : raw;
    }
    return found;
  }

  // values: name -> text, or list of texts, as typed. known: what the page knows besides (see gridapp/desk/rules.py), null where nothing
  // of the home is at hand. today: ISO text. Returns what the server's check returns, and the words that draw() shows.
  function check(rules, kind, values, about, today) {
    const page = { view: {}, held: [], masked: [], told: [], place: {}, lends: {}, record: false, beside: false, numbered: false, ...about };
    const asks = rules.kinds[kind];
    const form = { here: new Set(asks.names.filter((name) => page.record || !asks.placed.includes(name))), blind: !about };
    const typedIn = given(rules, kind, values);
    const shared = takenOver(page, values.take ?? [], typedIn);
    const told = Object.fromEntries(Object.entries(shared).filter(([, value]) => value !== null));
    const read = gridapp.reading.read(rules, { ...told, ...typedIn, ...page.place }, today);
    const lent = Object.keys(shared).filter((name) => !(name in typedIn));
    const held = Object.fromEntries([...page.held, ...lent].map((name) => [name, HELD]));
    const view = derive(rules, onFile(rules, { ...left(page, values, { ...page.view, ...held }), ...read.values }, page.view), today);
    const ask = new Set([...asks.always, ...typed(rules, wanted(rules, kind, view), view), ...page.told, ...asks.placed, ...(page.beside ? asks.of_housemates : [])]);
    // what nobody said and all the same is known follows from the rest, and stands until somebody says otherwise
    const stated = new Set([typedIn, shared, page.place, page.view].flatMap(Object.keys).concat(page.held));
    const following = (name) => known(view[name]) && !stated.has(name);
    const need = new Set([...asks.always, ...[...needed(rules, kind, view)].filter((name) => !following(name))]);
    const targets = layouts(rules, kind).filter(([, layout]) => holds(layout.applies, view)).map(([target, layout]) => filled(rules, target, layout, view, form));
    return said(rules, {
      asked: asks.names.filter((name) => ask.has(name) && form.here.has(name) && !(name in shared && !rules.still_asked.includes(name))),
      needed: asks.names.filter((name) => need.has(name) && !(name in shared)),
      wrong: wrong(rules, read.refusals, typedIn),
      derived: view.id_number_is_18 ? rules.derived.filter(([name]) => known(view[name])).map(([name, label, codes]) => [label, String(codes[view[name]] ?? view[name])]) : [],
      targets,
      offers: offers(rules, view, typedIn),
      follows: Object.fromEntries(rules.follows.filter(([name]) => following(name)).map(([name, , codes]) => [name, codes[view[name]]])),
    });
  }

  // What is known of a record, without what was emptied in its form.
  const left = (page, values, view) =>
    Object.fromEntries(Object.entries(view).filter(([name]) => !page.record || page.masked.includes(name) || values[name]?.trim?.() !== ""));

  // What the family lends: the household's number, and what was tapped; null where it is not told. The registered address
  // belongs to its division: where another one is typed, it is not taken over.
  function takenOver(page, taken, typedIn) {
    const found = page.numbered ? { "household.household_no": null } : {};
    for (const one of taken) {
      const lent = page.lends[one] ?? {};
      if (one !== "hukou" || !typedIn.hukou_division || typedIn.hukou_division === lent.hukou_division) Object.assign(found, lent);
    }
    return found;
  }

  // What a number on file says stays so, though the number itself is masked here.
  function onFile(rules, view, before) {
    const eighteen = before.id_number_is_18 && (rules.documents.citizen.includes(idTypeOf(view)) || view.id_type === "553");
    if (view.id_number !== HELD || !eighteen) return view;
    return { ...view, birth_date: before.birth_date ?? view.birth_date, sex: idTypeOf(view) === "553" ? view.sex : before.sex ?? view.sex };
  }

  function wrong(rules, refusals, typedIn) {
    const found = {};
    for (const { name, key, words } of refusals) if (known(typedIn[name])) found[name] = fill(rules.words[key], { label: rules.fields[name].label, ...words });
    return found;
  }

  function offers(rules, view, typedIn) {
    const number = eighteenOf(rules, view);
    const area = number && rules.documents.citizen.includes(idTypeOf(view)) && !["155", "156"].includes(idTypeOf(view)) ? number.slice(0, 6) : "";
    const [code, former] = rules.today[area] ?? [];
    if (!code) return [];
    const why = former ? fill(rules.why_former, { former }) : rules.why;
    return ["hukou_division", "native_place"].filter((name) => !known(view[name]) && !known(typedIn[name]))
      .map((name) => ({ name, fill: `${code} ${rules.paths[code].join("")}`, why }));
  }

  function said(rules, result) {
    const { targets } = result;
    const ready = targets.filter((one) => one.connected && !one.missing.length).length;
    const lacks = (one) => fill(one.missing.length === 1 ? rules.lacking.one : rules.lacking.other, { number: one.missing.length });
    return { ...result, ready, said: { ready: fill(rules.ready, { ready, total: targets.length }), lacks: targets.map(lacks) } };
  }

  // --- the side panel, with the templates and the words of the page: the same elements as the server's answer ------------
  function draw(result, page = document) {
    const made = (name, text, attributes = {}) => {
      const element = page.createElement(name);
      element.textContent = text;
      for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
      return element;
    };
    const asked = page.getElementById("asked");
    Object.assign(asked.dataset, { asked: result.asked.join(" "), needed: result.needed.join(" "), checked: "" });
    const told = (which, said) => Object.entries(said).map(([name, words]) => made("p", words, { [which]: name }));
    asked.replaceChildren(...told("data-wrong", result.wrong), ...told("data-follows", result.follows));
    const template = (name) => page.querySelector(`template[${name}]`).content.firstElementChild.cloneNode(true);
    const lines = result.targets.map((one, place) => line(template("data-target-line"), one, result.said.lacks[place], made));
    page.querySelector("#readiness .targets").replaceChildren(...(lines.length ? lines : [template("data-no-target")]));
    for (const one of page.querySelectorAll("#ready-count, #readiness .total b")) one.textContent = result.said.ready;
    page.getElementById("derived")?.replaceChildren(...result.derived.map(([label, value]) => {
      const pair = page.createElement("div");
      pair.append(made("dt", label), made("dd", value));
      return pair;
    }));
    for (const offer of result.offers) {
      const button = made("button", `${offer.fill} `, { type: "button", class: "button slim", "data-for": offer.name, "data-fill": offer.fill });
      button.append(made("small", offer.why));
      page.getElementById(`found-${offer.name}`)?.replaceChildren(button);
    }
  }

  function line(row, target, lacks, made) {
    const state = !target.connected ? "apart" : target.missing.length ? "missing" : "ready";
    row.querySelector("[data-name]").textContent = target.name;
    row.querySelector("[data-lacks]").textContent = lacks;
    for (const tag of row.querySelectorAll("[data-when]")) if (tag.dataset.when !== state) tag.remove();
    const links = target.missing.map(({ id, label }) => (id ? made("a", label, { href: `#${id}` }) : made("span", `${label} `, { class: "note" })));
    const missing = row.querySelector("p");
    links.length ? missing.append(...links) : missing.remove();
    row.append(...target.inexpressible.map((reason) => made("p", reason, { class: "note" })));
    return row;
  }

  // What stands in a form, as the server would read it: name -> text, or texts of what can be several.
  function valuesOf(form) {
    const values = {};
    for (const one of form.querySelectorAll("[data-field] :is(input, textarea)")) {
      if (!one.name || one.disabled || (["radio", "checkbox"].includes(one.type) && !one.checked)) continue;
      values[one.name] = one.type === "checkbox" ? [...(values[one.name] ?? []), one.value] : one.value;
    }
    return values;
  }

  gridapp.rules = { check, given, draw, valuesOf, holds, consulted, inexpressible };
})();
