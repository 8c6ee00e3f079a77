"use strict";
// The entry form as it opens without the net: the home is chosen from the building tree this tablet has kept, and which
// fields are asked is worked out here, by the rules it has kept.

(() => {
  const { store } = gridapp;
  const form = document.querySelector("form[data-shell]");
  for (const link of document.querySelectorAll("[data-retry]")) link.href = location.href;
  if (!form || !gridapp.page) return;
  const kind = form.dataset.kind;
  const chooser = form.querySelector("[data-places]");
  const part = (selector) => chooser.querySelector(selector);
  const word = (name) => part("[data-words]").content.querySelector(`[data-${name}]`).textContent;
  const again = form.querySelector("[data-choose]");
  const SYMBOLS = { empty: "○", occupied: "●", stale: "!" };
  let buildings = [];
  let building = null;
  let floor = null;
  let doors = []; // homes that a code may mean, where it is more than one
  let timer = 0;

  carry({ entry_id: crypto.randomUUID?.() ?? "" }); // before a draft is looked for: this is what it would be named after

  function carry(pairs) {
    for (const [name, value] of Object.entries(pairs)) {
      form.querySelector(`input[type=hidden][name="${name}"]`)?.remove();
      if (value !== "") form.prepend(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    }
  }

  // --- where ------------------------------------------------------------------------------------------------------------
  async function open() {
    if (new URLSearchParams(location.search).has("after")) form.querySelector("[data-stored-before]").hidden = false;
    buildings = (await store.kept("places").catch(() => undefined))?.buildings ?? [];
    if (form.querySelector("#place b").textContent) return settle(); // a draft knows its place
    const asked = new URLSearchParams(location.search);
    building = buildings.find((one) => one.code === asked.get("building") || one.rooms.some(({ id }) => id === asked.get("housing")));
    const room = building?.rooms.find(({ id }) => id === asked.get("housing"));
    floor = room?.floor ?? (asked.get("floor") ? Number(asked.get("floor")) : null);
    if (kind === "resident" && room) return choose(room);
    if (kind === "housing" && building && asked.get("room_no")) return chooseNew(asked.get("room_no"));
    draw();
  }

  function draw() {
    const step = !buildings.length ? "none" : doors.length ? "door" : !building ? "building" : floor === null && kind === "housing" ? "floor" : "room";
    choosing(step !== "none");
    chooser.hidden = false;
    again.hidden = !building;
    for (const one of chooser.querySelectorAll("[data-when]")) one.hidden = one.dataset.when !== step;
    part("[data-place-filter]").hidden = step !== "building" || buildings.length < 8;
    part("[data-new-room]").hidden = step !== "room" || kind !== "housing";
    const whole = step === "room" && kind === "resident";
    const tiles = { none: () => [], building: ofBuildings, floor: ofFloors, room: whole ? () => [] : () => ofRooms(floor), door: ofDoors }[step]();
    part(".tiles").classList.toggle("wide", ["building", "door"].includes(step));
    part(".tiles").replaceChildren(...tiles);
    part("[data-floors]").replaceChildren(...(whole ? wholeBuilding() : []));
    name();
  }

  // First where, then who: the fields come with the home.
  function choosing(first) {
    form.closest(".cols").toggleAttribute("data-choosing", first);
    const scan = document.querySelector("[data-scan]");
    if (scan) scan.hidden = !first || !buildings.length;
  }

  function tile(said, act, state = "") {
    const made = part("[data-tile]").content.firstElementChild.cloneNode(true);
    made.querySelector("span").textContent = said;
    const small = made.querySelector("small");
    small.hidden = !state;
    if (state) {
      made.querySelector("button").classList.add(state);
      small.querySelector("[data-symbol]").textContent = SYMBOLS[state];
      small.querySelector("[data-state]").textContent = word(state);
    }
    act ? made.querySelector("button").addEventListener("click", act) : made.querySelector("button").setAttribute("disabled", "");
    return made;
  }

  function ofBuildings() {
    const wanted = part("[data-place-filter]").value.trim().toLowerCase();
    const found = buildings.filter((one) => one.label.toLowerCase().includes(wanted)).slice(0, 60);
    return found.map((one) => tile(one.label, () => { building = one; draw(); }));
  }

  const floorsOf = ({ floors, rooms }) =>
    [...new Set([...Array(floors).keys()].map((one) => one + 1).concat(rooms.map((room) => room.floor).filter((one) => one !== null)))];

  function ofFloors() {
    return floorsOf(building).sort((one, other) => one - other).map((one) => tile(word("floor").replace("%", one), () => { floor = one; draw(); }));
  }

  function ofRooms(number) {
    const rooms = building.rooms.filter((room) => room.floor === number);
    return rooms.map((room) => tile(room.room_no, kind === "resident" ? () => choose(room) : null, room.state));
  }

  // All floors at one glance, the top one first, as the building stands there; what has no floor comes last.
  function wholeBuilding() {
    const known = [...new Set(building.rooms.map((room) => room.floor))];
    return known.sort((one, other) => (other ?? -99) - (one ?? -99)).map((number) => {
      const made = part("[data-floor-of]").content.firstElementChild.cloneNode(true);
      made.querySelector("h3").textContent = number === null ? word("no-floor") : word("floor").replace("%", number);
      made.setAttribute("aria-label", made.querySelector("h3").textContent);
      made.querySelector("ul").replaceChildren(...ofRooms(number));
      return made;
    });
  }

  // --- the code on a door, found among the rooms this tablet has kept ---------------------------------------------------------
  const CODE = "[0-9]{25}|T[0-9]{24}";
  const doorsOf = (fits) => buildings.flatMap((one) => one.rooms.filter((room) => fits(room, one)).map((room) => ({ building: one, room })));

  // The twin of gridapp/registry/door_codes.py, which checks the sum in the picture; here it leads to nothing but a room.
  function byCode(text) {
    const picture = /[?&]k=([A-Za-z0-9_-]{32})(?![A-Za-z0-9_-])/.exec(text)?.[1];
    if (picture) {
      const id = idIn(picture);
      return doorsOf((room) => room.id === id);
    }
    const plain = text.replace(/[\s-]+/g, "");
    const code = new RegExp(`(?<![0-9A-Za-z])(?:${CODE})(?![0-9A-Za-z])`).exec(text)?.[0] ?? new RegExp(`^(?:${CODE})$`).exec(plain)?.[0];
    const short = code?.slice(-8) ?? (/^[0-9]{8}$/.test(plain) ? plain : "");
    return doorsOf((room, one) => short && room.short === short && (!code || code.startsWith("T") || code.startsWith(one.code)));
  }

  function idIn(picture) {
    const bytes = atob(picture.replaceAll("-", "+").replaceAll("_", "/")).slice(0, 16);
    const hex = Array.from(bytes, (one) => one.charCodeAt(0).toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  const ofDoors = () => doors.map((one) => tile(`${one.building.label} ${one.room.room_no}`, () => enter(one), one.room.state));

  function enter(door) {
    doors = [];
    building = door.building;
    choose(door.room);
  }

  document.querySelector("[data-scan] form")?.addEventListener("submit", (event) => {
    event.preventDefault();
    const dialog = event.target.closest("dialog");
    doors = byCode(event.target.elements.code.value);
    if (!doors.length) {
      dialog.querySelector("[data-scan-says]").textContent = dialog.querySelector("[data-scan-words]").content.querySelector("[data-unknown]").textContent;
      return;
    }
    dialog.close();
    doors.length === 1 ? enter(doors[0]) : draw();
  });

  function choose(room) {
    carry({ housing: room.id });
    name(room.room_no);
    settle(true);
  }

  function chooseNew(number) {
    if (!number.trim()) return part("#place-room").focus();
    carry({ building: building.code, floor: floor ?? "", room_no: number.trim() });
    name(number.trim());
    settle(true);
  }

  const name = (room = "") => {
    const steps = [building?.label, !room && floor !== null && building ? word("floor").replace("%", floor) : "", room];
    form.querySelector("#place b").textContent = steps.filter(Boolean).join(" ");
    form.querySelector("#place").hidden = !building;
  };

  function settle(chosen = false) {
    if (!form.querySelector("#place b").textContent) return draw(); // a draft that had no place yet
    choosing(false);
    form.querySelector("#place").hidden = false;
    chooser.hidden = true;
    again.hidden = false;
    if (chosen) form.dispatchEvent(new Event("change", { bubbles: true })); // the place belongs to the draft
    gridapp.judge(form);
    if (chosen) form.querySelector("[data-field]:not([hidden]) :is(input, textarea)")?.focus();
  }

  part("[data-place-filter]").addEventListener("input", (event) => { if (!event.isComposing) draw(); });
  part("[data-new-room] button").addEventListener("click", () => chooseNew(part("#place-room").value));
  again.addEventListener("click", () => {
    carry({ housing: "", building: "", floor: "", room_no: "" });
    building = floor = null;
    doors = [];
    draw();
  });

  // --- what is asked ------------------------------------------------------------------------------------------------------
  const later = () => { clearTimeout(timer); timer = setTimeout(() => gridapp.judge(form), 300); };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("restored", settle.bind(null, false));

  document.addEventListener("DOMContentLoaded", () => open());
})();
