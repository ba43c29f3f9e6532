// Where a name was asked for: names are completed while they are typed.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";

import { agree, answered, ask, assertNoTroubles, launch, needsBrowser, openPage } from "./browser.js";
import { SETTINGS, startServer, usual } from "./stub.js";

describe("completion of names", needsBrowser, () => {
  let browser, server, page;
  const names = () => page.locator(".names button");
  const type = (text) => page.getByRole("textbox").pressSequentially(text);

  before(async () => {
    [browser, server] = [await launch(), await startServer()];
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });
  beforeEach(async () => {
    Object.assign(server, { asked: [], sent: [], answer: usual, settings: SETTINGS });
    server.broken.clear();
    page = await openPage(browser, server.url);
    await agree(page);
  });
  afterEach(async () => {
    assertNoTroubles(page);
    await page.context().close();
  });

  async function askedWhich() {
    await ask(page, "side effects");
    await page.locator(".names").waitFor({ state: "attached" });
  }

  test("names that begin with what is typed are buttons; one that is pressed is the answer", async () => {
    await askedWhich();
    await type("t");
    assert.equal(await names().count(), 0, "a letter says too little");
    await type("e");
    await page.getByRole("group", { name: "Names that begin like this" }).waitFor();
    assert.deepEqual(await names().allTextContents(), ["Testuzumab", "Testuzumab and samplase"]);
    await names().first().click();
    await answered(page, 1);
    assert.equal(server.asked.at(-1).message, "Testuzumab");
    assert.equal(await page.getByRole("textbox").inputValue(), "");
    assert.equal(await page.locator(".names").count(), 0, "an answer needs no name");
  });

  test("at most three; none for what begins no name, for a whole name, and for nothing", async () => {
    await askedWhich();
    for (const [text, found] of [["TRI", 3], ["trib", 0], ["Examplinib", 0], ["ex", 2], ["", 0], ["exam", 1], ["exam ", 0]]) {
      await page.getByRole("textbox").fill(text);
      assert.equal(await names().count(), found, text);
    }
  });

  test("with the keyboard, in the midst of a question: the name takes its place and nothing is sent", async () => {
    await askedWhich();
    await type("is it samp");
    await names().first().waitFor();
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    assert.equal(await page.getByRole("textbox").inputValue(), "is it Samplinib");
    assert.ok(await page.getByRole("textbox").evaluate((input) => input.getRootNode().activeElement === input));
    assert.equal(server.asked.length, 1);
    assert.equal(await names().count(), 0);
  });

  test("after a reload too; they are announced as they change", async () => {
    await askedWhich();
    await page.reload();
    await page.locator(".names[aria-live=polite]").waitFor({ state: "attached" });
    await type("samp");
    assert.deepEqual(await names().allTextContents(), ["Samplinib"]);
  });

  test("an answer is waited for, and no names are offered; without the list a name is typed in full", async () => {
    await ask(page, "What is examplinib?");
    await type("samp");
    assert.equal(await page.locator(".names").count(), 0);
    server.broken.add("settings");
    await page.getByRole("textbox").fill("");
    const refused = page.waitForResponse(/settings$/);
    await ask(page, "side effects");
    await refused;
    await ask(page, "Samplinib");
    assert.equal(server.asked.at(-1).message, "Samplinib");
    assert.equal(await page.locator(".names").count(), 0);
  });
});
