"use strict";
// Whole values are hidden again when their time is over (the part asks for itself anew) and as soon as the page is left or
// covered: whoever takes the tablet next sees masks.
(() => {
  const hide = () => {
    for (const value of document.querySelectorAll("[data-whole] dd")) value.textContent = "***";
  };
  document.addEventListener("visibilitychange", () => document.hidden && hide());
  addEventListener("pagehide", hide);
})();
