// What a person sees when something is wrong: their question, what to do, and whom to call.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";

import { agree, ask, assertNoTroubles, launch, needsBrowser, openPage, stored } from "./browser.js";
import { startServer, usual } from "./stub.js";

describe("faults", needsBrowser, () => {
  let browser, server, page;

  before(async () => {
    [browser, server] = [await launch(), await startServer()];
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });
  beforeEach(async () => {
    server.answer = usual;
    server.missing.clear();
    page = await openPage(browser, server.url);
  });
  afterEach(async () => {
    assertNoTroubles(page);
    await page.context().close();
  });

  const again = () => page.getByRole("button", { name: "Try again" });

  /** The fault says this, keeps the question, gives the number, and "Try again" brings the answer. */
  async function assertMended(says) {
    const alert = page.getByRole("alert");
    assert.match(await alert.innerText(), says);
    assert.doesNotMatch(await alert.innerText(), /No words for a person/); // what the server says is for a programmer
    assert.equal(await alert.locator('a[href="tel:+18002272345"]').count(), 1);
    assert.equal(await page.locator(".you").last().textContent(), "You: hello");
    await again().click();
    await page.getByText("Examplinib can cause").waitFor();
    assert.equal(await page.locator(".you").count(), 1);
    assert.equal(await page.getByRole("alert").count(), 0);
  }

  test("the server is gone, and comes back", async () => {
    await agree(page);
    await server.close();
    await ask(page, "hello");
    server = await startServer({ port: server.port });
    await assertMended(/cannot be reached right now/);
  });

  test("the device is not online", async () => {
    await agree(page);
    await page.context().setOffline(true);
    await ask(page, "hello");
    await page.context().setOffline(false);
    await assertMended(/not online/);
  });

  test("the server does not answer in time", async () => {
    await agree(page);
    await page.clock.install();
    server.answer = () => new Promise(() => {});
    await page.getByRole("textbox").fill("hello");
    await page.keyboard.press("Enter");
    await page.locator(".working").waitFor();
    await page.clock.fastForward(13_000);
    await again().waitFor();
    server.answer = usual;
    await page.clock.resume();
    await assertMended(/taking too long/);
  });

  for (const [status, says] of [
    [429, /Too many questions/],
    [500, /on our side/],
    [502, /on our side/],
    [503, /on our side/],
  ]) {
    test(`status ${status}`, async () => {
      await agree(page);
      server.answer = () => status;
      await ask(page, "hello");
      server.answer = usual;
      await assertMended(says);
    });
  }

  test("the server tells how long to wait: the person is told, and can try again then", async () => {
    await agree(page);
    await page.clock.install();
    server.answer = () => ({ status: 429, wait: 20 });
    await ask(page, "hello");
    assert.match(await page.getByRole("alert").innerText(), /You can try again in 20 seconds\./);
    assert.ok(await again().isDisabled());
    await page.clock.fastForward(19_000);
    assert.ok(await again().isDisabled());
    server.answer = usual;
    await page.clock.fastForward(1_000);
    await assertMended(/Too many questions/);
  });

  test("an answer that is not a reply object", async () => {
    await agree(page);
    server.answer = () => ({ status: 200, unexpected: true });
    await ask(page, "hello");
    server.answer = usual;
    await assertMended(/on our side/);
  });

  test("a message that the server refuses is not offered again", async () => {
    await agree(page);
    server.answer = () => 413;
    await ask(page, "hello");
    assert.match(await page.getByRole("alert").innerText(), /could not be read/);
    assert.equal(await again().count(), 0);
  });

  test("an expired session is told, and the question is asked in a new one, in the words of the button", async () => {
    await agree(page);
    await ask(page, "hello");
    server.asked = [];
    server.answer = (message, { session }) => (session ? 401 : usual(message));
    await page.getByRole("button", { name: "How it works" }).click();
    await page.getByText("I have started a new one").waitFor();
    await page.locator(".bot:not(.note)").nth(1).waitFor();
    assert.deepEqual(server.asked.at(-1), { message: "How it works" });
    assert.equal(await page.locator(".you").count(), 2);
  });

  test("that the session had ended is announced, also after a fault, and still told after a reload", async () => {
    await agree(page);
    await ask(page, "hello");
    await page.locator(".log").evaluate((log) => {
      window.heard = [];
      const hear = (records) => {
        for (const node of records.flatMap((record) => [...record.addedNodes])) heard.push([node.textContent, log.getAttribute("aria-live")]);
      };
      new MutationObserver(hear).observe(log, { childList: true });
    });
    server.answer = () => 503;
    await ask(page, "And with food?");
    server.answer = (message, { session }) => (session ? 401 : usual(message));
    await again().click();
    await page.locator(".bot:not(.note)").nth(1).waitFor();
    const heard = await page.evaluate(() => window.heard);
    assert.equal(heard.find(([text]) => /I have started a new one/.test(text))[1], "polite");
    await page.reload();
    await page.getByText("I have started a new one").waitFor();
    assert.equal(await page.locator(".log > *").filter({ hasText: "I have started a new one" }).evaluate((node) => node.nextSibling.textContent), "You: And with food?");
  });

  test("a new question takes the place of one that failed", async () => {
    await agree(page);
    server.answer = () => 503;
    await ask(page, "hello");
    server.answer = usual;
    await ask(page, "I cannot breathe");
    assert.equal(await again().count(), 0);
    await page.locator(".alarm").waitFor();
  });

  test("a reload in the middle keeps the question and offers to ask it again", async () => {
    await agree(page);
    server.answer = () => new Promise(() => {});
    await page.getByRole("textbox").fill("hello");
    await page.keyboard.press("Enter");
    await page.locator(".working").waitFor();
    await page.reload();
    await again().waitFor();
    server.answer = usual;
    await assertMended(/has not been answered yet/);
  });

  test("where the options cannot be loaded, the conversation can be cleared all the same", async () => {
    for (const part of ["options.js", "takehome.js"]) server.missing.add(part);
    await agree(page);
    await ask(page, "hello");
    await page.getByRole("button", { name: "Options" }).click();
    await page.getByRole("alert").filter({ hasText: "This could not be loaded" }).waitFor();
    await page.getByRole("button", { name: "Clear chat" }).click();
    assert.equal(await page.locator(".you").count(), 1);
    await page.getByRole("button", { name: "Yes, clear it for good" }).click();
    await page.getByRole("heading", { name: "Before you start" }).waitFor();
    assert.doesNotMatch(await stored(page), /hello|session-1/);
  });

  test("where the sheet cannot be loaded, there is a way back", async () => {
    server.missing.add("takehome.js");
    await agree(page);
    await ask(page, "hello");
    await page.getByRole("button", { name: "Options" }).click();
    await page.getByRole("button", { name: "Make a sheet for my doctor" }).click();
    await page.getByRole("alert").filter({ hasText: "This could not be loaded" }).waitFor();
    const back = page.getByRole("button", { name: "Back to the chat" });
    assert.ok(await back.evaluate((node) => node.getRootNode().activeElement === node));
    await back.click();
    await page.getByRole("textbox").waitFor();
  });

  test("part of the chat cannot be loaded: the numbers stay", async () => {
    server.missing.add("conversation.js");
    await page.reload();
    await page.getByRole("button", { name: "I understand" }).click();
    await page.getByText("The chat could not be loaded").waitFor();
    assert.ok(await page.locator('.lines a[href="tel:911"]').isVisible());
  });

  for (const kept of [
    '{"entries": 5',
    '{"entries": [], "settings": null}',
    '{"agreed": true, "entries": [null]}',
    '{"agreed": true, "entries": [{"reply": {}}]}',
    '{"agreed": true, "entries": [{"reply": {"text": "x", "custom": null}}]}',
  ]) {
    test(`damaged storage begins anew: ${kept}`, async () => {
      await page.evaluate((text) => sessionStorage.setItem("helpline-chat", text), kept);
      await page.reload();
      await page.getByRole("heading", { name: "Before you start" }).waitFor();
      await agree(page);
      await ask(page, "hello");
    });
  }
});

describe("where the chat cannot run", needsBrowser, () => {
  const cases = {
    "without JavaScript": { options: { javaScriptEnabled: false } },
    "with the script missing": { missing: "helpline.js" },
    "with the texts missing": { missing: "texts.en.js" },
    "in a browser without constructed style sheets": { script: () => delete Document.prototype.adoptedStyleSheets },
    "in a browser without what the code needs": { script: () => delete Object.hasOwn },
    "in a browser without container queries": { script: () => (CSS.supports = () => false) },
  };
  for (const [name, { options, missing, script }] of Object.entries(cases)) {
    test(`${name}, the page shows the numbers`, async () => {
      const [browser, server] = [await launch(), await startServer()];
      if (missing) server.missing.add(missing);
      const page = await openPage(browser, server.url, options);
      if (script) await page.addInitScript(script).then(() => page.reload());
      await page.waitForLoadState("networkidle");
      for (const href of ["tel:911", "tel:+18002272345", "tel:988"]) assert.ok(await page.locator(`a[href="${href}"]`).isVisible(), href);
      await browser.close();
      await server.close();
    });
  }
});
