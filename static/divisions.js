"use strict";
// Finding a division without signal: by a piece of its name, by pinyin or its initials, by the beginning of its code. As
// gridapp/desk/divisions.py does, in the one province this tablet keeps; tests/browser/test_doubts_twin.py holds the two equal.

self.gridapp ??= {};

(() => {
  const SHOWN = 8;
  const brief = (part, whole) => (whole.length > 2 ? part.slice(0, -1) : part);

  // A row as people say and spell it: without 省, 市 and 区, and beginning with any of its levels.
  function spoken([code, parts, spellings, ended, successor, former]) {
    const read = spellings.map((one) => one.split(" "));
    const short = read.map((syllables, place) => brief(syllables, parts[place]));
    const levels = [read, short].flatMap((spelt) => spelt.map((_, first) => spelt.slice(first).flat().join("")));
    const initials = [read, short].map((spelt) => spelt.flat().map((one) => one[0]).join(""));
    return { code, label: parts.join(""), name: parts.at(-1), said: parts.map((one) => brief(one, one)).join(""), levels, initials, ended, successor, former };
  }

  const byLetters = (rows, wanted) => rows
    .map((row) => ({ row, read: row.levels.some((one) => one.startsWith(wanted)) }))
    .filter(({ row, read }) => read || row.initials.some((one) => one.includes(wanted)))
    .sort((one, other) => Boolean(one.row.ended) - Boolean(other.row.ended) || other.read - one.read
      || one.row.label.length - other.row.label.length || one.row.code.localeCompare(other.row.code))
    .map(({ row }) => row);

  function byName(rows, wanted) {
    const fits = rows.filter((row) => row.code.startsWith(wanted) || row.label.includes(wanted) || row.former.some((one) => one.includes(wanted)));
    return fits.length ? fits : rows.filter((row) => row.said.includes(wanted));
  }

  // [{code, label, former or ended}], best first. table: what /divisions/kept/ answers.
  function find(table, text) {
    const wanted = text.trim().slice(0, 40).toLowerCase();
    if (!wanted) return [];
    const rows = table.rows.map(spoken);
    const of = new Map(rows.map((row) => [row.code, row]));
    const shown = new Map();
    const show = ({ code, label }, note) => shown.has(code) || shown.set(code, { code, label, ...note });
    for (const row of (/^[a-z]{2,}$/.test(wanted) ? byLetters : byName)(rows, wanted).slice(0, SHOWN)) {
      const following = of.get(row.successor);
      if (row.ended && following) show(following, { former: row.name });
      const name = row.former.filter((one) => one.includes(wanted)).at(-1);
      show(row, row.ended ? { ended: row.ended } : name ? { former: name } : {});
    }
    return [...shown.values()].slice(0, SHOWN);
  }

  // --- under the field, as the server's answer --------------------------------------------------------------------------------
  document.addEventListener("unanswered", async ({ target }) => {
    const words = document.querySelector("template[data-division-words]");
    if (!gridapp.able || !words || !target.matches("[data-division]")) return;
    const table = await gridapp.store.kept("divisions").catch(() => undefined);
    const box = target.closest("[data-field]").querySelector("[data-found]");
    if (!table || !target.isConnected) return;
    const word = (name) => words.content.querySelector(`[data-${name}]`).cloneNode(true);
    const lines = find(table, target.value).map((one) => {
      const made = word("choice");
      Object.assign(made.dataset, { for: target.name, fill: `${one.code} ${one.label}` });
      made.querySelector("span").textContent = one.label;
      const note = one.ended ? word("ended") : one.former ? word("former") : undefined;
      if (note) made.querySelector("small").textContent = note.textContent.replace("%", one.ended ?? one.former);
      return made;
    });
    const where = word("only");
    where.querySelector("b").textContent = table.province;
    box.replaceChildren(...lines, where);
  });

  gridapp.divisions = { find };
})();
