// The whole way by keyboard alone: only keys are pressed here, nothing is clicked and nothing is given the focus.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";

import { assertNoTroubles, launch, needsBrowser, openPage, stored } from "./browser.js";
import { startDemo } from "./demo.js";
import { SETTINGS, startServer, usual } from "./stub.js";

const MOST_STOPS = 60;
const AWAY = "https://www.weather.gov/";

describe("by keyboard alone, embedded in a site", needsBrowser, () => {
  let browser, server, demo, page;

  before(async () => {
    [browser, server] = [await launch(), await startServer()];
    demo = await startDemo(server.url);
    server.origins = [demo.site];
  });
  after(async () => {
    await browser?.close();
    demo?.close();
    await server?.close();
  });
  beforeEach(async () => {
    Object.assign(server, { asked: [], sent: [], answer: usual, settings: SETTINGS });
    page = await openPage(browser, demo.site, { allow: [server.url], locale: "en-US" });
    await page.locator(".launcher").waitFor();
  });
  afterEach(async () => {
    assertNoTroubles(page);
    await page.context().close();
  });

  /** What the focus is on: the words that name it. */
  const focused = () =>
    page.evaluate(() => {
      let node = document.activeElement;
      while (node.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
      if (node === document.body) return "NOTHING";
      return (node.labels?.[0]?.innerText || node.innerText || node.getAttribute("aria-label") || node.className).trim();
    });
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  /** Go on with Tab, or back with Shift+Tab, until the focus is on what begins with these words. */
  const goTo = async (words, key = "Tab") => {
    const passed = [];
    for (let i = 0; i < MOST_STOPS; i++) {
      await press(key);
      passed.push(await focused());
      if (passed.at(-1).startsWith(words)) return;
    }
    assert.fail(`${words} cannot be reached with ${key}: ${passed.join(" | ")}`);
  };
  const backTo = (words) => goTo(words, "Shift+Tab");
  const agreed = async () => {
    await goTo("I understand");
    await press("Enter");
    await page.getByRole("textbox").waitFor();
  };
  const begin = async () => {
    await goTo("Ask about a cancer drug");
    await press("Enter");
    await page.locator(".notice").waitFor();
    await agreed();
  };
  const type = async (question) => {
    const replies = await page.locator(".bot:not(.note)").count();
    await goTo("Your question");
    await page.keyboard.type(question);
    await press("Enter");
    await page.locator(".bot:not(.note)").nth(replies).waitFor();
  };
  const openOptions = async () => {
    await backTo("Options");
    await press("Enter");
    await page.getByRole("radio", { name: "a patient", exact: true }).waitFor();
  };
  const download = async (words) => {
    await goTo(words);
    const [file] = await Promise.all([page.waitForEvent("download"), press("Enter")]);
    return file;
  };
  const isChosen = (name) => page.getByRole("radio", { name, exact: true }).isChecked();

  test("consent, a first question, sources, feedback with a reason, a quick reply", async () => {
    await begin();
    assert.match(await focused(), /What would you like to know/);
    await goTo("What are the side effects of Ibrance?");
    await press("Enter");
    await page.locator(".bot:not(.note)").waitFor();
    assert.match(await focused(), /What are the side effects of Ibrance/); // the question, where the button was
    await goTo("1");
    await press("Space");
    await goTo("Open this source");
    await backTo("1");
    await press("Enter");
    assert.equal(await page.locator(".source:visible").count(), 0);
    await goTo("Sources (2)");
    await press("Enter");
    assert.equal(await page.locator(".source:visible").count(), 2);
    await goTo("No");
    await press("Enter");
    await goTo("Hard to understand");
    await press("Enter");
    await page.getByText("Only the count is kept").waitFor();
    assert.match(await focused(), /Thank you/);
    assert.equal(server.sent.at(-1).body.reason, "unclear");
    await goTo("How it works");
    await press("Enter");
    await page.locator(".bot:not(.note)").nth(1).waitFor();
    assert.match(await focused(), /How it works/);
    await goTo("Yes");
    await press("Space");
    await page.getByText("Only the count is kept").waitFor();
    assert.match(await focused(), /Thank you/);
  });

  test("a question of two lines, asking back, an emergency and its number, a fault", async () => {
    await begin();
    await type("side effects");
    await backTo("Testuzumab");
    await press("Enter");
    await page.locator(".bot:not(.note)").nth(1).waitFor();
    await goTo("Your question");
    await page.keyboard.type("I cannot");
    await press("Shift+Enter");
    await page.keyboard.type("breathe");
    await press("Enter");
    await page.locator(".alarm").waitFor();
    assert.equal(server.asked.at(-1).message, "I cannot\nbreathe");
    await backTo("Call 911");
    server.answer = () => 503;
    await type("hello");
    await backTo("Try again");
    server.answer = usual;
    await press("Enter");
    await page.locator(".fault").waitFor({ state: "detached" });
    assert.match(await focused(), /hello/);
  });

  test("for whom, language, text size, colors; Escape closes the options, then the chat", async () => {
    server.settings = { ...SETTINGS, languages: [...SETTINGS.languages, { code: "es", name: "Español", dir: "ltr" }] };
    await begin();
    await type("hello");
    await openOptions();
    await goTo("a patient");
    await press("ArrowDown");
    assert.ok(await isChosen("close to a patient"));
    await goTo("Normal");
    await press("ArrowRight", "ArrowRight");
    assert.ok(await isChosen("Large"));
    await goTo("As on my device");
    await press("ArrowRight", "ArrowRight");
    await page.locator(".chat[data-colors=dark]").waitFor();
    await backTo("Language");
    await press("ArrowDown");
    await page.locator(".options").waitFor({ state: "detached" });
    await page.waitForFunction(() => document.activeElement.shadowRoot?.activeElement);
    assert.equal(await focused(), "Options");
    await type("hola");
    assert.deepEqual([server.asked.at(-1).audience, server.asked.at(-1).language], ["caregiver", "es"]);
    await openOptions();
    await goTo("Text file");
    await press("Escape");
    assert.equal(await page.locator(".options").count(), 0);
    assert.equal(await focused(), "Options");
    await press("Escape");
    assert.equal(await focused(), "Ask about a cancer drug");
  });

  test("saving the conversation, and the sheet with an own question, a tick, paper and large print", async () => {
    await begin();
    await type("What is examplinib?");
    await openOptions();
    await backTo("Options");
    assert.match((await download("Text file")).suggestedFilename(), /\.txt$/);
    assert.match((await download("File to print")).suggestedFilename(), /\.html$/);
    await backTo("Make a sheet for my doctor");
    await press("Enter");
    await page.getByRole("checkbox", { name: "Whom do I call at night?" }).waitFor();
    assert.equal(await focused(), "A sheet for your doctor");
    await goTo("Add a question of my own");
    await press("Enter");
    assert.equal(await focused(), "Your own question");
    await page.keyboard.type("Can I travel?");
    await press("Enter"); // does not make the sheet yet
    assert.equal(await focused(), "Add a question of my own");
    await goTo("Whom do I call at night?");
    await press("Space");
    await press("Escape"); // a slip: nothing that was entered is lost
    assert.equal(await focused(), "Options");
    await press("Enter");
    await goTo("Make a sheet for my doctor");
    await press("Enter");
    await page.getByRole("checkbox", { name: "Whom do I call at night?" }).waitFor();
    await goTo("Letter (US)");
    await press("ArrowDown");
    await goTo("Large print");
    await press("Space");
    const file = await download("Make my sheet");
    assert.match(await readFile(await file.path(), "utf8"), /^%PDF/);
    const { questions, paper, large_print } = server.sent.find(({ endpoint }) => endpoint === "sheet").body;
    assert.deepEqual([questions, paper, large_print], [["Can I travel?", "Whom do I call at night?"], "a4", true]);
    await goTo("Back to the chat");
    await press("Enter");
    assert.equal(await focused(), "Options");
  });

  test("clearing, deleting, leaving: each asks or goes, and none loses the focus", async () => {
    await page.context().route(AWAY, (route) => route.fulfill({ body: "weather" }));
    await begin();
    for (const [first, yes] of [["Clear chat", "Yes, clear it"], ["Delete my data", "Yes, delete it"]]) {
      await type("What is examplinib?");
      await openOptions();
      await goTo(first);
      await press("Enter");
      assert.equal(await focused(), "No, keep it");
      await press("Enter");
      assert.equal(await focused(), first);
      await press("Enter");
      await backTo(yes);
      await press("Enter");
      await page.locator(".notice").waitFor();
      assert.match(await focused(), /Before you start/);
      assert.equal(await stored(page), '[{},{},""]');
      await agreed();
    }
    await type("What is examplinib?");
    await backTo("Leave this site");
    page.troubles.length = 0;
    await press("Enter");
    await page.waitForURL(AWAY);
    page.troubles.length = 0; // that address is of another origin, as it should be
  });
});
