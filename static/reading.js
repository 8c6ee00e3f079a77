"use strict";
// What people type -> values and refusals. The twin of gridapp/dictionary/validation.py, parsing.py and agreement.py: patterns, tables,
// limits and words come with the rules; tests/browser/test_rules_twin.py holds the two equal. Doubts are left to the server.

self.gridapp ??= {};

(() => {
  const { matches, swap, has, pattern, dayOf, yearsBetween, monthsLater, born, sexOfHolder, withoutDivision } = gridapp.derivation;
  const { Refused, refuse, size, fit } = gridapp.documents;
  const MOST_CODES = 20;
  const ROOM = 64; // prefixes and blanks that normalising takes away again
  const UNTYPED = 40;
  const DOT = "\u00b7";

  // --- characters ----------------------------------------------------------------------------------------------------
  const narrow = (text, which) => text.replace(which, (one) => (one === "\u3000" ? " " : String.fromCharCode(one.charCodeAt(0) - 0xfee0)));
  const halfWidth = (text) => narrow(text, /[\uff01-\uff5e\u3000]/g);
  const lettersHalfWidth = (text) => narrow(text, /[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u3000]/g);

  class Reader {
    // given: name -> what was typed; parsed: name -> value, null where a field was given and left blank
    constructor(rules, given, today) {
      Object.assign(this, { rules, given, today, parsed: {}, refusals: [], patterns: rules.patterns });
    }

    all() {
      const late = (name) => this.rules.fields[name].reader === "document" || name === "hukou_address";
      const names = Object.keys(this.given).filter((name) => name in this.rules.fields);
      for (const name of [...names.filter((one) => !late(one)), ...names.filter(late)]) this.one(name);
      this.complete();
      for (const refusal of [...disagreements(this.rules, this.parsed, this.today)]) {
        this.refusals.push(refusal);
        delete this.parsed[refusal.name];
      }
      return { values: this.parsed, refusals: this.refusals };
    }

    one(name) {
      const raw = this.given[name];
      const field = { name, ...this.rules.fields[name] };
      if (typeof raw === "string" ? !raw.trim() : !raw || raw.length === 0) {
        this.parsed[name] = null;
        return;
      }
      try {
        const value = READERS[field.reader].call(this, raw, field);
        this.parsed[name] = value === "" ? null : value;
      } catch (refused) {
        if (!(refused instanceof Refused)) throw refused;
        this.refusals.push({ name, key: refused.key, words: refused.words });
      }
    }

    complete() {
      const { parsed, given } = this;
      if (parsed.id_type === "113") parsed.id_type = "111";
      if (String(given.name ?? "").trim() || !parsed.foreign_surname) return;
      const name = [parsed.foreign_surname, parsed.foreign_given_name].filter(Boolean).join(" ");
      if (size(name) <= this.rules.fields.name.length) parsed.name = name;
    }

    readable(raw, field) {
      if (typeof raw !== "string") refuse("wrong_type");
      if (size(raw) > (field.length ?? UNTYPED) + ROOM) refuse("too_long", { limit: field.length ?? UNTYPED });
      if (/^[ -~]*$/.test(raw)) return raw.trim();
      if (has(this.patterns.broken, raw)) refuse("broken_characters");
      const text = swap(raw, this.patterns.invisible, "");
      if (has(this.patterns.control, text)) refuse("control_characters");
      return text.normalize("NFC").trim();
    }

    oneLine(text) {
      return swap(swap(lettersHalfWidth(text), this.patterns.breaks, " "), this.patterns.blanks, " ").trim();
    }

    line(raw, field) {
      return this.oneLine(this.readable(raw, field));
    }

    compact(raw, field) {
      return swap(halfWidth(this.readable(raw, field)), this.patterns.blanks, "").toUpperCase();
    }

    // --- codes and numbers -------------------------------------------------------------------------------------------
    code(raw, field) {
      const codes = this.rules.codes[field.table];
      if (codes.includes(raw)) return raw;
      const text = this.compact(raw, field);
      return codes.includes(text) ? text : refuse("unknown_code");
    }

    codes(raw, field) {
      const many = typeof raw === "string" ? [raw] : raw;
      if (many.length > MOST_CODES) refuse("unknown_code");
      const chosen = new Set(many.map((one) => this.code(one, field)));
      if (chosen.has("00") && chosen.size > 1) refuse("none_with_others");
      return [...chosen].sort();
    }

    integer(raw, field) {
      const number = this.storey(this.compact(raw, field), field);
      this.within(String(number), field);
      if (number === 0 && field.name === "housing.floor_no") refuse("no_floor_zero");
      return number;
    }

    storey(text, field) {
      const floors = field.name === "housing.floor_no";
      const basement = floors && pattern(this.patterns.basement, true).exec(text);
      if (basement) return -Number(basement[1]);
      const floor = floors && pattern(this.patterns.floor, true).exec(text);
      if (floor) return Number(floor[1]);
      if (!matches(this.patterns.whole, text)) refuse(matches(this.patterns.decimal, text) ? "whole_number" : "number_shape");
      return Number(text) + 0;
    }

    decimal(raw, field) {
      const text = this.compact(raw, field);
      if (!matches(this.patterns.decimal, text)) refuse("number_shape");
      this.within(text, field);
      if (/[1-9]/.test((text.split(".")[1] ?? "").slice(field.scale))) refuse("too_many_decimals", { limit: field.scale });
      return Number(text);
    }

    within(text, field) {
      const exact = (number) => { // as a whole number of 1e-20
        const [digits, fraction = ""] = number.replace(/^[+-]/, "").split(".");
        const scaled = BigInt(digits + fraction.padEnd(20, "0"));
        return number.startsWith("-") ? -scaled : scaled;
      };
      const value = exact(text);
      if (value < exact(field.low) || value > exact(field.high)) refuse("out_of_range", { low: field.low, high: field.high });
    }

    date(raw, field) {
      const found = pattern(this.patterns.date, true).exec(halfWidth(this.readable(raw, field)));
      if (!found) refuse("date_shape");
      const [year, month, day] = found.slice(found[1] ? 1 : 4).map(Number);
      const [first, last] = this.rules.agreements.years;
      const told = dayOf(year, month, day) ?? refuse("date_impossible");
      if ((year < first || year > last) && field.name !== "birth_date") refuse("date_out_of_range");
      return told;
    }

    phone(raw, field) {
      let digits = swap(halfWidth(this.readable(raw, field)), this.patterns.phone_noise, "");
      if (size(digits) > 11 && /^(\+86|0086|86)/.test(digits)) digits = digits.replace(/^\+/, "").replace(/^00/, "").replace(/^86/, "");
      if (matches(this.patterns.filler, digits)) refuse("phone_placeholder");
      if (matches(this.patterns.mobile, digits)) return digits;
      const landline = pattern(this.patterns.landline, true).exec(digits);
      return landline ? `${landline[1]}-${landline[2]}` : refuse("phone_shape");
    }

    // --- names and places --------------------------------------------------------------------------------------------
    person(raw, field) {
      let text = this.line(raw, field);
      if (matches(this.patterns.chinese, text)) return fit(text, field);
      if (has(this.patterns.any_han, text)) {
        text = swap(text, this.patterns.dots, DOT);
        if (matches(this.patterns.chinese, text)) return fit(text, field);
      } else {
        text = halfWidth(text).replaceAll("\u2019", "'");
        if (matches(this.patterns.latin, text)) return fit(text, field);
      }
      return refuse(this.fault(text));
    }

    fault(text) {
      // every character that Python calls a digit: decimal ones, raised and lowered ones, and those in circles
      if (/[\p{Nd}\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089\u2460-\u2468\u2474-\u247c\u2488-\u2490\u24ea\u24f5-\u24fd\u24ff\u2776-\u277e\u2780-\u2788\u278a-\u2792]/u.test(text)) return "name_digits";
      if (has(this.patterns.any_unknown, text)) return "name_unknown_character";
      if (has(this.patterns.any_han, text)) {
        if (has(this.patterns.any_latin, halfWidth(text))) return "name_mixed";
        if (text.includes(" ")) return "name_space";
        if (text.includes(DOT) && matches(this.patterns.chinese, text.replaceAll(DOT, ""))) return "name_dot";
      }
      return /^\p{L}+$/u.test(text) ? "name_unknown_character" : "name_punctuation";
    }

    party(raw, field) {
      const text = this.line(raw, field);
      if (matches(this.patterns.chinese, text)) return fit(text, field);
      const dotted = swap(text, this.patterns.middle_dots, DOT);
      return matches(this.patterns.party, dotted) ? fit(dotted, field) : refuse("name_punctuation");
    }

    latin(raw, field) {
      const upper = halfWidth(this.line(raw, field)).replaceAll("\u2019", "'").toUpperCase();
      return matches(this.patterns.machine_readable, upper) ? fit(upper, field) : refuse("latin_only");
    }

    shaped(raw, field, shape, key) {
      const text = fit(this.compact(raw, field), field);
      return matches(shape, text) ? text : refuse(key);
    }

    division(raw, field) {
      const code = this.compact(raw, field);
      const { practice, provinces } = this.rules.documents;
      if (!matches(this.patterns.division, code)) refuse("division_shape");
      if (code === practice && !this.rules.practice) refuse("practice_only");
      const wholeProvince = code.endsWith("0000") && !["710000", "810000", "820000", "830000"].includes(code);
      const made = code.slice(0, 2) === practice.slice(0, 2) && code !== practice;
      return !provinces.includes(code.slice(0, 2)) || wholeProvince || made ? refuse("division_unknown") : code;
    }

    hukouAddress(raw, field) {
      const address = fit(withoutDivision(this.rules, this.line(raw, field), this.parsed.hukou_division || ""), field);
      const least = this.rules.agreements.shortest_address;
      return size(address) < least ? refuse("too_short", { limit: least }) : address;
    }

    truth(raw, field) {
      const text = this.compact(raw, field).toLowerCase();
      const { yes, no } = this.rules.agreements;
      return yes.includes(text) || (no.includes(text) ? false : refuse("yes_or_no"));
    }
  }

  // --- one field: by its own reader, else by its type ------------------------------------------------------------------
  const READERS = {
    code: Reader.prototype.code,
    codes: Reader.prototype.codes,
    integer: Reader.prototype.integer,
    decimal: Reader.prototype.decimal,
    date: Reader.prototype.date,
    phone: Reader.prototype.phone,
    bool: Reader.prototype.truth,
    name: Reader.prototype.person,
    party: Reader.prototype.party,
    latin: Reader.prototype.latin,
    division: Reader.prototype.division,
    hukou_address: Reader.prototype.hukouAddress,
    text(raw, field) { return fit(this.line(raw, field), field); },
    long_text(raw, field) { return fit(this.readable(raw, field).split(/\r\n|\r|\n/).map((line) => this.oneLine(line)).join("\n").trim(), field); },
    letters_and_digits(raw, field) { return this.shaped(raw, field, this.patterns.letters_and_digits, "letters_and_digits"); },
    room(raw, field) { return this.shaped(raw, field, this.patterns.room, "room_shape"); },
    digits(raw, field) {
      const code = this.compact(raw, field);
      return size(code) === field.length && /^[0-9]+$/.test(code) ? code : refuse("digits_exactly", { limit: field.length });
    },
    document(raw, field) { return gridapp.documents.document(this, raw, field); },
    uscc(raw, field) { return gridapp.documents.uscc(this, raw, field); },
  };

  // --- values that cannot all be true ----------------------------------------------------------------------------------
  function* disagreements(rules, values, today) {
    const said = rules.agreements;
    const of = (name) => values[name];
    const birth = born(rules, values);
    const is = (name, key, other) => ({ name, key, words: other ? { other: rules.fields[other].label } : {} });
    if (of("sex") && of("sex") !== sexOfHolder(rules, values)) yield is("sex", "sex_differs");
    if (of("birth_date") && of("birth_date") !== birth) yield is("birth_date", "birth_differs");
    else if (of("birth_date") > today) yield is("birth_date", "birth_future");
    else if (of("birth_date") && yearsBetween(of("birth_date"), today) > rules.documents.oldest) yield is("birth_date", "birth_too_old");
    if (of("id_number") && of("id_number") === of("guardian_id_number")) yield is("guardian_id_number", "own_guardian");
    const kind = of("id_type");
    if (kind === "990" && size(of("id_reason") ?? "") < said.note) yield is("id_reason", "id_reason_missing");
    if (said.regions.includes(of("nationality")) && kind && !said.region_documents.includes(kind)) yield is("nationality", "region_needs_document");
    if (kind === "414" && of("nationality") === "CHN" && of("id_number") && !matches(rules.patterns.chinese_passport, of("id_number"))) yield is("id_number", "passport_shape");
    yield* times(rules, values, today, birth, is);
    yield* housing(said, of, is);
  }

  function* times(rules, values, today, birth, is) {
    const said = rules.agreements;
    for (const [name, key] of Object.entries(said.future)) if (values[name] > today) yield is(name, key);
    for (const name of said.birth) if (birth && values[name] && values[name] < birth) yield is(name, "before_birth");
    const breaks = { before_other: (a, b) => a < b, not_after_other: (a, b) => a <= b, after_other: (a, b) => a > b };
    for (const [name, other, key] of said.order)
      if (values[name] && values[other] && breaks[key](values[name], values[other])) yield is(name, key, other);
    const [start, end] = [values["tenancy.lease_start"], values["tenancy.lease_end"]];
    if (start && end && end > monthsLater(start, said.lease)) yield is("tenancy.lease_end", "lease_too_long");
  }

  function* housing(said, of, is) {
    const dangers = of("housing.hidden_danger_types");
    if (dangers && dangers.join() !== "00" && size(of("housing.hidden_danger_note") ?? "") < said.note) yield is("housing.hidden_danger_note", "danger_note_missing");
    const status = of("housing.housing_status");
    if (status === "4" && of("housing.is_rental")) yield is("housing.is_rental", "demolished_rental");
    if (said.unoccupied.includes(status) && of("residency.start_date") && !of("residency.end_date")) yield is("housing.housing_status", "occupied");
    const relation = of("residency.relation_to_owner");
    if (of("residency.residency_kind") === "1" && relation && !said.owners_family.includes(relation)) yield is("residency.relation_to_owner", "owner_relation");
  }

  gridapp.reading = { read: (rules, given, today) => new Reader(rules, given, today).all() };
})();
