// The messages of the conversation, each built once from its entry.

import { answerNodes } from "./answer.js";
import { button, el } from "./dom.js";

/** What the person said. It can hold the focus when the button that said it goes away. */
export function said(text, texts) {
  return message("you", { tabindex: "-1" }, unseen(texts.you), el("bdi", {}, text));
}

/** A reply of the server; an alarm looks like one, and is announced at once where it is `fresh`. */
export function replied(reply, texts, fresh) {
  const kind = reply.custom?.kind;
  const nodes = answerNodes(reply, texts);
  if (!Object.hasOwn(texts.alarm, kind)) return message("bot", {}, unseen(texts.bot), ...nodes);
  // Who is in another country is told no number of the US.
  const named = texts.calls[kind].filter(({ href }) => reply.text.includes(href.slice(4)));
  const calls = named.length ? el("p", { class: "calls" }, ...named.map(({ text, href }) => el("a", { href }, text))) : null;
  return message("bot alarm", { role: fresh && "alert" }, el("h2", {}, texts.alarm[kind]), calls, ...nodes);
}

/** A line of the chat itself. */
export function note(text) {
  return message("bot note", { tabindex: "-1" }, el("p", {}, text));
}

/** Why there is no answer, what to do, and whom to call. */
export function failed(fault, texts, again) {
  const { person, faults } = texts;
  const { kind, final, seconds } = fault;
  const retry = button(texts.again, again, { class: "plain", part: "button", disabled: seconds > 0 });
  if (seconds) setTimeout(() => (retry.disabled = false), seconds * 1000);
  const wait = seconds.toLocaleString(texts.lang, { style: "unit", unit: "second", unitDisplay: "long" });
  return message(
    "bot fault",
    { role: "alert" },
    el("h2", {}, faults.title),
    el("p", {}, faults[kind]),
    seconds ? el("p", {}, faults.wait(wait)) : null,
    el("p", {}, faults.person, el("a", { dir: "ltr", href: person.href }, person.number)),
    final ? null : retry,
  );
}

/** The buttons of a reply. `press` gets the title that the person saw and the payload for the server. */
export function quickReplies(buttons, label, press) {
  const list = buttons.map(({ title, payload }) => button(title, () => press(title, payload), { class: "plain", part: "quick" }));
  return el("div", { class: "quick", role: "group", "aria-label": label }, ...list);
}

function message(kind, attributes, ...children) {
  return el("div", { class: `message ${kind}`, part: `message ${kind}`, ...attributes }, ...children);
}

function unseen(text) {
  return el("span", { class: "unseen" }, `${text} `);
}
