// Where something was asked back: the names that begin as what is being typed does, as buttons above the place to type.

import { el } from "./dom.js";
import { withExtras } from "./language.js";
import { quickReplies } from "./messages.js";
import { settingsOf } from "./settings.js";

const [FEWEST_LETTERS, MOST_WORDS, MOST_NAMES] = [2, 5, 3];

/** Return the place for the buttons, announced as they change. It works as long as it is on the page. */
export async function nameButtons(form, server, basic) {
  const [{ names }, texts] = await Promise.all([settingsOf(server), withExtras(basic)]);
  const input = form.querySelector("textarea");
  const row = el("div", { class: "names", "aria-live": "polite" });
  let shown = "";

  /** A name alone is sent; in the midst of a question it only takes its place. */
  const choose = (begin, name) => {
    input.value = input.value.slice(0, begin) + name;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    if (begin) input.focus();
    else form.requestSubmit();
  };
  const suggest = () => {
    if (!row.isConnected) return form.removeEventListener("input", suggest);
    const { begin, found } = beginning(names, input.value);
    if (shown === (shown = found.join())) return;
    const buttons = found.map((title) => ({ title, payload: title }));
    row.replaceChildren(...(found.length ? [quickReplies(buttons, texts.namesBegun, (name) => choose(begin, name))] : []));
  };
  form.addEventListener("input", suggest);
  return row;
}

/** The longest run of words at the end of a text that begins a name counts; a name that stands there in full needs no more. */
function beginning(names, text) {
  for (const { index: begin } of [...text.matchAll(/\S+/g)].slice(-MOST_WORDS)) {
    const typed = text.slice(begin).toLowerCase();
    const found = typed.length < FEWEST_LETTERS ? [] : names.filter((name) => name.toLowerCase().startsWith(typed));
    if (found.length) return { begin, found: found.length > 1 || found[0].length > typed.length ? found.slice(0, MOST_NAMES) : [] };
  }
  return { begin: 0, found: [] };
}
