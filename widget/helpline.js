// <helpline-chat>: the web chat as one element. What it shows is built from text nodes; what it keeps stays in this tab.
//
// Attributes: `lang` (language of the fixed texts), `name` (heading instead of ours), `page` (fills the window and has the
// page's heading), `closable` (has a close button, which sends the event `helpline-close`), `quick-exit` (has a button that
// forgets the conversation and leaves for this address).

import { button, el } from "./dom.js";
import { head, lifelines, noticeView } from "./frame.js";
import { textsFor } from "./language.js";
import { forget, keep, recall } from "./memory.js";
import { canStyle, style } from "./sheet.js";
import { CSS } from "./style.js";

const SERVER = new URL("../webhooks/helpline/", import.meta.url).href;

export class HelplineChat extends HTMLElement {
  #texts;
  #memory = recall();
  #body = el("div", { class: "body" });
  #chat = el("div", { class: "chat", part: "chat" }, this.#body);
  #options = null;

  async connectedCallback() {
    if (this.shadowRoot || !canStyle) return; // an old browser keeps what the page has between the tags
    await this.#speak(this.#memory.settings.language || this.lang || document.documentElement.lang);
    style(this.attachShadow({ mode: "open" }), CSS);
    this.#follow("(prefers-color-scheme: dark)");
    this.#follow("(prefers-contrast: more)");
    this.#dress();
    this.shadowRoot.append(this.#chat);
    await this.#show();
    this.dispatchEvent(new Event("helpline-ready"));
  }

  /** Say everything in a language. */
  async #speak(language) {
    const { texts } = await textsFor(language);
    this.#texts = texts;
    this.#chat.lang = texts.lang;
    this.#chat.dir = texts.dir;
    this.#chat.replaceChildren(this.#head(), lifelines(texts), this.#body);
  }

  /** Put the focus where reading begins. */
  focus() {
    this.#body.querySelector(".points, .log")?.focus();
  }

  #head() {
    const { options, leave, close, title } = this.#texts;
    const exit = this.getAttribute("quick-exit") ?? "";
    const plain = { class: "plain", part: "button" };
    return head(this.getAttribute("name") || title, this.#texts, this.hasAttribute("page") ? "h1" : "h2", [
      /^https?:/.test(exit) ? button(leave, () => this.#leave(exit), plain) : null,
      button(options.title, (event) => this.#toggleOptions(event.target), { ...plain, "aria-expanded": "false" }),
      this.hasAttribute("closable") ? button(close, () => this.dispatchEvent(new Event("helpline-close")), plain) : null,
    ]);
  }

  /** Show the notice until the person has agreed, the conversation from then on. */
  #show() {
    if (this.#memory.agreed) return this.#converse();
    this.#body.replaceChildren(noticeView(this.#texts, () => this.#agree()));
    import("./conversation.js").catch(() => {}); // while the notice is read; if it fails, it is tried again when needed
  }

  async #agree() {
    this.#memory.agreed = true;
    keep(this.#memory);
    if (this.hasAttribute("page")) import("./offline.js").then(({ keepNumbers }) => keepNumbers()).catch(() => {});
    await this.#converse();
    this.#body.querySelector(".message").focus();
  }

  async #converse() {
    try {
      const { Conversation } = await import("./conversation.js");
      const conversation = new Conversation(this.#texts, this.#memory, SERVER);
      this.#body.replaceChildren(...conversation.nodes);
      conversation.reveal();
    } catch {
      this.#body.replaceChildren(el("p", { class: "message", role: "alert", tabindex: "-1" }, this.#texts.notLoaded));
    }
  }

  // --- options

  async #toggleOptions(opener) {
    if (this.#options) {
      this.#options = void this.#options.remove();
      opener.setAttribute("aria-expanded", "false");
      return;
    }
    const place = (this.#options = el("div")); // a second press takes it away again, loaded or not
    this.#body.before(place);
    opener.setAttribute("aria-expanded", "true");
    const view = await this.#optionsView(opener).catch(() =>
      el("p", { class: "options", role: "alert" }, this.#texts.options.notLoaded),
    );
    if (this.#options !== place) return;
    this.#options = view;
    place.replaceWith(view);
  }

  async #optionsView(opener) {
    const [{ optionsView }, look] = await Promise.all([import("./options.js"), import("./options.style.js")]);
    if (this.shadowRoot.adoptedStyleSheets.length === 1) style(this.shadowRoot, look.CSS);
    return optionsView(this.#texts, this.#memory, {
      server: SERVER,
      change: () => this.#dress(keep(this.#memory)),
      speak: () => this.#switchLanguage(),
      clear: () => this.#clear(opener),
      sheet: () => this.#openSheet(opener),
      close: () => opener.focus(this.#toggleOptions(opener)),
    });
  }

  /** Begin the page anew in the language that was chosen; the conversation stays as it was said. */
  async #switchLanguage() {
    keep(this.#memory);
    this.#options = void this.#options.remove();
    await this.#speak(this.#memory.settings.language);
    await this.#show();
    this.shadowRoot.querySelector("[aria-expanded]").focus();
  }

  /** The sheet for the doctor takes the place of the options. */
  async #openSheet(opener) {
    const close = () => opener.focus(this.#toggleOptions(opener));
    const made = import("./takehome.js").then(({ takeHomeView }) => takeHomeView(this.#texts, this.#memory, SERVER, close));
    const view = await made.catch(() => el("p", { role: "alert" }, this.#texts.options.notLoaded));
    this.#options.replaceChildren(view);
    view.querySelector("h2")?.focus();
  }

  #clear(opener) {
    this.#forgetThere();
    this.#memory = forget(this.#memory);
    this.#toggleOptions(opener);
    this.#show();
    this.focus();
  }

  /** Not waited for: the browser sends it on its way out. */
  #forgetThere() {
    const { session } = this.#memory;
    if (session) import("./ask.js").then(({ call }) => call(SERVER, "forget", { session }, { keepalive: true })).catch(() => {});
  }

  #leave(address) {
    this.#forgetThere();
    forget(this.#memory);
    this.remove();
    location.replace(address);
  }

  // --- looks

  #follow(query) {
    matchMedia(query).addEventListener("change", () => this.#dress());
  }

  /** Apply the person's settings; where there are none, those of the device. */
  #dress() {
    const { size, colors = "auto" } = this.#memory.settings;
    const is = (query) => matchMedia(query).matches;
    const device = is("(prefers-contrast: more)") ? "contrast" : is("(prefers-color-scheme: dark)") ? "dark" : "light";
    this.#chat.dataset.colors = colors === "auto" ? device : colors;
    this.style.fontSize = size ? `${Number(size)}%` : "";
  }
}

customElements.define("helpline-chat", HelplineChat);
