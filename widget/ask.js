// One question to the server, one reply or one Fault.

const PATIENCE = 12_000; // milliseconds; the server itself gives up after 8 seconds

/** Why there is no reply. `kind` is a key of `texts.faults`; `detail` is what the server said, where it said something. */
export class Fault extends Error {
  constructor(kind, detail = "") {
    super(kind);
    this.kind = kind;
    this.detail = detail;
    this.final = kind === "refused"; // sending the same again would be refused again
  }
}

/** Send a message and return the reply object, which carries the session to send next time. */
export async function ask(address, message, session, patience = PATIENCE) {
  if (navigator.onLine === false) throw new Fault("offline");
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patience);
  try {
    const response = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(session ? { message, session } : { message }),
      credentials: "omit",
      referrerPolicy: "no-referrer",
      cache: "no-store",
      signal: stop.signal,
    });
    const body = await response.json().catch(() => null);
    if (stop.signal.aborted) throw new Fault("slow");
    if (response.ok && typeof body?.text === "string") return body;
    throw new Fault(kindOf(response.status), typeof body?.detail === "string" ? body.detail : "");
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault(stop.signal.aborted ? "slow" : "unreachable");
  } finally {
    clearTimeout(timer);
  }
}

function kindOf(status) {
  if (status === 401) return "expired";
  if (status === 429) return "busy";
  if ([400, 413, 415, 422].includes(status)) return "refused";
  return "broken";
}
