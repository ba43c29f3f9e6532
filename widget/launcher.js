// The button on an embedding site and the panel that it opens. Nothing is stored, and the chat is not loaded, before that.

import { button, el } from "./dom.js";
import { lifelines } from "./frame.js";
import { textsFor } from "./language.js";
import { canStyle, style } from "./sheet.js";

const PARTS = "chat, header, lines, notice, log, message, you, bot, alarm, fault, marker, source, quick, button, input, composer, options, feedback, takehome";

// Where the panel covers the window, what is behind it cannot be reached either.
const COVERING = "(max-width: 32em), (max-height: 28em)";

const CSS = `
:host { --gap: 16px; position: fixed; z-index: 2147483000; inset-inline-end: var(--gap); font-size: max(1rem, 16px);
  inset-block-end: max(var(--gap), env(safe-area-inset-bottom)); }
/* Nothing of the site's style is inherited, but that it hides us. */
.launcher, .panel { all: initial; visibility: inherit; box-sizing: border-box; display: block; font: 1em/1.4 var(--helpline-font, system-ui, sans-serif); }
:host([position=start]) { inset-inline: var(--gap) auto; }
.launcher { min-block-size: 3em; max-inline-size: calc(100vw - 2 * var(--gap)); padding: .6em 1.2em; font-weight: 600;
  cursor: pointer; border: 2px solid var(--helpline-on-accent, #fff); border-radius: 2em;
  background: var(--helpline-accent, #0b5563); color: var(--helpline-on-accent, #fff); box-shadow: 0 .15em .6em #0006; }
.launcher:focus-visible { outline: .2em solid var(--helpline-accent, #0b5563); outline-offset: .15em; }
.panel { inline-size: var(--helpline-width, 26em); block-size: var(--helpline-height, 40em); max-inline-size: calc(100vw - 2 * var(--gap));
  max-block-size: calc(100vh - 2 * var(--gap)); overflow: hidden; background: Canvas; color: CanvasText;
  border: 1px solid #8a979d; border-radius: var(--helpline-radius, .75em); box-shadow: 0 .3em 1.5em #0006; }
helpline-chat { display: block; block-size: 100%; }
[hidden] { display: none; }
@media ${COVERING} {
  .panel { position: fixed; inset: 0; inline-size: auto; block-size: auto; max-inline-size: none; max-block-size: none; border: 0; border-radius: 0;
    padding-block: env(safe-area-inset-top) env(safe-area-inset-bottom); padding-inline: env(safe-area-inset-left) env(safe-area-inset-right); }
}
@media print {
  :host, .panel { position: static; }
  .launcher { display: none; }
  .panel { inline-size: auto; max-inline-size: none; max-block-size: none; border: 0; box-shadow: none; overflow: visible; }
  .panel, helpline-chat { block-size: auto; }
}
`;

/** Put the button on the page. `data` is the script element's data-*: lang, title, label, position, accent, quickExit. */
export async function launch(data) {
  if (!canStyle) return;
  const { texts } = await textsFor(data.lang || document.documentElement.lang);
  if (document.querySelector("helpline-launcher")) return; // the line stands twice on the page
  const panel = el("div", { class: "panel", part: "panel", role: "dialog", "aria-label": data.title || texts.title, hidden: true });
  const opener = button(data.label || texts.launcher, open, {
    class: "launcher",
    part: "launcher",
    "aria-haspopup": "dialog",
    "aria-expanded": "false",
  });
  panel.addEventListener("keydown", (event) => event.key === "Escape" && !event.isComposing && close());
  const host = el("helpline-launcher", { position: data.position === "start" && "start", lang: texts.lang });
  setProperty(host, "--helpline-accent", data.accent);
  setProperty(host, "--helpline-on-accent", data.onAccent);
  const root = host.attachShadow({ mode: "open" });
  style(root, CSS);
  root.append(opener, panel);
  document.body.append(host);
  const covering = matchMedia(COVERING);
  covering.addEventListener("change", fence);
  // A site can take the button out.
  new MutationObserver(() => host.isConnected || fence()).observe(document.body, { childList: true });
  let fenced = [];
  let back = null;
  let broken = false;

  function open() {
    show(true);
    const chat = panel.firstElementChild ?? addChat();
    chat.focus();
  }

  function close() {
    show(false);
    if (broken) panel.replaceChildren(); // the next press tries anew
    opener.focus();
  }

  /** Nothing behind the panel has the focus or is read, as long as the panel covers it. */
  function fence() {
    for (const node of fenced) node.inert = false;
    const covers = !panel.hidden && covering.matches && host.isConnected;
    panel.setAttribute("aria-modal", String(covers));
    fenced = covers ? [...document.body.children].filter((node) => node !== host && !node.inert) : [];
    for (const node of fenced) node.inert = true;
  }

  /** The Back of a phone closes the panel that covers the page, where the browser can tell us of it, and stays on the page. */
  function watchBack() {
    back?.destroy();
    back = !panel.hidden && covering.matches && window.CloseWatcher ? new CloseWatcher() : null;
    back?.addEventListener("close", close);
  }

  function show(open) {
    panel.hidden = !open;
    opener.hidden = open;
    opener.setAttribute("aria-expanded", String(open));
    fence();
    watchBack();
  }

  function addChat() {
    // Until the chat is there, and instead of it where it cannot be loaded: the numbers, and a way out.
    const chat = el(
      "helpline-chat",
      { closable: true, lang: data.lang, name: data.title, "quick-exit": data.quickExit, exportparts: PARTS },
      lifelines(texts),
      button(texts.close, close),
    );
    chat.addEventListener("helpline-close", close);
    chat.addEventListener("helpline-alarm", () => panel.hidden && open());
    chat.addEventListener("helpline-ready", () => chat.focus());
    panel.append(chat);
    broken = false;
    import("./helpline.js").catch(() => {
      broken = true;
      chat.prepend(el("p", { role: "alert" }, texts.notLoaded));
      chat.lastElementChild.focus();
    });
    return chat;
  }
}

function setProperty(host, name, value) {
  if (value) host.style.setProperty(name, value);
}
