// The messages of the conversation, each built once from its entry.

import { answerNodes } from "./answer.js";
import { el } from "./dom.js";

/** What the person said. It can hold the focus when the button that said it goes away. */
export function said(text, texts) {
  return el("div", { class: "message you", part: "message you", tabindex: "-1", dir: "auto" }, unseen(texts.you), text);
}

/** A reply of the server; an alarm looks like one, and is announced at once where it is `fresh`. */
export function replied(reply, texts, { fresh }) {
  const title = texts.alarm[reply.custom?.kind];
  const nodes = answerNodes(reply, texts);
  if (!title) return el("div", { class: "message bot", part: "message bot" }, unseen(texts.bot), ...nodes);
  const calls = texts.calls[reply.custom.kind].map(({ text, href }) => el("a", { href }, text));
  return el(
    "div",
    { class: "message bot alarm", part: "message bot alarm", role: fresh && "alert" },
    el("h3", {}, title),
    ...nodes,
    el("div", { class: "calls" }, ...calls),
  );
}

/** A line of the chat itself. */
export function note(text) {
  return el("div", { class: "message bot note", part: "message note" }, el("p", {}, text));
}

/** Why there is no answer, what to do, and whom to call. */
export function failed(fault, texts, again) {
  const { person, faults } = texts;
  return el(
    "div",
    { class: "message bot fault", part: "message fault", role: "alert" },
    el("h3", {}, faults.title),
    el("p", {}, fault.detail || faults[fault.kind]),
    el("p", {}, faults.person, el("a", { href: person.href }, person.number)),
    fault.final ? null : el("button", { type: "button", class: "again", part: "button", click: again }, texts.again),
  );
}

/** The buttons of a reply. `press` gets the payload for the server and the title that the person saw. */
export function quickReplies(buttons, label, press) {
  const list = buttons.map(({ title, payload }) =>
    el("button", { type: "button", part: "quick", click: () => press(payload, title) }, title),
  );
  return el("div", { class: "quick", role: "group", "aria-label": label }, ...list);
}

function unseen(text) {
  return el("span", { class: "unseen" }, `${text} `);
}
