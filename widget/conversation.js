// The conversation: what was said, the typing sign, and the place to type. The memory is told of every change.

import { Fault, ask, forget } from "./ask.js";
import { composer } from "./composer.js";
import { el } from "./dom.js";
import { textsFor } from "./language.js";
import { keep } from "./memory.js";
import { failed, note, quickReplies, replied, said } from "./messages.js";

export { CSS } from "./conversation.style.js";

const LATER = 10_000; // milliseconds: while the second answer is read
const PARTS = ["options", "options.style", "takehome"];

export class Conversation {
  #texts;
  #memory;
  #server;
  #tell;
  #working = false;
  #over = false;
  #quick;
  #sign;
  #status = el("p", { class: "unseen", role: "status" });
  #timer;
  #later;
  #form;
  #names;

  /** `tell` is called before what came is shown; `nodes` are to be shown, `turn` is settled when nothing is under way. */
  constructor(texts, memory, server, tell) {
    this.#texts = texts;
    this.#memory = memory;
    this.#server = server;
    this.#tell = tell;
    this.log = el("div", { class: "log", part: "log", role: "log", tabindex: "0", "aria-label": texts.log });
    this.#sign = el("div", { class: "working", "aria-hidden": "true", hidden: true }, el("i"), el("i"), el("i"), texts.working);
    this.#form = composer(texts, memory, (text) => this.#send(text));
    this.nodes = [this.log, this.#sign, this.#status, this.#form];
    this.#restore();
  }

  #restore() {
    const { entries } = this.#memory;
    this.log.append(note(this.#texts.greeting));
    for (const { said: text, reply, anew } of entries) {
      this.log.append(reply ? replied(reply, this.#texts) : said(text, this.#texts));
      if (anew) this.log.append(note(anew));
    }
    const last = entries.at(-1);
    this.#prepare();
    if (!last) this.#offer(this.#texts.starters.map((title) => ({ title, payload: title })));
    else if (last.reply) this.#offerAll(last.reply);
    else this.#fail(new Fault("unanswered"), last, this.log.lastElementChild);
  }

  /** The session stayed with the tab that this one is a copy of; no other knows what its buttons mean. */
  sayCopied() {
    const last = this.#memory.entries.at(-1);
    if (!last) return;
    Object.assign(last, { anew: this.#texts.copied, payload: last.said });
    if (last.reply) last.reply.buttons = [];
    keep(this.#memory);
    this.#offer();
    const told = note(last.anew);
    this.log.append(told);
    told.focus();
  }

  /** Delete it on the server. It is sent at once, also where the page is about to go. */
  forget(session) {
    return forget(this.#server, session);
  }

  /** What is loaded when it is first used is there before the line breaks. Who asks once does not pay for it. */
  #prepare() {
    if (this.#memory.entries.filter(({ reply }) => reply).length < 2) return;
    this.#later ??= setTimeout(() => {
      const parts = [textsFor(this.#texts.lang, "extras"), ...PARTS.map((name) => import(`./${name}.js`))];
      for (const part of parts) part.catch(() => {}); // tried again when it is used
    }, LATER);
  }

  /** It was cleared or deleted: what is under way is not shown, not kept, and deleted on the server. */
  end() {
    this.#over = true;
  }

  /** Bring the latest question to the top: an answer is read from its beginning. */
  reveal() {
    const latest = [...this.log.querySelectorAll(".you")].at(-1);
    if (!latest) return;
    const { host } = this.log.getRootNode();
    const numbers = host.shadowRoot.querySelector(".numbers").offsetHeight; // stays where the whole chat scrolls
    scrollTo(this.log, latest, 0);
    scrollTo(host, latest, numbers);
  }

  /** Show the buttons of the latest reply in place of those before. */
  #offer(buttons = []) {
    this.#quick?.remove();
    if (!buttons.length) return;
    this.#quick = quickReplies(buttons, this.#texts.next, (title, payload) => this.#send(title, payload)?.focus());
    this.log.append(this.#quick);
  }

  /** Send what the person typed, or the payload of a button. Returns its message; while another is under way, says so. */
  #send(text, payload = text) {
    if (this.#working) return this.#sayWait();
    const entry = { said: text, payload };
    this.#memory.entries.push(entry);
    keep(this.#memory);
    this.#offer();
    this.#names?.remove();
    this.log.querySelector(".fault")?.remove();
    const message = said(text, this.#texts);
    this.#add(message);
    this.turn = this.#ask(entry, message);
    return message;
  }

  /** The message, the session, and for whom and in which language the answer is to be, where that was chosen. */
  #body(message) {
    const { session, settings } = this.#memory;
    const { audience, language } = settings;
    return { message, ...(session && { session }), ...(audience && { audience }), ...(language && { language }) };
  }

  /** Show a reply. Only facts are rated: nobody in an emergency is asked how the answer was. */
  async #show(reply, anew) {
    this.log.querySelector(".feedback")?.remove();
    const answer = replied(reply, this.#texts, true);
    if (["answer", "decline"].includes(reply.custom?.kind)) {
      const row = await this.#feedback(reply).catch(() => null); // the answer does not wait for a second try
      if (row) answer.append(row);
    }
    this.#add(answer); // whole: a screen reader reads what is added, once
    if (anew) this.log.append(note(anew));
    this.#offerAll(reply);
  }

  /** Offer the buttons of a reply; where it asks back, also names, while one is typed. */
  #offerAll(reply) {
    this.#offer(reply.buttons);
    if (reply.custom?.kind === "clarify") this.#offerNames(reply).catch(() => {}); // it can be typed in full
  }

  async #offerNames(reply) {
    const { nameButtons } = await import("./complete.js");
    const names = await nameButtons(this.#form, this.#server, this.#texts);
    if (this.#memory.entries.at(-1)?.reply === reply) this.#form.before((this.#names = names));
  }

  async #feedback(reply) {
    const { feedbackRow } = await import("./feedback.js");
    return feedbackRow(reply, this.#texts.feedback, this.#server, () => this.#memory.session);
  }

  async #ask(entry, message) {
    this.#setWorking(true);
    this.reveal();
    try {
      const answered = ask(this.#server, this.#body(entry.payload));
      import("./feedback.js").catch(() => {}); // while the server works
      const { session, ...reply } = await answered;
      if (this.#over) return void this.forget(session).catch(() => {});
      const anew = this.#memory.session && reply.custom?.notice;
      this.#memory.session = session;
      this.#memory.entries.push({ reply, anew });
      keep(this.#memory);
      this.#tell(Object.hasOwn(this.#texts.alarm, reply.custom?.kind) ? "alarm" : "answer");
      await this.#show(reply, anew);
      this.#prepare();
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      if (this.#over) return;
      if (fault.kind === "expired" && this.#memory.session) await this.#startAnew(entry, message);
      else this.#fail(fault, entry, message);
    } finally {
      this.#setWorking(false);
    }
    this.reveal();
  }

  /** The session has ended: say so and ask again in a new one, which does not know the buttons of the old one. */
  #startAnew(entry, message) {
    this.#memory.session = null;
    entry.payload = entry.said;
    const before = this.#memory.entries.at(-2);
    if (before) before.anew = this.#texts.expired;
    keep(this.#memory);
    this.log.setAttribute("aria-live", "polite");
    message.before(note(this.#texts.expired));
    return this.#ask(entry, message);
  }

  #fail(fault, entry, message) {
    this.#tell("fault");
    const card = failed(fault, this.#texts, () => {
      if (this.#working) return;
      message.focus();
      card.remove();
      this.turn = this.#ask(entry, message);
    });
    this.#add(card);
  }

  /** An alert speaks for itself: around it the log is silent, or it would be read twice. */
  #add(message) {
    this.log.setAttribute("aria-live", message.hasAttribute("role") ? "off" : "polite");
    this.log.append(message);
  }

  /** To those who see and to those who listen. */
  #sayWait() {
    this.#sign.lastChild.data = this.#status.textContent = this.#texts.wait;
  }

  #setWorking(working) {
    this.#working = working;
    this.#sign.hidden = !working;
    this.#sign.lastChild.data = this.#texts.working;
    clearTimeout(this.#timer); // said only where it takes long: most answers are there before it would have been read
    this.#status.textContent = "";
    if (working) this.#timer = setTimeout(() => (this.#status.textContent = this.#texts.working), 2000);
    this.#form.querySelector(".send").setAttribute("aria-disabled", String(working));
  }
}

function scrollTo(box, node, below) {
  box.scrollTop += node.getBoundingClientRect().top - box.getBoundingClientRect().top - below - 8;
}
