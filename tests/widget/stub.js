// A helpline server of the tests' own: the widget's files with the real server's page headers, and canned replies.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { gzipSync } from "node:zlib";

const ROOT = new URL("../../", import.meta.url);
const KINDS = { html: "text/html", js: "text/javascript", css: "text/css", svg: "image/svg+xml" };

export const SOURCES = [
  { n: 1, title: "Label of examplinib", publisher: "A publisher", url: "https://example.org/label", date: "May 2024", layer: "label" },
  { n: 2, title: "About targeted drugs", publisher: "A society", url: null, date: "undated", layer: "patient_org" },
];
const CLOSING = "Text as of 2026-11-22. No clinician has reviewed it yet.\nPlease review this with your doctor.";

/** A reply object of the contract; anything can be replaced. */
export function reply(text, { kind = "answer", buttons = [], sources = [] } = {}) {
  return { text, buttons, custom: { kind, topic: "overview", language: "en", sources, answer_id: "0" }, session: "session-1" };
}

export const ANSWER = reply(
  "Examplinib can cause **diarrhea**. [1][2]\n• Drink water. [1]\n• Call 1-800-227-2345 or see https://example.org/help.\n\n" +
    "Sources:\n[1] Label of examplinib.\n[2] About targeted drugs.\n\n" +
    CLOSING,
  { sources: SOURCES, buttons: [{ title: "How it works", payload: '/ask_mechanism{"drug": "examplinib"}' }] },
);
export const CLARIFY = reply("Which drug do you mean?", {
  kind: "clarify",
  buttons: ["Examplinib", "Samplinib", "Testuzumab"].map((title) => ({ title, payload: `/choose{"drug": "${title}"}` })),
});
export const EMERGENCY = reply("Call 911 or your local emergency number now.\nThis chat cannot send help.", { kind: "emergency" });
export const CRISIS = reply("You deserve help right now.\nCall or text 988. If anyone is in danger, call 911.", { kind: "crisis" });

export const SETTINGS = {
  languages: [{ code: "en", name: "English", dir: "ltr" }],
  audiences: ["patient", "caregiver", "clinician"],
  feedback_reasons: [{ id: "not_my_question", text: "Not what I asked" }, { id: "unclear", text: "Hard to understand" }],
  names: ["Examplinib", "Exemplarin", "Samplinib", "Testuzumab", "Testuzumab and samplase", "Trialtinib", "Trialumab", "Triplimab", "Tritinib"],
  questions: { overview: ["What does this drug do for me?", "Whom do I call at night?"] },
};

/** What the server says to a message, unless a test sets `server.answer`. A number is a status. */
export function usual(message) {
  if (/breathe/.test(message)) return EMERGENCY;
  if (/want to die/.test(message)) return CRISIS;
  if (/which|side effects$/i.test(message)) return CLARIFY;
  return ANSWER;
}

/** The real server's Content-Security-Policy, read from its source. */
async function policy() {
  const source = await readFile(new URL("helpline/pages.py", ROOT), "utf8");
  const [, strings] = source.match(/"Content-Security-Policy":((?:\s*"[^"]*")+)/);
  return [...strings.matchAll(/"([^"]*)"/g)].map((match) => match[1]).join("");
}

/**
 * From now on a question waits for its answer. The function that comes back waits until one has arrived, then answers it:
 * with what it is given, or with `reply` of the message.
 */
export function hold(server, reply = usual) {
  let come;
  let held = new Promise((resolve) => (come = resolve));
  server.answer = (message) => new Promise((answer) => come((said) => answer(said ?? reply(message))));
  return async (said) => {
    const answer = await held;
    held = new Promise((resolve) => (come = resolve));
    answer(said);
  };
}

/** Start a server. `asked` are the bodies that came; `edit` may change a file's text before it is sent. */
export async function startServer({ port = 0, edit = (name, text) => text, compress = false } = {}) {
  const server = { asked: [], sent: [], answer: usual, missing: new Set(), broken: new Set(), ended: new Set(), settings: SETTINGS, origins: [] };
  const headers = { "Content-Security-Policy": await policy(), "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache" };

  const http = createServer(async (request, response) => {
    const path = new URL(request.url, "http://stub").pathname;
    if (server.origins.includes(request.headers.origin)) {
      response.setHeader("Access-Control-Allow-Origin", request.headers.origin);
      response.setHeader("Access-Control-Allow-Headers", "Content-Type");
    }
    if (server.down) return response.writeHead(502, { "Content-Type": "text/html" }).end("Bad Gateway");
    if (request.method === "OPTIONS") return response.writeHead(204).end();
    const endpoint = path.startsWith("/webhooks/helpline/") && path.split("/").at(-1);
    if (request.method === "POST" && endpoint === "chat") return chat(request, response);
    if (endpoint) return other(endpoint, request, response);
    const name = path === "/" ? "index.html" : path.replace(/^\/(widget\/)?/, "");
    const file = /^[a-z][a-z0-9.-]*\.(html|js|css|svg)$/.test(name) && !server.missing.has(name);
    const text = file && (await readFile(new URL(`widget/${name}`, ROOT), "utf8").catch(() => null));
    if (text == null || text === false) return response.writeHead(404).end();
    const coding = compress ? { "Content-Encoding": "gzip" } : {};
    response.writeHead(200, { ...headers, ...coding, "Content-Type": `${KINDS[name.split(".").at(-1)]}; charset=utf-8` });
    response.end(compress ? gzipSync(edit(name, text)) : edit(name, text));
  });

  async function chat(request, response) {
    let body = "";
    for await (const piece of request) body += piece;
    const asked = JSON.parse(body);
    server.asked.push(asked);
    const said = await server.answer(asked.message, asked);
    const status = typeof said === "number" ? said : (said.status ?? 200);
    const problem = { title: "Problem", status, detail: "No words for a person.", ...said };
    response.writeHead(status, { ...(said.wait && { "Retry-After": said.wait }), "Content-Type": status === 200 ? "application/json" : "application/problem+json" });
    response.end(JSON.stringify(status === 200 ? said : problem));
  }

  /** The endpoints beside the chat: what came is in `sent`; those named in `broken` fail, and a session in `ended` is refused. */
  async function other(endpoint, request, response) {
    let body = "";
    for await (const piece of request) body += piece;
    const parsed = body && JSON.parse(body);
    server.sent.push({ endpoint, body: parsed });
    if (server.broken.has(endpoint)) return problem(response, 503);
    if (parsed && typeof parsed.session !== "string") return problem(response, 400, '"session" must not be null.');
    if (server.ended.has(parsed?.session)) return problem(response, 401, "The session is ended.");
    const [kind, content] = { settings: ["application/json", JSON.stringify(server.settings)], sheet: ["application/pdf", "%PDF-1.7 of the stub"] }[endpoint] ?? [];
    response.writeHead(kind ? 200 : 204, kind ? { "Content-Type": kind } : {}).end(content);
  }

  function problem(response, status, detail = "No words for a person.") {
    response.writeHead(status, { "Content-Type": "application/problem+json" });
    response.end(JSON.stringify({ title: "Problem", status, detail }));
  }

  await new Promise((resolve) => http.listen(port, "127.0.0.1", resolve));
  server.port = http.address().port;
  server.url = `http://127.0.0.1:${server.port}/`;
  server.close = () => {
    http.closeAllConnections();
    return new Promise((resolve) => http.close(resolve));
  };
  return server;
}
