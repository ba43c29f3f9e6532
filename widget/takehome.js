// The sheet for the doctor's visit: what goes into it is chosen here, the server makes the PDF and keeps nothing.

import { Fault, ask, call } from "./ask.js";
import { button, el } from "./dom.js";
import { withExtras } from "./language.js";
import { keep } from "./memory.js";
import { saveFile } from "./save.js";
import { settingsOf } from "./settings.js";

const PLAIN = { class: "plain", part: "button" };
const MOST_OWN = 5; // questions of one's own
const MOST_TURNS = 40; // as many as the server takes
const MOST_ASKED = 1000; // characters of a question, as many as the server takes
const PATIENCE = 30_000; // milliseconds
const HELLO = "hello"; // begins the conversation that the server wants a sheet to be of

/** Return the form. `close` takes it away again; what was entered is kept with the conversation. */
export async function takeHomeView(basic, memory, server, close) {
  const texts = await withExtras(basic);
  const words = texts.sheet;
  const back = button(texts.options.back, close, PLAIN);
  const title = el("h2", { tabindex: "-1" }, words.title);
  if (!turnsOf(memory.entries).length) return el("div", { class: "takehome" }, title, el("p", {}, words.nothing), el("div", {}, back));
  const usual = { own: [], ticked: [], paper: /-(US|CA|MX)$/.test(navigator.language) ? "letter" : "a4", large: false };
  const draft = { ...usual, ...memory.sheet };
  const questions = el("div", { class: "questions" });
  const status = el("p", { role: "status" });
  const paper = choice(words.paper, words.papers, draft.paper);
  const large = el("input", { type: "checkbox", checked: draft.large });
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
      input: remember,
    },
    title,
    el("p", {}, words.what),
    turnsOf(memory.entries).length > MOST_TURNS ? el("p", {}, words.tooMany(MOST_TURNS)) : null,
    el("fieldset", {}, el("legend", {}, words.questions), ownQuestions(words, draft.own), questions),
    paper.node,
    el("label", { class: "tick" }, large, words.largePrint),
    el("p", {}, el("small", {}, words.private)),
    status,
    el("div", { class: "buttons" }, el("button", { class: "main", part: "button" }, words.make), back),
  );
  offer();
  return form;

  async function offer() {
    const { questions: known = {} } = await settingsOf(server).catch(() => ({}));
    const topics = new Set(memory.entries.map(({ reply }) => reply?.custom?.topic));
    const fitting = [...topics].flatMap((topic) => (Object.hasOwn(known, topic) ? known[topic] : []));
    questions.append(...[...new Set(fitting)].map((question) => tick(question, draft.ticked.includes(question))));
  }

  /** Until the conversation is cleared. A question that is not on the screen now keeps its tick. */
  function remember({ target }) {
    draft.own = own(form);
    draft.paper = paper.value();
    draft.large = large.checked;
    if (questions.contains(target)) {
      draft.ticked = draft.ticked.filter((question) => question !== target.value);
      if (target.checked) draft.ticked.push(target.value);
    }
    memory.sheet = draft;
    keep(memory);
  }

  async function make() {
    status.textContent = words.making;
    const wanted = {
      turns: turnsOf(memory.entries).slice(-MOST_TURNS),
      questions: chosen(form),
      paper: paper.value(),
      large_print: large.checked,
      language: texts.lang,
    };
    try {
      const pdf = await sheet(server, memory.session, wanted);
      saveFile(pdf, "pdf");
      status.textContent = words.made;
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      status.textContent = words.failed;
    }
  }
}

/** All that a sheet needs is here: where the conversation is not on the server, another begins for it. */
async function sheet(server, session, wanted) {
  const send = (known) =>
    call(server, "sheet", { session: known, ...wanted }, { patience: PATIENCE, read: (response) => response.blob() });
  const begun = () => ask(server, { message: HELLO }).then((reply) => send(reply.session));
  if (!session) return begun();
  return send(session).catch((fault) => {
    if (fault.kind !== "expired") throw fault;
    return begun();
  });
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
  return [...own(form), ...ticked].slice(0, 20);
}

function own(form) {
  return [...form.querySelectorAll(".own input")].map((input) => input.value.trim()).filter(Boolean);
}

function tick(question, checked) {
  return el("label", { class: "tick" }, el("input", { type: "checkbox", value: question, checked }), question);
}

/** Lines for questions of one's own: those there are, and a new one when wanted. */
function ownQuestions(words, known) {
  const box = el("div", { class: "own" });
  const add = button(words.addOwn, () => line("").focus(), PLAIN);
  box.append(add);
  for (const question of known) line(question);
  return box;

  function line(question) {
    const input = el("input", {
      type: "text",
      value: question,
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
    if (box.querySelectorAll("input").length === MOST_OWN) add.remove();
    return input;
  }
}

function choice(legend, choices, usual) {
  const radios = Object.entries(choices).map(([value, name]) =>
    el("label", {}, el("input", { type: "radio", name: legend, value, checked: value === usual }), name),
  );
  const node = el("fieldset", {}, el("legend", {}, legend), ...radios);
  return { node, value: () => node.querySelector("input:checked").value };
}
