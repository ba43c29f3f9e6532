// <helpline-chat>: the web chat as one element. What it shows is built from text nodes; what it keeps stays in this tab.
//
// Attributes: `lang` (language of the fixed texts), `name` (heading instead of ours), `page` (fills the window and has the
// page's heading), `closable` (has a close button, which sends the event `helpline-close`), `quick-exit` (has a button that
// forgets the conversation and leaves for this address).

import { button, el } from "./dom.js";
import { head, lifelines, noticeView } from "./frame.js";
import { textsFor } from "./language.js";
import { forget, isCopy, keep, listen, recall, tellCopies } from "./memory.js";
import { canStyle, style } from "./sheet.js";
import { CSS } from "./style.js";

const SERVER = new URL("../webhooks/helpline/", import.meta.url).href;

export class HelplineChat extends HTMLElement {
  #texts;
  #memory = recall();
  #body = el("div", { class: "body" });
  #news = el("p", { class: "news", role: "status" });
  #chat = el("div", { class: "chat", part: "chat" });
  #options = null;
  #conversation = null;
  #begun = false;

  async connectedCallback() {
    if (this.#begun || !canStyle) return; // an old browser keeps what the page has between the tags
    this.#begun = true;
    await this.#speak(this.#memory.settings.language || this.lang || document.documentElement.lang);
    style(this.attachShadow({ mode: "open" }), CSS);
    this.#follow("(prefers-color-scheme: dark)");
    this.#follow("(prefers-contrast: more)");
    addEventListener("pageshow", (event) => event.persisted && this.#comeBack());
    listen((family) => family === this.#memory.family && this.#drop());
    this.#dress();
    this.shadowRoot.append(this.#chat);
    const isCopied = await isCopy(this.#memory);
    await this.#show();
    if (isCopied) this.#conversation?.sayCopied();
    this.dispatchEvent(new Event("helpline-ready"));
  }

  /** Say everything in a language. */
  async #speak(language) {
    const { texts } = await textsFor(language);
    this.#texts = texts;
    this.#chat.lang = texts.lang;
    this.#chat.dir = texts.dir;
    this.#chat.replaceChildren(this.#head(), lifelines(texts, this.#exit()), this.#body, this.#news);
  }

  /** Put the focus where reading begins. */
  focus() {
    this.#body.querySelector(".points, .log")?.focus();
  }

  #head() {
    const { options, close, title } = this.#texts;
    const plain = { class: "plain", part: "button" };
    return head(this.getAttribute("name") || title, this.#texts, this.hasAttribute("page") ? "h1" : "h2", [
      button(options.title, (event) => this.#toggleOptions(event.target), { ...plain, "aria-expanded": "false" }),
      this.hasAttribute("closable") ? button(close, () => this.dispatchEvent(new Event("helpline-close")), plain) : null,
    ]);
  }

  /** Leaving at once is an option of the site. */
  #exit() {
    const address = this.getAttribute("quick-exit") ?? "";
    const attributes = { class: "plain", part: "button" };
    return /^https?:/.test(address) ? button(this.#texts.leave, () => this.#leave(address), attributes) : null;
  }

  /** Show the notice until the person has agreed, the conversation from then on. */
  #show() {
    if (this.#memory.agreed) return this.#converse();
    this.#body.replaceChildren(noticeView(this.#texts, () => this.#agree()));
    this.#loadConversation().catch(() => {}); // while the notice is read; if it fails, it is tried again when needed
  }

  async #agree() {
    this.#memory.agreed = true;
    keep(this.#memory);
    this.#onOurPage(({ keepNumbers }) => keepNumbers());
    await this.#converse();
    this.#body.querySelector(".message").focus();
  }

  /** There, a page with the numbers is kept for when there is no line, as long as there is a conversation. */
  #onOurPage(act) {
    const isOurs = this.hasAttribute("page") && new URL(SERVER).origin === location.origin;
    if (isOurs) import("./offline.js").then(act).catch(() => {});
  }

  #loadConversation() {
    return Promise.all([import("./conversation.js"), textsFor(this.#texts.lang, "conversation")]);
  }

  async #converse() {
    const loaded = await this.#loadConversation().catch(() => null);
    if (!loaded) {
      this.#body.replaceChildren(el("p", { class: "message", role: "alert", tabindex: "-1" }, this.#texts.notLoaded));
      return;
    }
    const [{ CSS, Conversation }, { conversation }] = loaded;
    style(this.shadowRoot, CSS);
    this.#texts = { ...this.#texts, ...conversation };
    try {
      this.#conversation = new Conversation(this.#texts, this.#memory, SERVER, (kind) => this.#hear(kind));
    } catch {
      return this.#drop(); // damaged, or of another version
    }
    this.#body.replaceChildren(...this.#conversation.nodes);
    this.#conversation.reveal();
  }

  /**
   * Something comes: an alarm, a fault or an answer. An alarm is behind nothing, neither the options nor a panel that was
   * closed. Where the options hide the rest, they go for a fault too, but not what is being entered for the sheet.
   */
  #hear(kind) {
    const isHidden = this.#options && !this.#body.offsetHeight;
    const isAway = kind === "fault" && isHidden && !this.#options.querySelector("form");
    if (kind === "alarm" || isAway) this.#closeOptions();
    else if (isHidden) this.#news.textContent = this.#texts.news[kind];
    if (kind === "alarm") this.dispatchEvent(new Event("helpline-alarm"));
  }

  /** The browser shows the page as it was left: a conversation that was forgotten since must not be seen again. */
  async #comeBack() {
    const kept = recall();
    const isOther = JSON.stringify(kept.entries) !== JSON.stringify(this.#memory.entries);
    const isCopied = await isCopy(isOther ? kept : this.#memory);
    if (isOther) await this.#renew(kept);
    if (isCopied) this.#conversation?.sayCopied();
  }

  /** Go on with another memory; what is still under way for the one before is dropped. */
  #renew(memory) {
    this.#conversation = void this.#conversation?.end();
    this.#memory = memory;
    return this.#show();
  }

  // --- options

  async #toggleOptions(opener) {
    if (this.#options) return this.#closeOptions();
    const place = (this.#options = el("div")); // a second press takes it away again, loaded or not
    this.#body.before(place);
    opener.setAttribute("aria-expanded", "true");
    const view = await this.#optionsView().catch(() => this.#plainOptions());
    if (this.#options !== place) return;
    this.#options = view;
    place.replaceWith(view);
  }

  /** The focus goes to the button that opened them, or to what came behind them. */
  #closeOptions() {
    if (!this.#options) return;
    this.#options = void this.#options.remove();
    const opener = this.shadowRoot.querySelector(".top [aria-expanded]");
    opener.setAttribute("aria-expanded", "false");
    opener.focus();
    if (!this.#news.textContent) return;
    this.#news.textContent = "";
    this.#conversation.reveal();
    this.focus();
  }

  async #optionsView() {
    const [{ optionsView }, look] = await Promise.all([import("./options.js"), import("./options.style.js")]);
    style(this.shadowRoot, look.CSS);
    return optionsView(this.#texts, this.#memory, {
      server: SERVER,
      change: () => this.#dress(keep(this.#memory)),
      speak: () => this.#switchLanguage(),
      clear: (isKnown) => this.#clear(isKnown),
      sheet: () => this.#openSheet(),
      close: () => this.#closeOptions(),
    });
  }

  /** What needs no file, for where the options cannot be loaded: the conversation can always be taken out of the tab. */
  #plainOptions() {
    const { notLoaded, clear, clearYes } = this.#texts.options;
    const remove = () => (remover.textContent === clear ? (remover.textContent = clearYes) : this.#clear());
    const remover = button(clear, remove, { class: "plain", part: "button" });
    const isEmpty = !this.#memory.entries.length;
    return el("div", { class: "options agree" }, el("p", { role: "alert" }, notLoaded), isEmpty ? null : remover);
  }

  /** Begin the page anew in the language that was chosen; the conversation stays as it was said. */
  async #switchLanguage() {
    keep(this.#memory);
    this.#closeOptions();
    await this.#conversation?.turn; // its answer belongs to the conversation that is on the screen
    await this.#speak(this.#memory.settings.language);
    await this.#show();
    this.shadowRoot.querySelector(".top [aria-expanded]").focus();
  }

  /** The sheet for the doctor takes the place of the options. */
  async #openSheet() {
    const close = () => this.#closeOptions();
    const made = import("./takehome.js").then(({ takeHomeView }) => takeHomeView(this.#texts, this.#memory, SERVER, close));
    const view = await made.catch(() => {
      const { notLoaded, back } = this.#texts.options;
      return el("div", {}, el("p", { role: "alert" }, notLoaded), button(back, close, { class: "plain", part: "button" }));
    });
    this.#options?.replaceChildren(view);
    view.querySelector("h2, button").focus();
  }

  #clear(isKnown) {
    tellCopies(this.#memory);
    this.#drop(isKnown);
    this.focus();
  }

  /** Forget it in this tab, and on the server where that has not done so yet. */
  #drop(isKnown) {
    if (!isKnown) this.#forgetThere(this.#memory);
    this.#onOurPage(({ dropNumbers }) => dropNumbers());
    this.#closeOptions();
    return this.#renew(forget(this.#memory));
  }

  /** Not waited for: the browser sends it on its way out, or when there is a line again. */
  #forgetThere({ session }) {
    if (!session) return;
    const sent = this.#conversation?.forget(session) ?? import("./ask.js").then(({ forget }) => forget(SERVER, session));
    sent.catch(() => addEventListener("online", () => this.#forgetThere({ session }), { once: true }));
  }

  #leave(address) {
    this.#forgetThere(this.#memory);
    this.#onOurPage(({ dropNumbers }) => dropNumbers());
    this.#conversation?.end();
    tellCopies(this.#memory);
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
    this.style.fontSize = size ? `calc(max(1rem, 16px) * ${Number(size) / 100})` : "";
    if (this.hasAttribute("page")) document.documentElement.dataset.colors = this.#chat.dataset.colors;
  }
}

customElements.define("helpline-chat", HelplineChat);
