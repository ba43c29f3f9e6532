// The options: text size, colors, saving the conversation, clearing it. Loaded when first opened.

import { button, el } from "./dom.js";
import { savePrint, saveText } from "./transcript.js";

const PLAIN = { class: "plain", part: "button" };

/** `change` is called after `memory.settings` changed; `clear` and `close` do what they say. */
export function optionsView(texts, memory, { change, clear, close }) {
  const words = texts.options;
  const choice = (name, legend, choices, usual) =>
    choiceView(legend, choices, memory.settings[name] ?? usual, (value) => {
      memory.settings[name] = value;
      change();
    });
  return el(
    "section",
    {
      class: "options",
      part: "options",
      "aria-label": words.title,
      keydown(event) {
        if (event.key !== "Escape") return;
        event.stopPropagation(); // it closes the options, not the whole chat
        close();
      },
    },
    choice("size", words.size, words.sizes, "100"),
    choice("colors", words.colors, words.palettes, "auto"),
    ...(memory.entries.length ? [saving(texts, memory), clearing(words, clear)] : []),
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

function saving(texts, memory) {
  const words = texts.options;
  return el(
    "div",
    { role: "group", "aria-label": words.save },
    el("p", {}, words.save),
    button(words.saveText, () => saveText(memory.entries, texts), PLAIN),
    button(words.savePrint, () => savePrint(memory.entries, texts), PLAIN),
    el("small", {}, words.fileNote),
  );
}

/** Clearing asks once more, in place. */
function clearing(words, clear) {
  const box = el("div");
  const ask = () => {
    const no = button(words.clearNo, rest, PLAIN);
    box.replaceChildren(el("p", { role: "alert" }, words.clearAsk), button(words.clearYes, clear, PLAIN), no);
    no.focus();
  };
  const rest = () => {
    const first = button(words.clear, ask, PLAIN);
    box.replaceChildren(first);
    first.focus();
  };
  box.append(button(words.clear, ask, PLAIN));
  return box;
}
