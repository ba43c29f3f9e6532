// Whether an answer helped: two buttons under it, and a reason from the server's list where it did not. No free text.

import { call } from "./ask.js";
import { button, el } from "./dom.js";

/** Return the row of buttons under a reply. `session` is asked for when one is pressed: it changes with every reply. */
export function feedbackRow({ custom }, words, server, session) {
  const status = el("span", { tabindex: "-1" });
  const send = async (helpful, reason) => {
    const body = { session: session(), answer_id: custom.answer_id, helpful, ...(reason ? { reason } : {}) };
    await call(server, "feedback", body).then(() => thank(words.thanks), () => thank(words.failed));
  };
  const thank = (text) => {
    status.textContent = text;
    const pressedHere = row.contains(row.getRootNode().activeElement);
    row.replaceChildren(status);
    if (pressedHere) status.focus(); // the button that had the focus is gone; it is read from here
  };
  const askWhy = async () => {
    const offered = import("./settings.js").then(({ settingsOf }) => settingsOf(server));
    const { feedback_reasons: reasons = [] } = await offered.catch(() => ({}));
    if (!reasons.length) return send(false);
    const choices = reasons.map(({ id, text }) => button(text, () => send(false, id), plain()));
    const box = el("div", { role: "group", "aria-label": words.why, tabindex: "-1" }, el("p", {}, words.why), ...choices);
    box.append(button(words.noReason, () => send(false), plain()));
    row.replaceChildren(box);
    box.focus();
  };
  const row = el(
    "div",
    { class: "feedback", part: "feedback", role: "group", "aria-label": words.title, "aria-live": "off" },
    el("span", {}, words.title),
    button(words.yes, () => send(true), plain()),
    button(words.no, askWhy, plain()),
    status,
  );
  return row;
}

const plain = () => ({ class: "plain small", part: "button" });
