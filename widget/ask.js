// Requests to the server: one answer, or one Fault.

const PATIENCE = 12_000; // milliseconds; the server itself gives up after 8 seconds

/** Why there is no answer. `kind` is a key of `texts.faults`; `seconds` is how long the server wants to be left alone. */
export class Fault extends Error {
  constructor(kind, seconds = 0) {
    super(kind);
    this.kind = kind;
    this.seconds = seconds;
    this.final = kind === "refused"; // sending the same again would be refused again
  }
}

/** Send a message and return the reply object, which carries the session to send next time. */
export async function ask(server, body, patience = PATIENCE) {
  const reply = await call(server, "chat", body, { patience });
  if (typeof reply?.text !== "string") throw new Fault("broken");
  return reply;
}

/**
 * Send an object, or nothing for a GET, to one of the server's addresses. `read` takes the answer out of the response;
 * `keepalive` lets the request outlive the page.
 */
export async function call(server, path, body, { patience = PATIENCE, keepalive = false, read = (response) => response.json() } = {}) {
  if (navigator.onLine === false) throw new Fault("offline");
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patience);
  try {
    const response = await fetch(new URL(path, server), {
      ...(body ? { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) } : {}),
      credentials: "omit",
      referrerPolicy: "no-referrer",
      cache: "no-store",
      keepalive,
      signal: stop.signal,
    });
    if (response.ok) return response.status === 204 ? null : await read(response);
    throw new Fault(kindOf(response.status), Number(response.headers.get("Retry-After")) || 0);
  } catch (error) {
    if (error instanceof Fault && !stop.signal.aborted) throw error;
    if (error instanceof SyntaxError) throw new Fault("broken");
    throw new Fault(stop.signal.aborted ? "slow" : "unreachable");
  } finally {
    clearTimeout(timer);
  }
}

/** Delete a conversation on the server; the request outlives the page. */
export function forget(server, session) {
  return call(server, "forget", { session }, { keepalive: true });
}

function kindOf(status) {
  if (status === 401) return "expired";
  if (status === 429) return "busy";
  if ([400, 413, 415, 422].includes(status)) return "refused";
  return "broken";
}
