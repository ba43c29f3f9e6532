// The conversation as a file for the person to keep: plain text, or a page that prints well. Made in the browser.

import { el } from "./dom.js";
import { saveFile } from "./save.js";

const PRINT = `
body { max-width: 42em; margin: 2em auto; padding: 0 1em; font: 12pt/1.5 Georgia, serif; color: #000; background: #fff; }
h1 { font-size: 1.4em; } h2 { font-size: 1.1em; margin: 1.5em 0 .3em; break-after: avoid; }
p { margin: .3em 0; white-space: pre-wrap; overflow-wrap: anywhere; }`;

/** Save the entries as a text file. */
export function saveText(entries, texts) {
  const parts = [...opening(texts), ...entries.map((entry) => `${speaker(entry, texts)}\n${words(entry)}`)];
  save(parts.join("\n\n") + "\n", "text/plain", "txt");
}

/** Save the same as a page of its own, without scripts. */
export function savePrint(entries, texts) {
  const page = document.implementation.createHTMLDocument(texts.transcript.title);
  page.documentElement.lang = texts.lang;
  page.documentElement.dir = texts.dir;
  page.head.prepend(el("meta", { charset: "utf-8" }));
  const [title, ...lines] = opening(texts);
  page.body.append(el("h1", {}, title), ...lines.map((line) => el("p", {}, line)));
  for (const entry of entries) page.body.append(el("h2", {}, speaker(entry, texts)), el("p", {}, words(entry)));
  // The style joins as text: as a node, the policy of this page would refuse it.
  const styled = page.documentElement.outerHTML.replace("</head>", `<style>${PRINT}</style></head>`);
  save(`<!doctype html>\n${styled}\n`, "text/html", "html");
}

function opening({ lang, transcript, emergency, person }) {
  return [
    transcript.title,
    transcript.saved(new Date().toLocaleDateString(lang, { dateStyle: "long" })),
    emergency.map((piece) => piece.text ?? piece).join(""),
    `${person.label}${person.number}. ${person.hours}`,
  ];
}

const speaker = (entry, texts) => (entry.reply ? texts.bot : texts.you);
const words = (entry) => (entry.reply ? entry.reply.text.replaceAll(/\*\*([^*]+)\*\*/g, "$1") : entry.said); // bold is for the screen

function save(content, type, ending) {
  saveFile(new Blob([content], { type: `${type};charset=utf-8` }), ending);
}
