"use strict";
// The service worker: keeps the pages that hold nobody's data, so that they open without the net, and sends the outbox when
// no page of ours is open. No page and no answer with residents in it is ever kept. {{ version }}
importScripts({% for url in scripts %}"{{ url|escapejs }}"{% if not forloop.last %}, {% endif %}{% endfor %});

const CACHE = "shell-{{ version }}";
const STATIC = "{{ static_url|escapejs }}";
const KEPT = {{ kept|safe }};
const PATIENCE = 4000;
const SHELLS = [
  [/^\/(entries\/(new|choose)|shell)\/resident\/$/, "/shell/resident/"],
  [/^\/(entries\/(new|choose)|shell)\/housing\/$/, "/shell/housing/"],
  [/^\/diag\/$/, "/diag/"],
];

self.addEventListener("install", (event) => event.waitUntil(keepAll()));
self.addEventListener("activate", (event) => event.waitUntil(dropOld()));
self.addEventListener("message", (event) => { if (event.data === "skip") self.skipWaiting(); });
// thrown: the browser tries again later
self.addEventListener("sync", (event) => event.waitUntil(send()));

async function send() {
  const { state, held } = await gridapp.outbox.flush();
  if (state === "offline") throw new Error(state);
  if (!held) return;
  await new Promise((done) => setTimeout(done, held)); // its worker may still take it back
  await send();
}

async function keepAll() {
  const cache = await caches.open(CACHE);
  await Promise.all(KEPT.map(async (url) => {
    const answer = await fetch(new Request(url, { cache: "reload", credentials: "omit" }));
    if (!answer.ok || answer.redirected) throw new Error(`${url}: ${answer.status}`); // a redirect could not answer a navigation
    await cache.put(url, answer);
  }));
}

async function dropOld() {
  for (const name of await caches.keys()) if (name.startsWith("shell-") && name !== CACHE) await caches.delete(name);
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (event.request.mode === "navigate") event.respondWith(page(event.request, url));
  else if (url.pathname.startsWith(STATIC)) event.respondWith(file(event.request));
});

async function file(request) {
  return (await (await caches.open(CACHE)).match(request, { ignoreVary: true })) ?? fetch(request);
}

async function page(request, url) {
  if (/^\/(shell\/\w+|offline)\/$/.test(url.pathname)) return kept(url).then((found) => found ?? fetch(request));
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), PATIENCE);
  try {
    const answer = await fetch(request, { signal: limit.signal });
    if (![502, 503, 504].includes(answer.status)) return answer; // those come from what stands before a server that is down
  } catch { /* no net, or too slow to wait for */ } finally {
    clearTimeout(timer);
  }
  return (await kept(url)) ?? Response.error();
}

// What opens instead of a page: the empty form where one would be filled in, else the page that says there is no net.
async function kept(url) {
  const shell = SHELLS.find(([path]) => path.test(url.pathname))?.[1] ?? "/offline/";
  const language = (await gridapp.store.kept("language").catch(() => undefined)) ?? "zh-hans";
  return (await caches.open(CACHE)).match(`${shell}?language=${language}`, { ignoreVary: true });
}
