"use strict";
// Reads the code on a door with the camera. What was read goes into the form under the picture and is posted as if typed.
// The decoder is loaded on the first tap: most workers never need it. No picture leaves the tablet or is kept.

(() => {
  const LONGEST = 640; // pixels of the longer side that are searched
  const EVERY = 100; // milliseconds between looks
  let reading; // the promise of the decoder

  function reader(address) {
    reading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = address;
      script.addEventListener("load", () => resolve(self.jsQR));
      script.addEventListener("error", () => { reading = undefined; reject(new Error("no decoder")); });
      document.head.append(script);
    });
    return reading;
  }

  function scanner(part) {
    const dialog = part.querySelector("dialog");
    const video = dialog.querySelector("video");
    const form = dialog.querySelector("form");
    const words = dialog.querySelector("[data-scan-words]").content;
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    let stream;
    let timer;

    const say = (what) => { dialog.querySelector("[data-scan-says]").textContent = words.querySelector(`[data-${what}]`).textContent; };

    function stop() {
      clearInterval(timer);
      for (const track of stream?.getTracks() ?? []) track.stop();
      stream = undefined;
      video.srcObject = null;
      video.hidden = true;
    }

    function look(decode) {
      const longer = Math.max(video.videoWidth, video.videoHeight);
      if (!longer) return;
      const scale = Math.min(1, LONGEST / longer);
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      pen.drawImage(video, 0, 0, canvas.width, canvas.height);
      const picture = pen.getImageData(0, 0, canvas.width, canvas.height);
      const text = decode(picture.data, canvas.width, canvas.height, { inversionAttempts: "dontInvert" })?.data.trim();
      if (text) found(text);
    }

    function found(text) {
      stop();
      say("found");
      form.elements.code.value = text;
      // a page that knows the rooms itself, without a connection, may take it from here
      const told = new CustomEvent("gridapp:scanned", { bubbles: true, cancelable: true, detail: text });
      if (form.dispatchEvent(told)) form.requestSubmit(); else dialog.close();
    }

    async function open() {
      dialog.showModal();
      if (!navigator.mediaDevices?.getUserMedia) { say("missing"); return; }
      say("starting");
      try {
        const wish = { video: { facingMode: "environment", width: { ideal: 640 }, height: { ideal: 480 } }, audio: false };
        const decoding = reader(part.dataset.reader);
        decoding.catch(() => {}); // told below, when the camera is there
        stream = await navigator.mediaDevices.getUserMedia(wish);
        const decode = await decoding;
        if (!dialog.open) { stop(); return; } // closed while the camera was starting
        video.srcObject = stream;
        video.hidden = false;
        await video.play();
        say("looking");
        timer = setInterval(look, EVERY, decode);
      } catch (error) {
        stop();
        say(error.name === "NotAllowedError" ? "denied" : "missing");
      }
    }

    part.querySelector("[data-scan-open]").addEventListener("click", open);
    dialog.querySelector("[data-scan-close]").addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", stop);
    addEventListener("pagehide", stop);
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const part of document.querySelectorAll("[data-scan]")) scanner(part);
  });
})();
