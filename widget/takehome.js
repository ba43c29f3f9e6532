// The sheet for the doctor's visit: what goes into it is chosen here, the server makes the PDF and keeps nothing.

import { Fault, call } from "./ask.js";
import { button, el } from "./dom.js";
import { withExtras } from "./language.js";
import { saveFile } from "./save.js";
import { settingsOf } from "./settings.js";

const PLAIN = { class: "plain", part: "button" };
const MOST_OWN = 5; // questions of one's own
const MOST_TURNS = 40; // as many as the server takes
const MOST_ASKED = 1000; // characters of a question, as many as the server takes
const PATIENCE = 30_000; // milliseconds

/** Return the form. `close` takes it away again. */
export async function takeHomeView(basic, memory, server, close) {
  const texts = await withExtras(basic);
  const words = texts.sheet;
  const questions = el("div", { class: "questions" });
  const status = el("p", { role: "status" });
  const paper = choice(words.paper, words.papers, /-(US|CA|MX)$/.test(navigator.language) ? "letter" : "a4");
  const large = el("input", { type: "checkbox" });
  const form = el(
    "form",
    {
      class: "takehome",
      part: "takehome",
      "aria-label": words.title,
      submit(event) {
        event.preventDefault();
        make();
      },
      keydown(event) {
        if (event.key === "Escape" && chosen(form).length) event.stopPropagation(); // what was ticked or typed is not lost by a slip
      },
    },
    el("h2", { tabindex: "-1" }, words.title),
    el("p", {}, words.what),
    turnsOf(memory.entries).length > MOST_TURNS ? el("p", {}, words.tooMany(MOST_TURNS)) : null,
    el("fieldset", {}, el("legend", {}, words.questions), ownQuestions(words), questions),
    paper.node,
    el("label", { class: "tick" }, large, words.largePrint),
    el("p", {}, el("small", {}, words.private)),
    status,
    el("div", { class: "buttons" }, el("button", { class: "main", part: "button" }, words.make), button(texts.options.back, close, PLAIN)),
  );
  offer();
  return form;

  async function offer() {
    const { questions: known = {} } = await settingsOf(server).catch(() => ({}));
    const topics = new Set(memory.entries.map(({ reply }) => reply?.custom?.topic));
    const fitting = [...topics].flatMap((topic) => (Object.hasOwn(known, topic) ? known[topic] : []));
    questions.append(...[...new Set(fitting)].map((question) => tick(question)));
  }

  async function make() {
    status.textContent = words.making;
    const body = {
      session: memory.session,
      turns: turnsOf(memory.entries).slice(-MOST_TURNS),
      questions: chosen(form),
      paper: paper.value(),
      large_print: large.checked,
      language: texts.lang,
    };
    try {
      const pdf = await call(server, "sheet", body, { patience: PATIENCE, read: (response) => response.blob() });
      saveFile(pdf, "pdf");
      status.textContent = words.made;
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      status.textContent = fault.kind === "expired" ? words.expired : fault.detail || words.failed;
    }
  }
}

/**
 * What was asked and what answered it: ids, from which the server writes the answers anew. Asking back is no answer: what
 * was said before it and after it is one question.
 */
export function turnsOf(entries) {
  const turns = [];
  let asked = [];
  for (const { said, reply } of entries) {
    if (!reply) {
      asked.push(said);
      continue;
    }
    const { kind, topic, drugs, subjects, answer_id } = reply.custom ?? {};
    if (kind === "clarify") continue;
    if (topic && kind !== "chitchat") turns.push({ asked: asked.join(" / ").slice(0, MOST_ASKED), topic, drugs, subjects, answer_id });
    asked = [];
  }
  return turns;
}

function chosen(form) {
  const ticked = [...form.querySelectorAll(".questions input:checked")].map((box) => box.value);
  const own = [...form.querySelectorAll(".own input")].map((input) => input.value.trim()).filter(Boolean);
  return [...own, ...ticked].slice(0, 20);
}

function tick(question) {
  return el("label", { class: "tick" }, el("input", { type: "checkbox", value: question }), question);
}

/** Lines for questions of one's own; a new one comes when wanted. */
function ownQuestions(words) {
  const box = el("div", { class: "own" });
  const add = button(
    words.addOwn,
    () => {
      const input = el("input", {
        type: "text",
        maxlength: "200",
        dir: "auto",
        autocomplete: "off",
        autocorrect: "off",
        spellcheck: "false",
        keydown(event) {
          if (event.key !== "Enter" || event.isComposing) return;
          event.preventDefault(); // it would make the sheet, which may not be complete yet
          add.focus();
        },
      });
      add.before(el("label", {}, words.own, input));
      input.focus();
      if (box.querySelectorAll("input").length === MOST_OWN) add.remove();
    },
    PLAIN,
  );
  box.append(add);
  return box;
}

function choice(legend, choices, usual) {
  const radios = Object.entries(choices).map(([value, name]) =>
    el("label", {}, el("input", { type: "radio", name: legend, value, checked: value === usual }), name),
  );
  const node = el("fieldset", {}, el("legend", {}, legend), ...radios);
  return { node, value: () => node.querySelector("input:checked").value };
}
