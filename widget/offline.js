// On our own page, once a person has agreed to the notice: keep the page with the numbers for when there is no line.

const WORKER = new URL("../sw.js", import.meta.url).href;
// A site that requires Trusted Types wants to know that the address is not made up: it is a constant.
const policy = globalThis.trustedTypes?.createPolicy("helpline-worker", { createScriptURL: () => WORKER });

export function keepNumbers() {
  // Where there are no workers, or one is refused, the chat works all the same.
  navigator.serviceWorker?.register(policy ? policy.createScriptURL("") : WORKER).catch(() => {});
}
