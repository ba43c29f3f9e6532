// What the server offers: languages, audiences, reasons, questions for the doctor. Fetched once, when first needed.

import { call } from "./ask.js";

const offered = new Map();

/** Return what a server offers; where that fails, it is asked anew the next time. */
export function settingsOf(server) {
  if (!offered.has(server)) {
    offered.set(server, call(server, "settings").catch((fault) => {
      offered.delete(server);
      throw fault;
    }));
  }
  return offered.get(server);
}
