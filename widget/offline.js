// On our own page, as long as a person has agreed to the notice: the page with the numbers, for when there is no line.

const at = (path) => new URL(path, import.meta.url).href;
const WORKER = at("../sw.js");
const SHELF = "helpline-offline-1";
let policy;

/** Where there are no workers, or one is refused, the chat works all the same. */
export async function keepNumbers() {
  if (!navigator.serviceWorker) return;
  const shelf = await caches.open(SHELF);
  await shelf.add(at("../offline.html"));
  await shelf.put(at("../widget/page.css"), await fetch(at("page.css"))); // which the browser has already
  // Trusted Types want to know that the address is not made up: it is a constant. Our own page allows this one policy.
  policy ??= globalThis.trustedTypes?.createPolicy("helpline-worker", { createScriptURL: () => WORKER });
  await navigator.serviceWorker.register(policy?.createScriptURL("") ?? WORKER);
}

/** Leave nothing behind. */
export async function dropNumbers() {
  const worker = await navigator.serviceWorker?.getRegistration(WORKER);
  await worker?.unregister();
  await caches.delete(SHELF);
}
