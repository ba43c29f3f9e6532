// What this tab remembers: `sessionStorage` only, so that a new tab does not see it. A copy of a tab does: it goes on
// without the session, or each would get the other's answers, and is forgotten together with the tab.

const KEY = "helpline-chat";
const [TRIES, PAUSE] = [8, 250]; // milliseconds; a page that goes, as for a reload, gives the name of its tab back soon
const others = globalThis.BroadcastChannel && new BroadcastChannel(KEY);
const name = () => String(Math.random());
const nothing = () => ({ agreed: false, session: null, entries: [], settings: {}, draft: "", tab: name(), family: name() });
let held = null; // the name of this page's tab

/** Return what was kept, or an empty memory. */
export function recall() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY));
    if (Array.isArray(kept?.entries)) return { ...nothing(), ...kept, settings: { ...kept.settings } };
  } catch {
    // storage is switched off or was damaged: the chat works without it
  }
  return nothing();
}

/** Keep a memory for reloads of this tab. */
export function keep(memory) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(memory));
  } catch {
    // storage is switched off or full: the chat goes on, a reload begins anew
  }
}

/** Make a memory this page's own. Where a page that lives has it already, asleep or not, its session stays there: `true`. */
export async function isCopy(memory) {
  if (await hold(memory.tab)) return false;
  memory.tab = name();
  memory.session = null;
  keep(memory);
  await hold(memory.tab);
  return true;
}

/** Hold the name of a tab until the page goes. Only a lock tells of a page that is asleep; a site without HTTPS has none. */
async function hold(tab) {
  if (tab === held) return true;
  for (let tries = 0; navigator.locks && tries < TRIES; tries++) {
    if (tries) await new Promise((done) => setTimeout(done, PAUSE));
    if (await lock(tab)) return true;
  }
  return false;
}

function lock(tab) {
  return new Promise((found) => {
    const until = (lock) => {
      found(lock);
      if (lock) held = tab;
      return lock && new Promise((free) => addEventListener("pagehide", () => free((held = null)), { once: true }));
    };
    navigator.locks.request(KEY + tab, { ifAvailable: true }, until).catch(() => found(null));
  });
}

/** `forgotten` is called when another tab forgets a memory of this family. */
export function listen(forgotten) {
  others?.addEventListener("message", ({ data }) => forgotten(data));
}

/** Let every copy of this memory be forgotten. */
export function tellCopies({ family }) {
  others?.postMessage(family);
}

/** Forget everything and return an empty memory; the settings stay, for they say nothing about a person's illness. */
export function forget({ tab, settings }) {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // nothing was kept
  }
  return { ...nothing(), tab, settings };
}
