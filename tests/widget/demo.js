// The demo page as a foreign site: it is served from one origin and the helpline from another, behind a front that lets
// exactly this site in, as docs/embedding.md tells an operator to do. By hand: node demo.js http://127.0.0.1:5005

import { readFile } from "node:fs/promises";
import { createServer, request as forward } from "node:http";
import { pathToFileURL } from "node:url";

const WIDGET = new URL("../../widget/", import.meta.url);

/** Start both; `policy` is the Content-Security-Policy of the site, with HELPLINE for the helpline's origin. */
export async function startDemo(server, { policy = "" } = {}) {
  const site = createServer(async (request, response) => {
    const name = request.url === "/" ? "demo.html" : request.url.slice(1);
    if (!["demo.html", "demo.css", "icon.svg"].includes(name)) return response.writeHead(404).end();
    const text = await readFile(new URL(name, WIDGET), "utf8");
    const type = { html: "text/html", css: "text/css", svg: "image/svg+xml" }[name.split(".")[1]];
    const headers = { "Content-Type": type, ...(policy && { "Content-Security-Policy": policy.replaceAll("HELPLINE", urlOf(front)) }) };
    response.writeHead(200, headers).end(text.replace('src="widget.js"', `src="${urlOf(front)}/widget/widget.js"`));
  });
  const front = createServer((request, response) => {
    const allowed = request.headers.origin === urlOf(site) && {
      "Access-Control-Allow-Origin": urlOf(site),
      "Access-Control-Allow-Headers": "Content-Type",
      Vary: "Origin",
    };
    if (request.method === "OPTIONS") return response.writeHead(204, { ...allowed }).end();
    const { host, ...headers } = request.headers;
    const onward = forward(new URL(request.url, server), { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode, { ...answer.headers, ...allowed });
      answer.pipe(response);
    });
    onward.on("error", () => response.writeHead(502).end());
    request.pipe(onward);
  });
  for (const each of [site, front]) await new Promise((resolve) => each.listen(0, "127.0.0.1", resolve));
  return {
    site: urlOf(site),
    helpline: urlOf(front),
    close() {
      for (const each of [site, front]) each.close(each.closeAllConnections());
    },
  };
}

const urlOf = (server) => `http://127.0.0.1:${server.address().port}`;

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { site, helpline } = await startDemo(process.argv[2] ?? "http://127.0.0.1:5005");
  console.log(`A site with the chat: ${site}\nThe helpline that it asks: ${helpline}`);
}
