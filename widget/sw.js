// Shows the page with the numbers, which offline.js keeps, where the chat cannot be reached. It keeps nothing.

const PAGE = "offline.html";
const STYLE = "widget/page.css";

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const isPage = request.mode === "navigate";
  if (!isPage && !request.url.endsWith(`/${STYLE}`)) return;
  const kept = async () => (await caches.match(isPage ? PAGE : STYLE)) ?? Response.error();
  const isGone = ({ status }) => isPage && status >= 500; // a proxy answers for a server that is down
  event.respondWith(fetch(request).then((response) => (isGone(response) ? kept() : response), kept));
});
