// The conversation: notice, questions, sources, buttons, what the tab keeps, and what a screen reader is told.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";

import { agree, ask, assertNoTroubles, launch, needsBrowser, openPage, stored } from "./browser.js";
import { startServer, usual } from "./stub.js";

describe("the conversation", needsBrowser, () => {
  let browser, server, page;

  before(async () => {
    [browser, server] = [await launch(), await startServer()];
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });
  beforeEach(async () => {
    server.asked = [];
    server.answer = usual;
    page = await openPage(browser, server.url);
  });
  afterEach(async () => {
    assertNoTroubles(page);
    await page.context().close();
  });

  test("the notice comes first; nothing is stored or sent before the person agrees", async () => {
    await page.getByRole("heading", { name: "Before you start" }).waitFor();
    assert.equal(await page.getByRole("textbox").count(), 0);
    assert.equal(await stored(page), '[{},{},""]');
    await agree(page);
    assert.deepEqual(server.asked, []);
    assert.match(await stored(page), /"agreed\\":true/);
  });

  test("in a large window the emergency number and a person to talk to stay in sight as the conversation grows", async () => {
    const inSight = async () => {
      for (const href of ["tel:911", "tel:+18002272345"]) {
        const link = page.locator(`.lines a[href="${href}"]`);
        const { y, height } = await link.boundingBox();
        assert.ok(y >= 0 && y + height <= page.viewportSize().height, `${href} at ${y}`);
      }
    };
    await page.locator(".notice").waitFor();
    await inSight();
    await agree(page);
    for (const question of ["hello", "I cannot breathe", "tell me more"]) await ask(page, question);
    await inSight();
  });

  test("an answer shows bold, lists, links, numbers to call, and no plain list of sources", async () => {
    await agree(page);
    await ask(page, "Does examplinib cause diarrhea?");
    const answer = page.locator(".bot").last();
    assert.equal(await answer.locator("strong").first().textContent(), "diarrhea");
    assert.equal(await answer.locator("li").count(), 2);
    assert.equal(await answer.locator('a[href="tel:+18002272345"]').count(), 1);
    const link = answer.locator('a[href="https://example.org/help"]');
    assert.equal(await link.getAttribute("rel"), "noopener noreferrer");
    assert.doesNotMatch(await answer.innerText(), /Sources:/);
    assert.match(await answer.innerText(), /No clinician has reviewed it yet/);
  });

  test("a marker opens its source in place and closes it", async () => {
    await agree(page);
    await ask(page, "Does examplinib cause diarrhea?");
    const marker = page.getByRole("button", { name: "Source 1: Label of examplinib" }).first();
    await marker.click();
    assert.equal(await marker.getAttribute("aria-expanded"), "true");
    const source = page.locator("p + .source");
    assert.match(await source.innerText(), /Label of examplinib\s+A publisher · May 2024 · Drug label/);
    assert.equal(await source.getByRole("link").getAttribute("href"), "https://example.org/label");
    await marker.click();
    assert.equal(await source.count(), 0);
  });

  test("a button sends its payload, shows its title, and leaves the focus at the question", async () => {
    await agree(page);
    await ask(page, "Does examplinib cause diarrhea?");
    await page.getByRole("button", { name: "How it works" }).click();
    await page.locator(".you").nth(1).waitFor();
    assert.equal(await page.locator(".you").nth(1).textContent(), "You: How it works");
    assert.equal(server.asked[1].message, '/ask_mechanism{"drug": "examplinib"}');
    assert.equal(server.asked[1].session, "session-1");
    assert.ok(await page.locator(".you").nth(1).evaluate((node) => node.matches(":focus")));
  });

  test("only the latest reply has buttons", async () => {
    await agree(page);
    await ask(page, "side effects");
    assert.equal(await page.locator(".quick button").count(), 3);
    await ask(page, "I cannot breathe");
    assert.equal(await page.locator(".quick button").count(), 0);
  });

  test("the whole path by keyboard alone", async () => {
    const press = async (...keys) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const focused = () => page.evaluate(() => document.activeElement.shadowRoot.activeElement.innerText.trim());
    const tabTo = async (name) => {
      for (let i = 0; i < 30; i++) {
        await press("Tab");
        if ((await focused()).startsWith(name)) return;
      }
      assert.fail(`${name} cannot be reached`);
    };
    await page.locator(".notice").waitFor();
    await tabTo("I understand");
    await press("Enter");
    await page.getByRole("textbox").waitFor();
    await tabTo("What are the side effects");
    await press("Enter");
    await page.locator(".bot:not(.note)").waitFor();
    await tabTo("1");
    await press("Space");
    assert.equal(await page.locator(".source:visible").count(), 1);
    await page.getByRole("textbox").focus();
    await page.keyboard.type("I cannot");
    await press("Shift+Enter");
    await page.keyboard.type("breathe");
    await press("Enter");
    await page.locator(".alarm").waitFor();
    assert.equal(server.asked.at(-1).message, "I cannot\nbreathe");
    await page.locator(".alarm").evaluate((node) => node.getRootNode().host.focus());
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Shift+Tab");
    await press("Enter");
    await page.locator(".options").waitFor();
    await tabTo("Text file").catch(() => assert.fail("options cannot be reached"));
    await press("Escape");
    assert.equal(await page.locator(".options").count(), 0);
    assert.equal(await focused(), "Options");
  });

  test("answers go into a polite log, alarms are announced at once", async () => {
    await agree(page);
    const log = page.getByRole("log", { name: "Conversation" });
    assert.equal(await log.count(), 1);
    await ask(page, "hello");
    assert.equal(await page.getByRole("alert").count(), 0);
    await ask(page, "I cannot breathe");
    assert.match(await page.getByRole("alert").innerText(), /This can be an emergency[\s\S]*Call 911[\s\S]*cannot send help/);
    assert.equal(await page.locator('.alarm a[href="tel:911"]').innerText(), "Call 911");
    await ask(page, "I want to die");
    assert.deepEqual(await page.locator(".alarm").last().locator(".calls a").evaluateAll((links) => links.map((a) => a.getAttribute("href"))), [
      "tel:988",
      "sms:988",
      "tel:911",
    ]);
  });

  test("what the log announces is whole: a reply is added once, and restoring adds no alert", async () => {
    await agree(page);
    await page.evaluate(() => {
      window.added = [];
      const log = document.querySelector("helpline-chat").shadowRoot.querySelector(".log");
      new MutationObserver((records) => {
        for (const record of records) for (const node of record.addedNodes) window.added.push(`${record.target.className} < ${node.className}`);
      }).observe(log, { childList: true, subtree: true });
    });
    await ask(page, "Does examplinib cause diarrhea?");
    assert.deepEqual(await page.evaluate(() => window.added), ["log < message you", "log < message bot", "log < quick"]);
    await ask(page, "I cannot breathe");
    await page.reload();
    await page.locator(".alarm").waitFor();
    assert.equal(await page.getByRole("alert").count(), 0);
  });

  test("the typing sign is there as long as the server works, and a second question waits", async () => {
    await agree(page);
    let release;
    server.answer = () => new Promise((resolve) => (release = () => resolve(usual("hello"))));
    await page.getByRole("textbox").fill("hello");
    await page.keyboard.press("Enter");
    await page.locator(".working").waitFor();
    await page.getByRole("textbox").fill("a second question");
    await page.keyboard.press("Enter");
    assert.equal(await page.getByRole("textbox").inputValue(), "a second question");
    release();
    await page.locator(".working").waitFor({ state: "hidden" });
    assert.equal(server.asked.length, 1);
  });

  test("who cannot see the typing sign is told, and why a second question is not sent", async () => {
    await page.clock.install();
    await page.reload();
    await agree(page);
    let release;
    server.answer = () => new Promise((resolve) => (release = () => resolve(usual("hello"))));
    const status = page.locator("p[role=status]");
    await page.getByRole("textbox").fill("hello");
    await page.keyboard.press("Enter");
    await page.locator(".working").waitFor();
    assert.equal(await status.textContent(), "", "a quick answer needs no word");
    await page.clock.runFor(2500);
    assert.equal(await status.textContent(), "Looking for an answer");
    await page.getByRole("textbox").fill("a second question");
    await page.keyboard.press("Enter");
    assert.match(await status.textContent(), /before this one is still being answered/);
    assert.match(await page.locator(".working").innerText(), /before this one is still being answered/);
    release();
    await page.locator(".working").waitFor({ state: "hidden" });
    assert.equal(await status.textContent(), "");
    await page.keyboard.press("Enter");
    await page.locator(".you").nth(1).waitFor();
    assert.doesNotMatch(await page.locator(".working").innerText(), /before this one/);
    release();
  });

  test("a reload, and going away and back, keep the conversation; another tab has its own", async () => {
    await agree(page);
    await ask(page, "Does examplinib cause diarrhea?");
    await page.reload();
    await page.getByText("Does examplinib cause diarrhea?").waitFor();
    await page.goto(`${server.url}widget/icon.svg`);
    await page.goBack();
    await page.getByRole("button", { name: "How it works" }).click();
    await page.locator(".you").nth(1).waitFor();
    assert.equal(server.asked.at(-1).session, "session-1");
    const other = await page.context().newPage();
    await other.goto(server.url);
    await other.getByRole("heading", { name: "Before you start" }).waitFor();
  });

  test("the chat works where storage is switched off", async () => {
    await page.addInitScript(() => Object.defineProperty(window, "sessionStorage", { get: () => { throw new DOMException("no"); } }));
    await page.reload();
    await agree(page);
    await ask(page, "hello");
    assert.equal(await page.locator(".bot").count(), 2);
  });

  test("text size and colors are chosen, applied and kept for the tab", async () => {
    const look = () => page.locator(".chat").evaluate((chat) => [getComputedStyle(chat).fontSize, chat.dataset.colors]);
    await agree(page);
    assert.deepEqual(await look(), ["16px", "light"]);
    await page.getByRole("button", { name: "Options" }).click();
    await page.getByRole("radio", { name: "Large", exact: true }).check();
    await page.getByRole("radio", { name: "Dark" }).check();
    assert.deepEqual(await look(), ["24px", "dark"]);
    await page.reload();
    await page.getByRole("textbox").waitFor();
    assert.deepEqual(await look(), ["24px", "dark"]);
  });

  test("the chat follows the device's colors and contrast until the person chooses", async () => {
    await page.locator(".notice").waitFor();
    const shows = (colors) => page.locator(`.chat[data-colors=${colors}]`).waitFor();
    await shows("light");
    await page.emulateMedia({ colorScheme: "dark" });
    await shows("dark");
    await page.emulateMedia({ contrast: "more" });
    await shows("contrast");
    await page.getByRole("button", { name: "Options" }).click();
    await page.getByRole("radio", { name: "Light" }).check();
    await shows("light");
  });

  test("clear chat asks once, forgets everything and begins with the notice", async () => {
    await agree(page);
    await ask(page, "Does examplinib cause diarrhea?");
    await page.getByRole("button", { name: "Options" }).click();
    await page.getByRole("button", { name: "Clear chat" }).click();
    await page.getByRole("button", { name: "No, keep it" }).click();
    await page.getByRole("button", { name: "Clear chat" }).click();
    await page.getByRole("button", { name: "Yes, clear it" }).click();
    await page.getByRole("heading", { name: "Before you start" }).waitFor();
    assert.equal(await stored(page), '[{},{},""]');
    await agree(page);
    await ask(page, "hello");
    assert.equal(server.asked.at(-1).session, undefined);
  });

  test("the conversation is saved as text and as a page that prints", async () => {
    await agree(page);
    await ask(page, "Is <b>this</b> a question?");
    await page.getByRole("button", { name: "Options" }).click();
    const save = async (name) => {
      const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name }).click()]);
      return [download.suggestedFilename(), await readFile(await download.path(), "utf8")];
    };
    const [textName, text] = await save("Text file");
    assert.match(textName, /^chat-\d{4}-\d\d-\d\d\.txt$/);
    assert.match(text, /You:\nIs <b>this<\/b> a question\?\n\nAnswer:\nExamplinib can cause[\s\S]*\[2\] About targeted drugs\.[\s\S]*No clinician/);
    assert.match(text, /1-800-227-2345/);
    const [pageName, html] = await save("File to print");
    assert.match(pageName, /\.html$/);
    assert.match(html, /<h2>You:<\/h2><p>Is &lt;b&gt;this&lt;\/b&gt; a question\?<\/p><h2>Answer:<\/h2>/);
  });

  test("a text of more than 1,000 characters is refused before it is sent, and kept", async () => {
    await agree(page);
    await page.getByRole("textbox").fill("a".repeat(1001));
    await page.keyboard.press("Enter");
    assert.match(await page.getByRole("textbox").evaluate((input) => input.validationMessage), /1001 characters. At most 1000/);
    assert.deepEqual(server.asked, []);
  });
});

describe("right to left", needsBrowser, () => {
  test("texts of a right-to-left language turn the whole chat", async () => {
    const browser = await launch();
    const server = await startServer({ edit: (name, text) => text.replace('dir: "ltr"', 'dir: "rtl"') });
    const page = await openPage(browser, server.url);
    await agree(page);
    await ask(page, "hello");
    const { you, bot } = await page.evaluate(() => {
      const left = (selector) => document.querySelector("helpline-chat").shadowRoot.querySelector(selector).getBoundingClientRect().left;
      return { you: left(".you"), bot: left(".bot") };
    });
    assert.ok(you < bot);
    assertNoTroubles(page);
    await browser.close();
    await server.close();
  });
});
