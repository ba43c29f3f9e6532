// The page with its real server and the trained model: what the stand-in of the other tests takes for granted.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { agree, ask, assertNoTroubles, goOffline, launch, needsBrowser, openPage, pressOptions, stored } from "./browser.js";
import { startDemo } from "./demo.js";
import { freePort, startReal } from "./real.js";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PYTHON = `${ROOT}.venv/bin/python`;
// All words of a PDF, without the feet of its pages; its language, title and tags.
const READ = `
import json, re, sys, pypdf
pdf = pypdf.PdfReader(sys.argv[1])
root = pdf.trailer["/Root"]
foot = r"Made by a computer program\\. Not reviewed by a clinician\\.\\s*Page\\s+\\d+\\s+of\\s+\\d+"
text = "\\n".join(re.sub(foot, " ", page.extract_text()) for page in pdf.pages)
box = pdf.pages[0].mediabox
print(json.dumps({"text": text, "language": root["/Lang"], "tagged": bool(root["/MarkInfo"]["/Marked"]),
    "title": pdf.metadata.title, "size": [round(box.width), round(box.height)], "pages": len(pdf.pages)}))
`;
const AWAY = "https://www.weather.gov/";
// The last comes after an alarm: its answer begins with when to call.
const QUESTIONS = ["Does Verzenio cause diarrhea?", "How does Herceptin work?", "What is HER2?", "I have chest pain and cannot breathe", "How is Enhertu given?"];
const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; script-src HELPLINE ALLOWED; connect-src HELPLINE; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";

/** Words as they can be compared: a line may end anywhere, and the markers of the sheet count through it. */
const flat = (text) => text.replace(/\[\d+\]|\s/g, "");

describe("with the real server", needsBrowser, () => {
  let browser, server, port;

  before(async () => {
    port = await freePort();
    [browser, server] = [await launch(), await startReal({ HELPLINE_ORIGINS: `http://127.0.0.1:${port}` })];
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  test("a first visit transfers under 40 KB in all, the first load of the element under 10 KB", async () => {
    const page = await openPage(browser, "about:blank", { allow: [server.url] });
    const network = await page.context().newCDPSession(page);
    await network.send("Network.enable");
    const names = new Map();
    const sizes = [];
    network.on("Network.requestWillBeSent", ({ requestId, request }) => names.set(requestId, request.url));
    network.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => sizes.push([names.get(requestId), encodedDataLength]));
    const sum = (pattern = /./) => sizes.filter(([name]) => pattern.test(name)).reduce((all, [, size]) => all + size, 0);
    await page.goto(server.url, { waitUntil: "networkidle" });
    await page.locator(".notice").waitFor();
    const modules = [...names.values()].filter((name) => /\/(helpline|dom|frame|language|memory|sheet|style|texts\.en)\.js$/.test(name));
    const lengths = await Promise.all(modules.map(async (name) => Number((await fetch(name, { method: "HEAD" })).headers.get("content-length"))));
    const element = lengths.reduce((all, length) => all + length);
    assert.ok(element > 5_000 && element < 10_000, `${element} bytes`);
    const arrived = sum();
    await agree(page);
    await page.locator(".quick button").last().click(); // the starter with the longest answer
    await page.locator(".feedback").waitFor();
    await page.waitForLoadState("networkidle");
    // The browser asks for a worker's script itself: it is none of the page's requests.
    const { headers } = await fetch(new URL("sw.js", server.url), { headers: { "Accept-Encoding": "gzip" } });
    const worker = Number(headers.get("content-length")) + [...headers].join("\r\n").length;
    const all = sum() + worker;
    assert.ok(all < 40_000, `${all} bytes`);
    console.log(`first visit: ${arrived} bytes before the notice is agreed to; the element ${element}, gzip; ${all} with the first answer and the worker`);
    await page.context().close();
  });

  test("the sheet for the doctor holds every answer that the page showed, in full, and its sources", async () => {
    const page = await openPage(browser, server.url);
    await agree(page);
    for (const question of QUESTIONS) await ask(page, question);
    const { entries } = JSON.parse((await page.evaluate(() => sessionStorage.getItem("helpline-chat"))));
    const shown = await page.locator(".bot:not(.note)").locator("p:not(.closing, .calls), li").evaluateAll((nodes) =>
      nodes.map((node) => {
        const copy = node.cloneNode(true);
        for (const marker of copy.querySelectorAll(".marker")) marker.remove();
        return copy.textContent;
      }),
    );
    await pressOptions(page);
    await page.getByRole("button", { name: "Make a sheet for my doctor" }).click();
    await page.getByRole("button", { name: "Add a question of my own" }).click();
    await page.getByRole("textbox", { name: "Your own question" }).fill("May I travel? 我可以旅行吗");
    const ticked = await page.locator(".questions label").allInnerTexts();
    assert.ok(ticked.length > 2, "questions to ask are offered");
    for (const question of ticked) await page.getByRole("checkbox", { name: question }).check();
    for (const [paper, size, large] of [["Letter (US)", [612, 792], false], ["A4", [595, 842], true]]) {
      await page.getByRole("radio", { name: paper }).check();
      await page.getByRole("checkbox", { name: "Large print" }).setChecked(large);
      const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Make my sheet" }).click()]);
      const { stdout } = await run(PYTHON, ["-c", READ, await file.path()]);
      const { text, ...form } = JSON.parse(stdout);
      assert.deepEqual({ ...form, pages: form.pages > 1 }, { language: "en", tagged: true, title: "For my visit to the doctor", size, pages: true });
      const words = flat(text);
      for (const question of [...QUESTIONS, ...ticked, "May I travel? 我可以旅行吗"]) assert.ok(words.includes(flat(question)), question);
      for (const { reply } of entries.filter((entry) => entry.reply)) {
        const [answer] = reply.text.split("\n\nSources:");
        for (const line of answer.split("\n").filter((each) => each.trim())) {
          assert.ok(words.includes(flat(line.replace(/^[•*-] +/, "").replaceAll("**", ""))), line);
        }
        for (const { title, url } of reply.custom.sources) assert.ok(words.includes(flat(title)) && (!url || words.includes(flat(url))), title);
      }
      assert.ok(shown.length > 6, "the page shows the answers");
      for (const piece of shown) assert.ok(words.includes(flat(piece)), `shown and not on the sheet: ${piece}`);
    }
    assertNoTroubles(page);
    await page.context().close();
  });

  test("delete my data: the server refuses the session afterwards", async () => {
    const page = await openPage(browser, server.url);
    await agree(page);
    await ask(page, QUESTIONS[0]);
    const { session } = JSON.parse(await page.evaluate(() => sessionStorage.getItem("helpline-chat")));
    await pressOptions(page);
    await page.getByRole("button", { name: "Delete my data" }).click();
    await page.getByRole("button", { name: "Yes, delete it" }).click();
    await page.getByRole("heading", { name: "Before you start" }).waitFor();
    assert.equal(await stored(page), '[{},{},""]');
    const response = await fetch(new URL("webhooks/helpline/chat", server.url), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ message: "hello", session }),
    });
    assert.equal(response.status, 401);
    await page.context().close();
  });

  test("quick exit, and clearing, delete the conversation on the server too", async (t) => {
    const demo = await startDemo(server.url, { port });
    t.after(() => demo.close());
    const page = await openPage(browser, demo.site, { allow: [server.url, AWAY] });
    t.after(() => page.context().close());
    await page.context().route(AWAY, (route) => route.fulfill({ body: "weather" }));
    const leave = () => page.getByRole("button", { name: "Leave this site" }).click();
    const clear = async () => {
      await pressOptions(page);
      await page.getByRole("button", { name: "Clear chat" }).click();
      await page.getByRole("button", { name: "Yes, clear it" }).click();
    };
    await page.getByRole("button", { name: "Ask about a cancer drug" }).click();
    for (const forget of [clear, leave]) {
      await agree(page);
      await ask(page, QUESTIONS[0]);
      const { session } = JSON.parse(await page.evaluate(() => sessionStorage.getItem("helpline-chat")));
      assert.equal(await statusOf(session), 200);
      await forget();
      if (forget === leave) await page.waitForURL(AWAY);
      await until(async () => (await statusOf(session)) === 401);
    }
    assertNoTroubles(page);
  });

  /** What the server says to another message of a session. */
  async function statusOf(session) {
    const body = JSON.stringify({ message: "hello", session });
    const headers = { "Content-Type": "application/json" };
    const signal = AbortSignal.timeout(30_000);
    return (await fetch(new URL("webhooks/helpline/chat", server.url), { method: "POST", headers, body, signal })).status;
  }

  /** What is sent on the way out is not waited for by the page: here it is, for ten seconds at most. */
  async function until(holds) {
    const end = Date.now() + 10_000;
    while (!(await holds())) assert.ok(Date.now() < end, "the server still knows the session");
  }

  test("an expired session is told, and the question is answered in a new one", async () => {
    const page = await openPage(browser, server.url);
    await agree(page);
    await ask(page, QUESTIONS[0]);
    await page.evaluate(() => {
      const memory = JSON.parse(sessionStorage.getItem("helpline-chat"));
      sessionStorage.setItem("helpline-chat", JSON.stringify({ ...memory, session: `${memory.session}x` }));
    });
    await page.reload();
    await pressOptions(page);
    await page.getByRole("button", { name: "Make a sheet for my doctor" }).click();
    await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Make my sheet" }).click()]);
    await page.getByRole("button", { name: "Back to the chat" }).click();
    await ask(page, QUESTIONS[2]);
    await page.getByText("I have started a new one").waitFor();
    await page.locator(".bot", { hasText: "HER2" }).last().waitFor();
    assertNoTroubles(page);
    await page.context().close();
  });

  test("feedback is taken", async () => {
    const page = await openPage(browser, server.url);
    await agree(page);
    await ask(page, QUESTIONS[0]);
    await page.getByRole("button", { name: "No", exact: true }).click();
    await page.getByRole("button", { name: "It is hard to understand" }).click();
    await page.getByText("Only the count is kept").waitFor();
    await page.context().close();
  });

  test("without JavaScript the most asked questions are answered", async () => {
    const page = await openPage(browser, server.url, { javaScriptEnabled: false });
    await page.setViewportSize({ width: 360, height: 740 });
    for (const summary of await page.locator("details summary").all()) await summary.click();
    const answer = page.locator("details", { hasText: "What is palbociclib (Ibrance)?" });
    assert.ok(await answer.getByText("No clinician has reviewed it yet").isVisible());
    assert.equal((await page.locator("html").boundingBox()).width, 360);
    const widest = await Promise.all((await page.locator("body *").all()).map(async (node) => ((box) => (box ? box.x + box.width : 0))(await node.boundingBox())));
    assert.ok(Math.max(...widest) <= 360, `something ends at ${Math.max(...widest)}`);
    await page.context().close();
  });

  test("after the notice the page with the numbers is kept for when there is no line", async () => {
    const page = await openPage(browser, server.url);
    await agree(page);
    await goOffline(page, server.url);
    await page.context().close();
  });

  describe("on a listed site of another origin, by the line that `helpline embed` prints", () => {
    const lines = async (...options) => {
      const { stdout, stderr } = await run(`${ROOT}.venv/bin/helpline`, ["embed", new URL(server.url).origin, ...options]);
      return { printed: stdout.trim().split("\n"), allowed: stderr.match(/'sha256-[^']+'/)?.[0] };
    };
    const opener = (page) => page.getByRole("button", { name: "Ask about a cancer drug" });

    /** Open a site with this line; `spoil` names a file of ours that is changed on its way to the browser. */
    async function open(t, line, { allowed = "", spoil } = {}) {
      const demo = await startDemo(server.url, { line, port, policy: POLICY.replace("ALLOWED", allowed) });
      const page = await openPage(browser, "about:blank", { allow: [demo.site, server.url] });
      t.after(() => page.context().close());
      t.after(() => demo.close());
      if (spoil) {
        await page.route(spoil, async (route) => {
          const response = await route.fetch();
          await route.fulfill({ response, body: `${await response.text()}//` });
        });
      }
      await page.goto(demo.site);
      return page;
    }

    test("it is answered", async (t) => {
      const { printed } = await lines();
      assert.equal(printed.length, 1);
      const page = await open(t, printed[0]);
      await opener(page).click();
      await agree(page);
      await ask(page, QUESTIONS[1]);
      assert.match(await page.locator(".bot").last().innerText(), /Trastuzumab/);
      assertNoTroubles(page);
    });

    test("a script that was changed on the way does not run", async (t) => {
      const { printed } = await lines();
      const page = await open(t, printed[0], { spoil: /widget\.js$/ });
      await page.waitForLoadState("networkidle");
      assert.equal(await page.locator(".launcher").count(), 0);
    });

    test("with --all it is answered, under the policy that is told", async (t) => {
      const { printed, allowed } = await lines("--all");
      const page = await open(t, printed.join("\n  "), { allowed });
      await opener(page).click();
      await agree(page);
      await ask(page, QUESTIONS[1]);
      assertNoTroubles(page);
    });

    test("with --all nothing that the script loads runs if it was changed", async (t) => {
      const { printed, allowed } = await lines("--all");
      const page = await open(t, printed.join("\n  "), { allowed, spoil: /answer\.js$/ });
      await opener(page).click();
      await page.getByRole("button", { name: "I understand" }).click();
      await page.getByText("The chat could not be loaded").waitFor();
    });

    test("a site that is not listed gets no answer", async (t) => {
      const demo = await startDemo(server.url);
      t.after(() => demo.close());
      const page = await openPage(browser, demo.site, { allow: [server.url] });
      await page.waitForLoadState("networkidle");
      const asked = (path, options) =>
        page.evaluate(([url, rest]) => fetch(url, rest).then(() => "answered", () => "refused"), [new URL(path, server.url).href, options]);
      const body = { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"message": "hello"}' };
      assert.equal(await asked("webhooks/helpline/chat", body), "refused");
      assert.equal(await asked("webhooks/helpline/settings", {}), "refused");
      await page.context().close();
    });
  });
});
