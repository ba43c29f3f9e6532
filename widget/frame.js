// The parts around the conversation: who this is, the lines to call, and the notice.

import { button, el } from "./dom.js";

/** The head of the chat: what it is, and its buttons. */
export function head(title, { subtitle }, level, buttons) {
  return el(
    "div",
    { class: "top", part: "header" },
    el("div", {}, el(level, {}, title), el("p", {}, subtitle)),
    el("div", { class: "buttons" }, ...buttons),
  );
}

/** The two lines that are always in sight, the emergency number and a person to talk to; and the way out, if there is one. */
export function lifelines({ emergency, person }, exit = null) {
  const numbers = el(
    "div",
    {},
    el("p", {}, ...emergency.map((piece) => (piece.href ? el("a", { href: piece.href }, piece.text) : piece))),
    el("p", {}, person.label, el("a", { dir: "ltr", href: person.href }, person.number)),
  );
  return el("div", { class: "lines", part: "lines" }, el("div", { class: "numbers" }, numbers, exit), el("small", {}, person.hours));
}

/** What a person should know before the first question, and the button that says so. */
export function noticeView({ notice }, agree) {
  return el(
    "div",
    { class: "notice", part: "notice" },
    el(
      "div",
      { class: "points", tabindex: "0", role: "group", "aria-labelledby": "notice" },
      el("h2", { id: "notice" }, notice.title),
      el("ul", {}, ...notice.points.map((point) => el("li", {}, point))),
      el("p", {}, notice.otherwise),
    ),
    el("div", { class: "agree" }, button(notice.agree, agree, { class: "main", part: "button" })),
  );
}
