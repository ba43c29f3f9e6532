// The options: for whom, in which language, how it looks; saving, clearing and deleting. Loaded when first opened.

import { call } from "./ask.js";
import { button, el } from "./dom.js";
import { withExtras } from "./language.js";
import { settingsOf } from "./settings.js";
import { savePrint, saveText } from "./transcript.js";

const PLAIN = { class: "plain", part: "button" };

/** `change` is called after `memory.settings` changed, `speak` after the language did; the others do what they say. */
export async function optionsView(basic, memory, { server, change, speak, clear, sheet, close }) {
  const texts = await withExtras(basic);
  const words = texts.choices;
  const choice = (name, legend, choices, usual) =>
    choiceView(legend, choices, memory.settings[name] ?? usual, (value) => {
      memory.settings[name] = value;
      change();
    });
  const languages = el("div");
  offerLanguages(languages, words, server, (code) => {
    memory.settings.language = code;
    speak();
  }, memory.settings.language ?? texts.lang);
  return el(
    "section",
    {
      class: "options",
      part: "options",
      "aria-label": texts.options.title,
      keydown(event) {
        if (event.key !== "Escape" || event.isComposing) return;
        event.stopPropagation(); // it closes the options, not the whole chat
        event.preventDefault();
        close();
      },
    },
    choice("audience", words.audience, words.audiences, "patient"),
    languages,
    choice("size", words.size, words.sizes, "100"),
    choice("colors", words.colors, words.palettes, "auto"),
    ...(memory.entries.length ? [saving(texts, memory, sheet), clearing(words, clear), deleting(words, memory, server, clear)] : []),
    el("div", {}, button(texts.options.back, close, PLAIN)),
  );
}

function choiceView(legend, choices, chosen, choose) {
  const radios = Object.entries(choices).map(([value, name]) =>
    el(
      "label",
      {},
      el("input", { type: "radio", name: legend, value, checked: value === chosen, change: () => choose(value) }),
      name,
    ),
  );
  return el("fieldset", {}, el("legend", {}, legend), ...radios);
}

/** The languages that the server answers in, where there is a choice. */
async function offerLanguages(place, words, server, choose, chosen) {
  const { languages = [] } = await settingsOf(server).catch(() => ({}));
  if (languages.length < 2) return;
  const options = languages.map(({ code, name, dir }) => el("option", { value: code, lang: code, dir, selected: code === chosen }, name));
  place.append(el("label", {}, words.language, el("select", { change: (event) => choose(event.target.value) }, ...options)));
}

function saving(texts, memory, sheet) {
  const words = texts.choices;
  return el(
    "div",
    { role: "group", "aria-label": words.save },
    el("p", {}, words.save),
    button(words.sheet, sheet, PLAIN),
    button(words.saveText, () => saveText(memory.entries, texts), PLAIN),
    button(words.savePrint, () => savePrint(memory.entries, texts), PLAIN),
    el("small", {}, words.fileNote),
  );
}

/** Clearing asks once more, in place. */
function clearing(words, clear) {
  return asking({ first: words.clear, ask: words.clearAsk, yes: words.clearYes, no: words.clearNo }, () => clear());
}

/** Deleting does so on the server first; where that fails the conversation stays, so that it can be tried again. */
function deleting(words, memory, server, clear) {
  const problem = el("p", { role: "alert" });
  const remove = async () => {
    try {
      if (memory.session) await call(server, "forget", { session: memory.session });
    } catch (fault) {
      if (fault.kind !== "expired") return void (problem.textContent = words.deleteFailed);
    }
    clear(true); // the server has forgotten it already
  };
  const box = asking({ first: words.delete, ask: words.deleteAsk, yes: words.deleteYes, no: words.clearNo }, remove);
  box.append(problem);
  return box;
}

/** A button that asks once more before it acts. */
function asking({ first, ask, yes, no }, act) {
  const place = el("div");
  const rest = (focus) => {
    const opener = button(first, confirm, PLAIN);
    place.replaceChildren(opener);
    if (focus) opener.focus();
  };
  const confirm = () => {
    const back = button(no, () => rest(true), PLAIN);
    place.replaceChildren(el("p", { role: "alert" }, ask), button(yes, act, PLAIN), back);
    back.focus();
  };
  rest(false);
  return el("div", {}, place);
}
