"use strict";
// Numbers of identity documents and credit codes, judged by the type of document. The twin of gridapp/dictionary/documents.py and of
// what parsing.py says of documents; tests/browser/test_rules_twin.py holds the two equal.

self.gridapp ??= {};

(() => {
  const { matches, yearsBetween, isEighteen, birthOf } = gridapp.derivation;
  const CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  const WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
  const ORGANISATION = "uscc";

  class Refused extends Error {
    constructor(key, words = {}) {
      super(key);
      Object.assign(this, { key, words });
    }
  }
  const refuse = (key, words) => { throw new Refused(key, words); };
  const size = (text) => [...text].length;
  const fit = (text, field) => (field.length !== undefined && size(text) > field.length ? refuse("too_long", { limit: field.length }) : text);

  function document(reader, raw, field) {
    const number = fit(reader.compact(raw, field), field);
    const kind = kindOf(reader, number, field.name);
    if (kind === ORGANISATION) return credit(reader, number);
    if (!kind) return other(reader, number, field.length ?? 30);
    return judge(reader, reader.rules.documents.citizen.includes(kind) ? number.replaceAll("-", "") : number, kind);
  }

  function kindOf(reader, number, name) {
    const namedBy = reader.rules.documents.typed_by[name] ?? "";
    if (name === "housing.owner_id_number" && reader.parsed["housing.owner_type"] === "2") return ORGANISATION;
    if (namedBy in reader.given && !(namedBy in reader.parsed)) return "";
    return reader.parsed[namedBy] || guess(reader, number, name);
  }

  function guess(reader, number, name) {
    const { always_citizen, may_be_organisation } = reader.rules.documents;
    if (name === "id_number") return "111";
    if (size(number) !== 18 && !always_citizen.includes(name)) return "";
    if (may_be_organisation.includes(name) && isOrganisation(reader, number)) return ORGANISATION;
    if (["810000", "820000"].includes(number.slice(0, 6))) return "155";
    return number.slice(0, 6) === "830000" ? "156" : "111";
  }

  function isOrganisation(reader, number) {
    if (isEighteen(number)) return false;
    return creditFault(number) === "" || !(matches(reader.patterns.eighteen, number) && birthOf(number));
  }

  function judge(reader, number, kind) {
    const { shapes } = reader.rules.documents;
    if (reader.rules.documents.citizen.includes(kind)) return citizen(reader, number, kind);
    if (kind === "553") return permanent(reader, number);
    if (!shapes[kind]) return other(reader, number, 30);
    return matches(shapes[kind][0], number) ? number : refuse(shapes[kind][1]);
  }

  function citizen(reader, number, kind) {
    if (/^[0-9]{15}$/.test(number)) refuse("id_old_15_digits");
    if (size(number) !== 18) refuse("id_length", { count: size(number) });
    if (!matches(reader.patterns.eighteen, number)) refuse("id_characters");
    checked(reader, number);
    const [prefix, area] = [number.slice(0, 2), number.slice(0, 6)];
    if (kind === "155" && !["810000", "820000"].includes(area)) refuse("id_prefix_hong_kong_macao");
    if (kind === "156" && area !== "830000") refuse("id_prefix_taiwan");
    if (!["155", "156"].includes(kind) && ["81", "82", "83"].includes(prefix)) refuse("id_overseas_prefix");
    if (area === reader.rules.documents.practice && !reader.rules.practice) refuse("practice_only");
    return number;
  }

  // check digit and birth date; the date goes first, for a slip there is told more exactly than "the last digit"
  function checked(reader, number) {
    const birth = birthOf(number) ?? refuse("id_birth_impossible");
    if (!isEighteen(number)) refuse("id_checksum");
    if (birth > reader.today) refuse("id_birth_future");
    if (yearsBetween(birth, reader.today) > reader.rules.documents.oldest) refuse("id_too_old");
  }

  function permanent(reader, number) {
    if (matches(reader.patterns.old_permanent, number)) return number;
    if (!(matches(reader.patterns.eighteen, number) && number[0] === "9")) refuse("permanent_resident_shape");
    checked(reader, number);
    return number;
  }

  function other(reader, number, limit) {
    return size(number) >= 5 && size(number) <= limit && matches(reader.patterns.anything, number) ? number : refuse("document_shape", { limit });
  }

  function credit(reader, code) {
    const bare = code.replace(/[ -]/g, "");
    const fault = creditFault(bare);
    if (fault) refuse(fault, { count: size(code) });
    if (bare.slice(2, 8) === reader.rules.documents.practice && !reader.rules.practice) refuse("practice_only");
    return bare;
  }

  function uscc(reader, raw, field) {
    const found = reader.compact(raw, field);
    const either = field.name === "premises.uscc" && (matches(reader.patterns.old_registration, found) || matches(reader.patterns.temporary_uscc, found));
    return either ? found : credit(reader, found);
  }

  function creditFault(number) {
    const bare = number.replace(/[ -]/g, "");
    if (size(bare) !== 18) return "uscc_length";
    if (!/^[0-9]{8}/.test(bare) || [...bare.slice(8)].some((one) => !CREDIT.includes(one))) return "uscc_characters";
    const total = WEIGHTS.reduce((sum, weight, place) => sum + CREDIT.indexOf(bare[place]) * weight, 0);
    return CREDIT[(31 - (total % 31)) % 31] === bare[17] ? "" : "uscc_checksum";
  }

  gridapp.documents = { Refused, refuse, size, fit, document, uscc, creditFault };
})();
