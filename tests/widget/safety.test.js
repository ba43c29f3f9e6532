// Nothing that a person, a server or a site says is ever run: 50 attacks through every way in.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { agree, ask, assertNoTroubles, launch, needsBrowser, openPage } from "./browser.js";
import { reply, startServer } from "./stub.js";

const RUN = "alert(1)";
const ATTACKS = [
  ...["img src=x onerror", "svg onload", "body onload", "video src=x onerror", "details open ontoggle", "input autofocus onfocus"].map((tag) => `<${tag}=${RUN}>`),
  ...["iframe src", "object data", "embed src", "a href", "form action", "base href", "link rel=stylesheet href"].map((tag) => `<${tag}="javascript:${RUN}">x`),
  ...["script", "style", "template", "noscript", "title", "textarea", "math", "xmp"].map((tag) => `</${tag}><script>${RUN}</script>`),
  ...["javascript", "JaVaScRiPt", "java\tscript", "java\nscript", "\u0001javascript", "vbscript", "data:text/html,<script>", "blob", "file", "about"].map((scheme) => `${scheme}:${RUN}`),
  ...["**", "[1]", "• ", "# ", "> ", "`", "~~"].map((mark) => `${mark}<img src=x onerror=${RUN}>${mark}`),
  `[click](javascript:${RUN})`,
  `![x](x" onerror="${RUN})`,
  `<https://example.org/"onmouseover="${RUN}>`,
  `https://example.org/"onmouseover="${RUN}`,
  `https://example.org/<script>${RUN}</script>`,
  `https://user:pass@example.org/#<img src=x onerror=${RUN}>`,
  `{{constructor.constructor('${RUN}')()}}`,
  `\${${RUN}}`,
  `&lt;script&gt;${RUN}&lt;/script&gt;`,
  `\u202e<script>${RUN}</script>`,
  `"><script>${RUN}</script>`,
  `' autofocus onfocus='${RUN}`,
];

describe("attacks", needsBrowser, () => {
  let browser, server;

  before(async () => {
    [browser, server] = [await launch(), await startServer()];
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  test("there are at least 50", () => assert.ok(ATTACKS.length >= 50, String(ATTACKS.length)));

  test("as a question, a reply, a button and a source", async () => {
    const page = await openPage(browser, server.url);
    await agree(page);
    for (const attack of ATTACKS) {
      server.answer = () =>
        reply(`${attack}\n• ${attack} [1]\n\nSources:\n[1] ${attack}`, {
          buttons: [{ title: attack, payload: attack }],
          sources: [{ n: 1, title: attack, publisher: attack, url: attack, date: attack, layer: attack }],
        });
      await ask(page, attack);
      await page.locator(".marker").last().click();
      await page.locator("summary").last().click();
    }
    assert.equal(await page.locator(".quick button").count(), 1);
    await assertPlain(page);
    await page.reload();
    await page.locator(".bot").nth(ATTACKS.length).waitFor();
    await assertPlain(page);
    await page.context().close();
  });

  test("as a fault's detail, and as names and kinds that nobody expects", async () => {
    const page = await openPage(browser, server.url);
    await agree(page);
    for (const attack of ATTACKS.slice(0, 10)) {
      server.answer = () => ({ status: 503, detail: attack });
      await ask(page, attack);
    }
    for (const kind of ["__proto__", "constructor", "toString", 5, null]) {
      server.answer = () => reply("An answer", { kind });
      await ask(page, "hello");
    }
    assert.equal(await page.locator(".bot:not(.note, .fault, .alarm)").count(), 5);
    await assertPlain(page);
    await page.context().close();
  });

  test("as the attributes of the element and the data of the script", async () => {
    const page = await openPage(browser, `${server.url}widget/demo.html`);
    for (const attack of ATTACKS) {
      await page.evaluate(async (text) => {
        const { launch } = await import("/widget/launcher.js");
        await launch({ lang: text, title: text, label: text, position: text, accent: text, onAccent: text, quickExit: text });
      }, attack);
    }
    await page.locator(".launcher").last().click();
    await page.locator(".notice").waitFor();
    await assertPlain(page);
    await page.context().close();
  });

  /** No element but ours, no address but web and telephone, no script run, no policy violated, no stranger asked. */
  async function assertPlain(page) {
    const found = await page.evaluate(() => {
      const all = (root) => [...root.querySelectorAll("*")].flatMap((node) => [node, ...(node.shadowRoot ? all(node.shadowRoot) : [])]);
      const nodes = all(document.body);
      return {
        tags: nodes.map((node) => node.tagName).filter((tag) => /^(SCRIPT|IMG|SVG|IFRAME|OBJECT|EMBED|VIDEO|BASE|LINK|STYLE)$/i.test(tag)),
        handlers: nodes.flatMap((node) => node.getAttributeNames().filter((name) => name.startsWith("on"))),
        links: nodes.map((node) => node.getAttribute("href")).filter((href) => href && !/^(https?:\/\/|tel:|sms:)/.test(href)),
      };
    });
    assert.deepEqual(found, { tags: [], handlers: [], links: [] });
    assertNoTroubles(page);
  }
});
