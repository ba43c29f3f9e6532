// The place to type.

import { el } from "./dom.js";
import { keep } from "./memory.js";

const MOST_CHARACTERS = 1000; // as many as the server reads

/** Return the form. `send` gets the text and returns its message, or nothing where it was not taken. */
export function composer(texts, memory, send) {
  const remember = () => {
    memory.draft = input.value;
    keep(memory);
  };
  const input = el("textarea", {
    rows: "1",
    part: "input",
    autocomplete: "off",
    autocorrect: "off", // names of drugs are in no dictionary
    autocapitalize: "off",
    spellcheck: "false", // some browsers send what is typed to a spelling service
    enterkeyhint: "send",
    dir: "auto",
    input() {
      input.setCustomValidity("");
      grow(input);
      remember();
    },
    keydown(event) {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    },
  });
  const form = el(
    "form",
    {
      part: "composer",
      novalidate: true,
      submit(event) {
        event.preventDefault();
        const text = input.value.trim();
        input.setCustomValidity(text.length > MOST_CHARACTERS ? texts.tooLong(text.length, MOST_CHARACTERS) : "");
        const message = text && form.reportValidity() && send(text);
        if (message) input.value = "";
        remember();
        grow(input);
        // A keyboard on the screen goes away: the answer is behind it.
        (message && matchMedia("(pointer: coarse)").matches ? message : input).focus({ preventScroll: true });
      },
    },
    el("label", {}, texts.input, input),
    el("button", { class: "main send", part: "button" }, texts.send),
  );
  input.value = memory.draft;
  return form;
}

/** Make it as high as its text, in browsers that do not do so by themselves. The style sheet sets the most. */
function grow(input) {
  if (CSS.supports("field-sizing", "content")) return;
  input.style.blockSize = "";
  input.style.blockSize = `${input.scrollHeight + input.offsetHeight - input.clientHeight}px`;
}
