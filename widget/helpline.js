// <helpline-chat>: the web chat as one element. What it shows is built from text nodes; what it keeps stays in this tab.
//
// Attributes: `lang` (language of the fixed texts), `name` (heading instead of ours), `page` (fills the window and is the
// page's main content), `closable` (has a close button, which sends the event `helpline-close`).

import { Fault, ask } from "./ask.js";
import { el } from "./dom.js";
import { composer, head, lifelines, noticeView, plainButton } from "./frame.js";
import { textsFor } from "./language.js";
import { keep, recall } from "./memory.js";
import { failed, note, quickReplies, replied, said } from "./messages.js";
import { canStyle, style } from "./style.js";

const CHAT = new URL("../webhooks/helpline/chat", import.meta.url);

export class HelplineChat extends HTMLElement {
  #texts;
  #memory = recall();
  #working = false;
  #body = el("div", { class: "body" });
  #chat = el("div", { class: "chat", part: "chat" }, this.#body);
  #log;
  #quick;
  #sign;

  async connectedCallback() {
    if (this.shadowRoot || !canStyle) return; // an old browser keeps what the page has between the tags
    const { texts, lang, dir } = await textsFor(this.lang || document.documentElement.lang || "en");
    this.#texts = texts;
    this.#chat.lang = lang;
    if (!this.closest("[dir]")) this.#chat.dir = dir;
    this.#chat.prepend(this.#head(), lifelines(texts));
    this.#show();
    const root = this.attachShadow({ mode: "open" });
    style(root);
    this.#colors();
    root.append(this.#chat);
  }

  #head() {
    const texts = this.#texts;
    const close = () => this.dispatchEvent(new Event("helpline-close"));
    return head(texts, {
      title: this.getAttribute("name"),
      level: this.hasAttribute("page") ? "h1" : "h2",
      buttons: this.hasAttribute("closable") ? [plainButton(texts.close, close)] : [],
    });
  }

  /** Follow the reader's light or dark. */
  #colors() {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const apply = () => (this.#chat.dataset.colors = dark.matches ? "dark" : "light");
    dark.addEventListener("change", apply);
    apply();
  }

  /** Show the notice until the person has agreed, the conversation from then on. */
  #show() {
    if (this.#memory.agreed) this.#showConversation();
    else this.#body.replaceChildren(noticeView(this.#texts, () => this.#agree()));
  }

  #agree() {
    this.#memory.agreed = true;
    keep(this.#memory);
    this.#showConversation();
    this.#log.focus();
  }

  #showConversation() {
    const texts = this.#texts;
    this.#log = el("div", { class: "log", part: "log", role: "log", tabindex: "0", "aria-label": texts.log });
    this.#sign = el("div", { class: "working", "aria-hidden": "true", hidden: true }, el("i"), el("i"), el("i"), texts.working);
    this.#log.append(note(texts.greeting), ...this.#memory.entries.map((entry) => this.#message(entry)));
    this.#offer(this.#memory.entries.at(-1));
    const form = composer(texts, (text) => this.#send(text));
    this.#body.replaceChildren(this.#log, this.#sign, form);
    requestAnimationFrame(() => this.#reveal(this.#log.querySelector(".message:nth-last-of-type(2)") ?? this.#log));
  }

  #message({ said: text, reply }) {
    return reply ? replied(reply, this.#texts, { fresh: false }) : said(text, this.#texts);
  }

  /** After the last entry of the conversation: the buttons of a reply, or "try again" for a question without one. */
  #offer(entry) {
    if (entry?.said) this.#fail(new Fault("unanswered"), entry, this.#log.lastElementChild);
    else if (entry) this.#buttons(entry.reply.buttons ?? []);
    else this.#buttons(this.#texts.starters.map((title) => ({ title, payload: title })));
  }

  #buttons(buttons) {
    this.#quick?.remove();
    if (!buttons.length) return;
    this.#quick = quickReplies(buttons, this.#texts.next, (payload, title) => {
      if (this.#send(title, payload)) this.#log.querySelector(".you:last-of-type")?.focus();
    });
    this.#log.append(this.#quick);
  }

  /** Send what the person typed, or the payload of the button that they pressed. Returns whether it was taken. */
  #send(text, payload = text) {
    if (this.#working) return false;
    const entry = { said: text, payload };
    this.#memory.entries.push(entry);
    keep(this.#memory);
    this.#buttons([]);
    this.#log.querySelector(".fault")?.remove();
    const bubble = said(text, this.#texts);
    this.#log.append(bubble);
    this.#ask(entry, bubble);
    return true;
  }

  async #ask(entry, bubble) {
    this.#setWorking(true);
    this.#reveal(bubble);
    try {
      const { session, ...reply } = await ask(CHAT, entry.payload, this.#memory.session);
      this.#memory.session = session;
      this.#memory.entries.push({ reply });
      keep(this.#memory);
      this.#log.append(replied(reply, this.#texts, { fresh: true }));
      this.#buttons(reply.buttons ?? []);
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      if (fault.kind === "expired" && this.#memory.session) return this.#startAnew(entry, bubble);
      this.#fail(fault, entry, bubble);
    } finally {
      this.#setWorking(false);
    }
    this.#reveal(bubble);
  }

  /** The session has ended: say so and ask again in a new one, which does not know the buttons of the old one. */
  #startAnew(entry, bubble) {
    this.#memory.session = null;
    entry.payload = entry.said;
    bubble.before(note(this.#texts.expired));
    return this.#ask(entry, bubble);
  }

  #fail(fault, entry, bubble) {
    const card = failed(fault, this.#texts, () => {
      if (this.#working) return;
      card.remove();
      bubble.focus();
      this.#ask(entry, bubble);
    });
    this.#log.append(card);
  }

  #setWorking(working) {
    this.#working = working;
    this.#sign.hidden = !working;
    this.#body.querySelector(".send").setAttribute("aria-disabled", String(working));
  }

  /** Bring a message to the top: an answer is read from its beginning. */
  #reveal(message) {
    for (const box of [this.#log, this.#chat]) {
      box.scrollTop += message.getBoundingClientRect().top - box.getBoundingClientRect().top - 8;
    }
  }
}

customElements.define("helpline-chat", HelplineChat);
