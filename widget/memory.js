// What this tab remembers: `sessionStorage` only, so that a new tab does not see it. A copy of this one does, until
// either forgets it.

const KEY = "helpline-chat";
const others = globalThis.BroadcastChannel && new BroadcastChannel(KEY);
const nothing = () => ({ agreed: false, session: null, entries: [], settings: {}, draft: "" });

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

/** `forgotten` gets a session that another tab forgot. */
export function listen(forgotten) {
  others?.addEventListener("message", ({ data }) => forgotten(data));
}

/** Forget everything and return an empty memory; the settings stay, for they say nothing about a person's illness. */
export function forget({ session, settings }) {
  if (session) others?.postMessage(session);
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // nothing was kept
  }
  return { ...nothing(), settings };
}
