// The parts around the conversation: who this is, the lines to call, the notice, and the place to type.

import { el } from "./dom.js";

export const MOST_CHARACTERS = 1000; // as many as the server reads

/** The head of the chat: what it is, and its buttons. */
export function head(texts, { title, level, buttons }) {
  return el(
    "header",
    { class: "top", part: "header" },
    el("div", {}, el(level, {}, title || texts.title), el("p", {}, texts.subtitle)),
    ...buttons,
  );
}

export function plainButton(text, press, attributes = {}) {
  return el("button", { type: "button", class: "plain", click: press, ...attributes }, text);
}

/** The two lines that are always there: the emergency number, and a person to talk to. */
export function lifelines({ emergency, person }) {
  return el(
    "div",
    { class: "lines", part: "lines" },
    el("p", {}, ...emergency.map((piece) => (piece.href ? el("a", { href: piece.href }, piece.text) : piece))),
    el("p", {}, person.label, el("a", { href: person.href }, person.number), el("small", {}, person.hours)),
  );
}

/** What a person should know before the first question, and the button that says so. */
export function noticeView({ notice }, agree) {
  return el(
    "section",
    { class: "notice", part: "notice", tabindex: "0", "aria-labelledby": "notice" },
    el("h3", { id: "notice" }, notice.title),
    el("ul", {}, ...notice.points.map((point) => el("li", {}, point))),
    el("button", { type: "button", class: "main", part: "button", click: agree }, notice.agree),
    el("p", {}, notice.otherwise),
  );
}

/** The place to type. `send` gets the text and returns whether it was taken. */
export function composer(texts, send) {
  const input = el("textarea", {
    rows: "1",
    part: "input",
    autocomplete: "off",
    spellcheck: "false", // some browsers send what is typed to a spelling service
    enterkeyhint: "send",
    dir: "auto",
    input: () => input.setCustomValidity(""),
    keydown(event) {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    },
  });
  const button = el("button", { class: "send", part: "button" }, texts.send);
  const form = el(
    "form",
    {
      part: "composer",
      novalidate: true,
      submit(event) {
        event.preventDefault();
        const text = input.value.trim();
        const tooLong = text.length > MOST_CHARACTERS ? texts.tooLong(text.length, MOST_CHARACTERS) : "";
        input.setCustomValidity(tooLong);
        if (text && form.reportValidity() && send(text)) input.value = "";
        input.focus();
      },
    },
    el("label", {}, texts.input, input),
    button,
  );
  return form;
}
