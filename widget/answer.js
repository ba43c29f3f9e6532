// From the text of a reply to what is shown: paragraphs, lists, bold, links, numbers to call, and markers of sources.

import { button, el } from "./dom.js";

const INLINE = /\*\*(?<bold>[^*]+)\*\*|\[(?<marker>\d+)\]|(?<url>https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])|(?<phone>\b1-\d{3}-\d{3}-\d{4}\b)/g;
const BULLET = /^[•*-] +/;
const SENTENCE_END = /(?<=(?:[a-z)]{3}|\])[.?!](?: ?\[\d+\])*) (?=[A-Z])/; // not that of "6 p.m. Eastern time"
const LONG = 200; // characters of a line

/** Return the nodes of a reply. */
export function answerNodes({ text, custom = {} }, texts) {
  const sources = new Map((custom.sources ?? []).map((source) => [String(source.n), source]));
  const nodes = [];
  let closing = false; // what follows the list of sources says how far to trust the answer
  for (const block of text.split(/\n{2,}/)) {
    const lines = block.split("\n");
    if (sources.size && isSourceList(lines)) {
      nodes.push(sourceList(sources, texts));
      closing = true;
    } else {
      nodes.push(...blockNodes(lines, closing, (line) => inline(line, sources, texts)));
    }
  }
  return nodes;
}

/** The plain text ends with "Sources:" and a numbered line for each; here they open from their markers instead. */
function isSourceList([first, ...rest]) {
  return rest.length > 0 && !first.startsWith("[") && rest.every((line) => /^\[\d+\] /.test(line));
}

function blockNodes(lines, closing, inlineNodes) {
  const nodes = [];
  for (const line of lines.flatMap(paragraphs)) {
    if (!BULLET.test(line)) {
      nodes.push(el("p", { dir: "auto", class: closing && "closing" }, ...inlineNodes(line)));
      continue;
    }
    if (nodes.at(-1)?.tagName !== "UL") nodes.push(el("ul", { dir: "auto" }));
    nodes.at(-1).append(el("li", { dir: "auto" }, ...inlineNodes(line.replace(BULLET, ""))));
  }
  return nodes;
}

/** A long line is read in short paragraphs, of two sentences or so. */
function paragraphs(line) {
  if (line.length < LONG || BULLET.test(line)) return line.trim() ? [line] : [];
  const sentences = line.split(SENTENCE_END);
  return sentences.flatMap((sentence, i) => (i % 2 ? [] : sentences.slice(i, i + 2).join(" ")));
}

function inline(line, sources, texts) {
  const nodes = [];
  let end = 0;
  for (const match of line.matchAll(INLINE)) {
    const { bold, marker, url, phone } = match.groups;
    nodes.push(line.slice(end, match.index));
    end = match.index + match[0].length;
    if (bold) nodes.push(el("strong", {}, bold));
    else if (url) nodes.push(webLink(url));
    else if (phone) nodes.push(el("a", { dir: "ltr", href: `tel:+${phone.replaceAll("-", "")}` }, phone));
    else if (sources.has(marker)) nodes.push(markerButton(sources.get(marker), texts));
    else nodes.push(match[0]);
  }
  nodes.push(line.slice(end));
  return nodes;
}

/** A marker opens its source under the sentence that it stands behind, and closes it again. */
function markerButton(source, texts) {
  let card = null;
  const marker = button(
    String(source.n),
    () => {
      if (card) card = void card.remove();
      else place(marker, (card = sourceCard(source, texts)));
      marker.setAttribute("aria-expanded", String(card != null));
    },
    { class: "marker", part: "marker", "aria-label": `${texts.source(source.n)}: ${source.title}`, "aria-expanded": "false" },
  );
  return marker;
}

function place(marker, card) {
  const sentence = marker.closest("p, li");
  if (sentence.tagName === "LI") sentence.append(card);
  else sentence.after(card);
}

function sourceList(sources, texts) {
  const cards = [...sources.values()].map((source) => sourceCard(source, texts));
  return el("details", { class: "sources" }, el("summary", {}, texts.sources(sources.size)), ...cards);
}

function sourceCard(source, texts) {
  const layer = Object.hasOwn(texts.layers, source.layer) ? texts.layers[source.layer] : source.layer;
  const facts = [source.publisher, source.date, layer].filter(Boolean);
  const link = source.url && webLink(source.url, texts.openSource);
  return el(
    "div",
    { class: "source", part: "source", role: "group", "aria-label": texts.source(source.n) },
    el("strong", { dir: "auto" }, `[${source.n}] ${source.title}`),
    el("span", { dir: "auto" }, facts.join(" · ")),
    link?.tagName ? link : texts.noAddress,
  );
}

/** A link to another site, or its text where the address is not one of the web. */
function webLink(address, text = address) {
  let url = null;
  try {
    url = new URL(address);
  } catch {
    // not an address: shown as text
  }
  if (!/^https?:$/.test(url?.protocol)) return document.createTextNode(text);
  return el("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, text);
}
