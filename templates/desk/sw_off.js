"use strict";
// Switched off: removes itself and the pages it kept. What waits in the outbox stays, and is sent by the pages.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) await caches.delete(name);
  await self.registration.unregister();
})()));
