// Saves a file made here or by the server on the person's device.

import { el } from "./dom.js";

/** Save a blob. The name says nothing about an illness: a file stays on a shared device longer than the chat does. */
export function saveFile(blob, ending) {
  const url = URL.createObjectURL(blob);
  el("a", { href: url, download: `chat-${new Date().toISOString().slice(0, 10)}.${ending}` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
