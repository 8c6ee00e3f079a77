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
  let buildings = [];
  let building = null;
  let floor = null;
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
    const step = !buildings.length ? "none" : !building ? "building" : floor === null ? "floor" : "room";
    choosing(step !== "none");
    chooser.hidden = false;
    again.hidden = !building;
    for (const one of chooser.querySelectorAll("[data-when]")) one.hidden = one.dataset.when !== step;
    part("[data-place-filter]").hidden = step !== "building" || buildings.length < 8;
    part("[data-new-room]").hidden = step !== "room" || kind !== "housing";
    const tiles = { none: () => [], building: ofBuildings, floor: ofFloors, room: ofRooms }[step]();
    part("ul").classList.toggle("wide", step === "building");
    part("ul").replaceChildren(...tiles);
    name();
  }

  // First where, then who: the fields come with the home.
  function choosing(first) {
    form.closest(".cols").toggleAttribute("data-choosing", first);
  }

  function tile(said, small, act) {
    const made = part("[data-tile]").content.firstElementChild.cloneNode(true);
    made.querySelector("span").textContent = said;
    made.querySelector("small").textContent = small;
    made.querySelector("small").hidden = !small;
    act ? made.querySelector("button").addEventListener("click", act) : made.querySelector("button").setAttribute("disabled", "");
    return made;
  }

  function ofBuildings() {
    const wanted = part("[data-place-filter]").value.trim().toLowerCase();
    const found = buildings.filter((one) => one.label.toLowerCase().includes(wanted)).slice(0, 60);
    return found.map((one) => tile(one.label, "", () => { building = one; draw(); }));
  }

  function ofFloors() {
    const known = building.rooms.map((room) => room.floor).filter((one) => one !== null);
    const floors = new Set([...Array(building.floors).keys()].map((one) => one + 1).concat(known));
    return [...floors].sort((one, other) => one - other).map((one) => tile(word("floor").replace("%", one), "", () => { floor = one; draw(); }));
  }

  function ofRooms() {
    const rooms = building.rooms.filter((room) => room.floor === floor);
    return rooms.map((room) => tile(room.room_no, word(room.state), kind === "resident" ? () => choose(room) : null));
  }

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
    draw();
  });

  // --- what is asked ------------------------------------------------------------------------------------------------------
  const later = () => { clearTimeout(timer); timer = setTimeout(() => gridapp.judge(form), 300); };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("restored", settle.bind(null, false));

  document.addEventListener("DOMContentLoaded", () => open());
})();
