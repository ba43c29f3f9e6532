// Keeps one page, that with the numbers, for when the device is not online. It keeps nothing of a conversation.

const SHELF = "helpline-offline-1";
const PAGE = "offline.html";
const FILES = [PAGE, "widget/page.css", "widget/icon.svg"];

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(SHELF).then((shelf) => shelf.addAll(FILES)));
});

self.addEventListener("activate", (event) => {
  const old = async () => (await caches.keys()).filter((name) => name.startsWith("helpline-") && name !== SHELF);
  event.waitUntil(old().then((names) => Promise.all(names.map((name) => caches.delete(name)))));
});

self.addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  if (event.request.mode === "navigate") {
    event.respondWith(fetch(event.request).catch(() => caches.match(PAGE)));
  } else if (FILES.some((file) => pathname.endsWith(`/${file}`))) {
    event.respondWith(fetch(event.request).catch(() => caches.match(event.request)));
  }
});
