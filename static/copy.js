"use strict";
// One tap copies one line of a card. Where the clipboard may not be used the line is marked, to be copied by hand.

(() => {
  const say = (word) => { const status = document.getElementById("copied"); status.textContent = status.dataset[word]; };

  function mark(line) {
    const range = document.createRange();
    range.selectNodeContents(line);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  }

  async function copy(line) {
    try {
      await navigator.clipboard.writeText(line.textContent); // plain http or an old browser: there is no clipboard
      return true;
    } catch {
      mark(line);
      return document.execCommand("copy");
    }
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const done = await copy(document.getElementById(button.dataset.copy));
    for (const other of document.querySelectorAll("[data-copied]")) delete other.dataset.copied;
    if (done) button.dataset.copied = "";
    say(done ? "done" : "byHand");
  });
})();
