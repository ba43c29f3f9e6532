// The demo page as a foreign site, which embeds the chat of a helpline at another origin. By hand, with the real server:
//   HELPLINE_ORIGINS=http://127.0.0.1:5080 make serve
//   node tests/widget/demo.js http://127.0.0.1:5005 5080

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const WIDGET = new URL("../../widget/", import.meta.url);
const LINE = /<script src="widget\.js"/;

/**
 * Start the site. `helpline` is the server's address, `policy` the site's Content-Security-Policy with HELPLINE for the
 * helpline's origin, `line` the script line where it is not the usual one. The server must list the site's origin.
 */
export async function startDemo(helpline, { policy = "", line = "", port = 0 } = {}) {
  const { origin } = new URL(helpline);
  const opening = line ? line.replace(" defer></script>", "") : `<script src="${origin}/widget/widget.js"`;
  const site = createServer(async (request, response) => {
    const name = request.url === "/" ? "demo.html" : request.url.slice(1);
    if (!["demo.html", "demo.css", "icon.svg"].includes(name)) return response.writeHead(404).end();
    const text = await readFile(new URL(name, WIDGET), "utf8");
    const type = { html: "text/html", css: "text/css", svg: "image/svg+xml" }[name.split(".")[1]];
    response.writeHead(200, { "Content-Type": type, ...(policy && { "Content-Security-Policy": policy.replaceAll("HELPLINE", origin) }) });
    response.end(text.replace(LINE, opening));
  });
  await new Promise((resolve) => site.listen(port, "127.0.0.1", resolve));
  return { site: `http://127.0.0.1:${site.address().port}`, close: () => site.close(site.closeAllConnections()) };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [, , helpline = "http://127.0.0.1:5005/", port = "5080"] = process.argv;
  const { site } = await startDemo(helpline, { port: Number(port) });
  console.log(`A site with the chat: ${site}\nIts server must be started with HELPLINE_ORIGINS=${site}`);
}
