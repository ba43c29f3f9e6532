// Feedback, for whom and in which language, deleting, the sheet for the doctor, and the page for when there is no line.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";

import { agree, ask, assertNoTroubles, goOffline, launch, needsBrowser, openPage, stored } from "./browser.js";
import { ANSWER, SETTINGS, hold, startServer, usual } from "./stub.js";

describe("beside the conversation", needsBrowser, () => {
  let browser, server, page;
  const press = (name) => page.getByRole("button", { name, exact: true }).click();
  const sent = (endpoint) => server.sent.filter((each) => each.endpoint === endpoint).map((each) => each.body);

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
    server.ended.clear();
    page = await openPage(browser, server.url, { locale: "en-GB" });
    await agree(page);
  });
  afterEach(async () => {
    assertNoTroubles(page);
    await page.context().close();
  });

  test("a helpful answer is counted with its id and nothing that was typed", async () => {
    await ask(page, "What is examplinib?");
    await press("Yes");
    await page.getByText("Only the count is kept").waitFor();
    assert.deepEqual(sent("feedback"), [{ session: "session-1", answer_id: "0", helpful: true }]);
  });

  test("an answer that did not help: a reason from the server's list, or none", async () => {
    await ask(page, "What is examplinib?");
    await press("No");
    await press("Hard to understand");
    await page.getByText("Only the count is kept").waitFor();
    await ask(page, "What is examplinib?");
    await press("No");
    await press("I would rather not say");
    await page.getByText("Only the count is kept").waitFor();
    assert.deepEqual(sent("feedback").map((body) => body.reason), ["unclear", undefined]);
    assert.equal(sent("settings").length, 1);
  });

  test("nobody in an emergency is asked how the answer was, and only the latest answer asks", async () => {
    await ask(page, "What is examplinib?");
    await page.getByRole("group", { name: "Did this help?" }).waitFor();
    await ask(page, "I cannot breathe");
    assert.equal(await page.getByRole("group", { name: "Did this help?" }).count(), 0);
  });

  test("feedback that cannot be sent says so and is done", async () => {
    server.broken.add("feedback");
    await ask(page, "What is examplinib?");
    await press("Yes");
    await page.getByText("This could not be sent").waitFor();
  });

  test("for whom the answer is goes along with the questions from then on", async () => {
    await ask(page, "hello");
    await press("Options");
    await page.getByRole("radio", { name: "close to a patient" }).check();
    await page.keyboard.press("Escape");
    await ask(page, "What is examplinib?");
    assert.deepEqual(server.asked.map((each) => each.audience), [undefined, "caregiver"]);
  });

  test("a language menu only where there is a choice; choosing keeps the conversation", async () => {
    await press("Options");
    await page.getByRole("radio", { name: "a patient", exact: true }).waitFor();
    assert.equal(await page.getByRole("combobox").count(), 0);
    await page.reload();
    server.settings = { ...SETTINGS, languages: [...SETTINGS.languages, { code: "es", name: "Español", dir: "ltr" }] };
    await ask(page, "hello");
    await press("Options");
    await page.getByRole("combobox", { name: "Language" }).selectOption("es");
    await page.locator(".you", { hasText: "hello" }).waitFor();
    await ask(page, "hola");
    assert.equal(server.asked.at(-1).language, "es");
  });

  test("delete my data deletes on the server, then in the tab", async () => {
    await ask(page, "What is examplinib?");
    await press("Options");
    await press("Delete my data");
    server.broken.add("forget");
    await press("Yes, delete it");
    await page.getByText("nothing is deleted yet").waitFor();
    assert.match(await stored(page), /examplinib/);
    server.broken.clear();
    await press("Yes, delete it");
    await page.getByRole("heading", { name: "Before you start" }).waitFor();
    assert.deepEqual(sent("forget"), [{ session: "session-1" }, { session: "session-1" }]);
    assert.equal(await stored(page), '[{},{},""]');
  });

  for (const [what, yes] of [["Clear chat", "Yes, clear it"], ["Delete my data", "Yes, delete it"]]) {
    test(`${what} in one of two tabs with the same conversation: the other forgets it too, a third with its own does not`, async () => {
      await ask(page, "What is examplinib?");
      const opened = page.context().waitForEvent("page");
      await page.evaluate(() => void open(location.href)); // a tab opened by a page has a copy of what that keeps
      const copy = await opened;
      await copy.getByText("What is examplinib?").waitFor();
      const other = await page.context().newPage();
      await other.goto(server.url);
      server.answer = () => ({ ...ANSWER, session: "session-2" });
      await agree(other);
      await ask(other, "What is samplinib?");
      await press("Options");
      await press(what);
      await press(yes);
      await copy.getByRole("heading", { name: "Before you start" }).waitFor();
      assert.doesNotMatch(await stored(copy), /examplinib|session-1/);
      assert.match(await stored(other), /samplinib/);
      assert.equal(await other.locator(".you").count(), 1);
      assert.equal(sent("forget").length, 1);
    });
  }

  test("clear chat deletes on the server too, and clears where the server fails", async () => {
    server.broken.add("forget");
    await ask(page, "What is examplinib?");
    await press("Options");
    await press("Clear chat");
    const told = page.waitForResponse(/forget$/);
    await press("Yes, clear it");
    await told;
    await page.locator(".notice").waitFor();
    assert.deepEqual(sent("forget"), [{ session: "session-1" }]);
    assert.doesNotMatch(await stored(page), /examplinib|session-1/);
  });

  for (const [what, yes] of [["Clear chat", "Yes, clear it"], ["Delete my data", "Yes, delete it"]]) {
    for (const before of [0, 1]) {
      test(`${what} while an answer is under way: it is neither shown nor kept, and deleted, after ${before} answers`, async () => {
        if (before) await ask(page, "What is examplinib?");
        const release = hold(server, () => ({ ...ANSWER, session: "session-late" }));
        await page.getByRole("textbox").fill("my secret question");
        await page.keyboard.press("Enter");
        await page.locator(".working").waitFor();
        await press("Options");
        await press(what);
        await press(yes);
        await page.locator(".notice").waitFor();
        const forgotten = page.waitForRequest((request) => /forget$/.test(request.url()) && /session-late/.test(request.postData()));
        await release();
        await forgotten;
        assert.equal(await stored(page), '[{},{},""]');
        await agree(page);
        assert.equal(await page.getByText("my secret question").count(), 0);
      });
    }
  }

  test("an alarm that arrives while the options are open is seen and announced, not hidden behind them", async () => {
    await page.setViewportSize({ width: 360, height: 640 });
    const release = hold(server);
    await page.getByRole("textbox").fill("I cannot breathe");
    await page.keyboard.press("Enter");
    await page.locator(".working").waitFor();
    await press("Options");
    await page.locator(".options fieldset").first().waitFor();
    await release();
    await page.getByRole("alert").filter({ hasText: "This can be an emergency" }).waitFor();
    assert.equal(await page.locator(".options").count(), 0);
  });

  test("what was asked before a question was asked back stands on the sheet with what was answered", async () => {
    await ask(page, "her pill, side effects");
    await press("Examplinib");
    await page.locator(".you").nth(1).waitFor();
    await page.locator(".feedback").waitFor();
    await ask(page, "What is examplinib?");
    await press("Options");
    await press("Make a sheet for my doctor");
    await Promise.all([page.waitForEvent("download"), press("Make my sheet")]);
    assert.deepEqual(sent("sheet")[0].turns.map(({ asked }) => asked), ["her pill, side effects / Examplinib", "What is examplinib?"]);
  });

  test("a conversation that the server began anew says so, now and after a reload; the first notice is not repeated", async () => {
    server.answer = () => ({ ...ANSWER, custom: { ...ANSWER.custom, notice: "We began anew." } });
    await ask(page, "What is examplinib?");
    await page.locator(".working").waitFor({ state: "hidden" });
    assert.equal(await page.getByText("We began anew.").count(), 0);
    await ask(page, "And how does it work?");
    await page.locator(".note", { hasText: "We began anew." }).waitFor();
    await page.reload();
    await page.locator(".note", { hasText: "We began anew." }).waitFor();
    assert.equal(await page.getByText("We began anew.").count(), 1);
  });

  test("a sheet of a conversation with more answers than it holds says so", async () => {
    await ask(page, "What is examplinib?");
    const repeat = (times) =>
      page.evaluate((count) => {
        for (const [key, text] of Object.entries({ ...sessionStorage })) {
          const memory = JSON.parse(text);
          const turn = memory.entries.slice(0, 2);
          sessionStorage.setItem(key, JSON.stringify({ ...memory, entries: Array(count).fill(turn).flat() }));
        }
      }, times);
    for (const [times, said] of Object.entries({ 40: 0, 41: 1 })) {
      await repeat(Number(times));
      await page.reload();
      await press("Options");
      await press("Make a sheet for my doctor");
      await page.getByRole("heading", { name: "A sheet for your doctor" }).waitFor();
      assert.equal(await page.getByText("only its last 40 answers fit").count(), said, `${times} answers`);
    }
  });

  test("the sheet: one's own question first, then those of the topics that were ticked, the turns as ids", async () => {
    await ask(page, "What is examplinib?");
    await press("Options");
    await press("Make a sheet for my doctor");
    const offered = page.locator(".questions").getByRole("checkbox");
    await offered.nth(1).waitFor();
    assert.deepEqual(await Promise.all([0, 1].map((n) => offered.nth(n).isChecked())), [false, false]);
    await page.getByRole("checkbox", { name: "What does this drug do for me?" }).check();
    await press("Add a question of my own");
    await page.keyboard.type("Can I travel?");
    await page.getByRole("checkbox", { name: "Large print" }).check();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      press("Make my sheet"),
    ]);
    assert.match(download.suggestedFilename(), /^chat-\d{4}-\d\d-\d\d\.pdf$/);
    assert.match(await readFile(await download.path(), "utf8"), /^%PDF/);
    await page.getByText("among the downloads").waitFor();
    const [body] = sent("sheet");
    assert.equal(body.session, "session-1");
    assert.deepEqual(body.questions, ["Can I travel?", "What does this drug do for me?"]);
    assert.deepEqual(body.turns.map(({ asked, topic, answer_id }) => ({ asked, topic, answer_id })), [
      { asked: "What is examplinib?", topic: "overview", answer_id: "0" },
    ]);
    assert.equal(body.large_print, true);
    assert.doesNotMatch(JSON.stringify(body), /can cause/); // the server writes the answers, not the page
  });

  test("a sheet that cannot be made says what else can be done", async () => {
    server.broken.add("sheet");
    await ask(page, "What is examplinib?");
    await press("Options");
    await press("Make a sheet for my doctor");
    await press("Make my sheet");
    await page.getByText("save the conversation as a text file").waitFor();
    assert.equal(await page.getByText("No words for a person").count(), 0);
  });

  const openForm = async () => {
    await press("Options");
    await press("Make a sheet for my doctor");
    await page.getByRole("heading", { name: "A sheet for your doctor" }).waitFor();
  };
  const entered = async () => {
    await page.getByRole("checkbox", { name: "Whom do I call at night?" }).waitFor();
    const checked = (name) => page.getByRole("checkbox", { name }).isChecked();
    const own = await page.locator(".own input").evaluateAll((lines) => lines.map((line) => line.value));
    return [own, await checked("Whom do I call at night?"), await page.getByRole("radio", { name: "Letter" }).isChecked(), await checked("Large print")];
  };
  const ENTERED = [["Can I travel?", "Can I swim?"], true, true, true];

  for (const [how, leave] of Object.entries({
    "Back to the chat": () => press("Back to the chat"),
    "the Options button": () => press("Options"),
    "Escape": () => page.keyboard.press("Escape"),
    "an alarm": async () => {
      await page.getByRole("textbox", { name: "Your question" }).fill("I cannot breathe");
      await press("Send");
      await page.getByRole("alert").filter({ hasText: "This can be an emergency" }).waitFor();
    },
    "a reload": () => page.reload(),
  })) {
    test(`what was entered for a sheet is still there after ${how}, and is gone when the chat is cleared`, async () => {
      await ask(page, "What is examplinib?");
      await openForm();
      for (const question of ENTERED[0]) {
        await press("Add a question of my own");
        await page.keyboard.type(question);
      }
      await page.getByRole("checkbox", { name: "What does this drug do for me?" }).check();
      await page.getByRole("checkbox", { name: "What does this drug do for me?" }).uncheck();
      await page.getByRole("checkbox", { name: "Whom do I call at night?" }).check();
      await page.getByRole("radio", { name: "Letter" }).check();
      await page.getByRole("checkbox", { name: "Large print" }).check();
      await leave();
      await page.locator(".takehome").waitFor({ state: "detached" });
      await openForm();
      assert.deepEqual(await entered(), ENTERED);
      assert.equal(await page.getByRole("checkbox", { name: "What does this drug do for me?" }).isChecked(), false);
      await Promise.all([page.waitForEvent("download"), press("Make my sheet")]);
      assert.deepEqual(sent("sheet")[0].questions, [...ENTERED[0], "Whom do I call at night?"]);
      await press("Back to the chat");
      await press("Options");
      await press("Clear chat");
      await press("Yes, clear it");
      assert.doesNotMatch(await stored(page), /travel|at night/);
      await agree(page);
      await ask(page, "What is examplinib?");
      await openForm();
      const [own, ticked, , large] = await entered();
      assert.deepEqual([own, ticked, large], [[], false, false]);
    });
  }

  test("a sheet before there is an answer: it says so, and asks the server for none", async () => {
    server.answer = () => 503;
    await ask(page, "What is examplinib?");
    await openForm();
    await page.getByText("There is nothing to put on a sheet yet").waitFor();
    assert.equal(await page.getByRole("button", { name: "Make my sheet" }).count(), 0);
    await press("Back to the chat");
    assert.deepEqual(sent("sheet"), []);
  });

  for (const [when, prepare] of Object.entries({
    "has ended on the server": async () => server.ended.add("session-1"),
    "is not there": () =>
      page.evaluate(() => {
        for (const [key, text] of Object.entries({ ...sessionStorage })) sessionStorage.setItem(key, JSON.stringify({ ...JSON.parse(text), session: null }));
        location.reload();
      }),
  })) {
    test(`a sheet of a conversation whose session ${when} is made all the same; the conversation keeps its own`, async () => {
      await ask(page, "What is examplinib?");
      server.answer = () => ({ ...ANSWER, session: "session-2" });
      await page.locator(".feedback").waitFor();
      await prepare();
      await openForm();
      await Promise.all([page.waitForEvent("download"), press("Make my sheet")]);
      await page.getByText("among the downloads").waitFor();
      assert.equal(sent("sheet").at(-1).session, "session-2");
      assert.equal(sent("sheet").at(-1).turns.length, 1);
      assert.equal(await page.locator(".you").count(), 1);
      assert.doesNotMatch(await stored(page), /session-2/);
    });
  }

  test("Escape while a letter is composed from several keys belongs to the keyboard", async () => {
    await ask(page, "What is examplinib?");
    await openForm();
    await press("Add a question of my own");
    const escape = (isComposing) =>
      page.locator(".own input").evaluate((input, isComposing) => {
        input.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", isComposing, bubbles: true, composed: true }));
      }, isComposing);
    await escape(true);
    assert.equal(await page.locator(".takehome").count(), 1);
    await escape(false);
    assert.equal(await page.locator(".takehome").count(), 0);
  });
});

describe("no line", needsBrowser, () => {
  let browser, server, page;
  const press = (name) => page.getByRole("button", { name, exact: true }).click();
  const forgotten = () => server.sent.filter(({ endpoint }) => endpoint === "forget").map(({ body }) => body.session);

  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    server = await startServer();
    page = await openPage(browser, server.url);
    await agree(page);
  });
  afterEach(async () => {
    assertNoTroubles(page);
    await page.context().close();
    await server.close();
  });

  test("after the notice, the page with the numbers is kept for when the device is not online", async () => {
    await goOffline(page, server.url);
    assert.equal(await page.locator('a[href="tel:911"]').count(), 1);
    await page.context().setOffline(false);
    await page.getByRole("link", { name: "Try the chat again" }).click();
    await page.getByRole("textbox").waitFor();
  });

  test("it is shown too where the server is gone, or a proxy says so, while the device is online", async () => {
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    server.down = true;
    await page.goto(server.url);
    await page.getByRole("heading", { name: "The chat cannot be reached" }).waitFor();
    await server.close();
    await page.goto(server.url);
    await page.getByRole("heading", { name: "The chat cannot be reached" }).waitFor();
    assert.equal(await page.getByText("You are not online").count(), 0);
    server = await startServer({ port: server.port });
  });

  for (const [what, yes] of [["Clear chat", "Yes, clear it"], ["Delete my data", "Yes, delete it"]]) {
    test(`${what} leaves no worker and no kept page behind; they come back with the next conversation`, async () => {
      const kept = (wanted) =>
        page.evaluate(async (count) => {
          const left = async () => [(await navigator.serviceWorker.getRegistrations()).length, (await caches.keys()).length];
          while (`${await left()}` !== `${count},${count}`) await new Promise((done) => setTimeout(done, 50));
        }, wanted);
      await kept(1);
      await page.reload(); // the worker is in charge of the page from now on
      await ask(page, "What is examplinib?");
      await press("Options");
      await press(what);
      await press(yes);
      await kept(0);
      await agree(page);
      await kept(1);
      await goOffline(page, server.url);
    });
  }

  test("while the second answer is read, the options are loaded: they open where the line breaks, and clear", async () => {
    await page.clock.install();
    await ask(page, "What is examplinib?");
    const early = [];
    page.on("request", (request) => early.push(request.url()));
    await page.clock.fastForward(11_000);
    assert.deepEqual(early.filter((url) => url.endsWith("takehome.js")), [], "not for who asks one question");
    await ask(page, "Does examplinib cause diarrhea?");
    await page.locator(".feedback").waitFor();
    const loaded = page.waitForResponse(/takehome\.js$/);
    await page.clock.fastForward(11_000);
    await loaded;
    await page.waitForLoadState("networkidle");
    await page.context().setOffline(true);
    await press("Options");
    await page.getByRole("radio", { name: "Larger" }).check();
    await press("Clear chat");
    await press("Yes, clear it");
    await page.getByRole("heading", { name: "Before you start" }).waitFor();
    assert.doesNotMatch(await stored(page), /examplinib|session-1/);
  });

  test("what is cleared without a line is deleted on the server when there is one again", async () => {
    await ask(page, "What is examplinib?");
    await page.context().setOffline(true);
    await press("Options");
    await press("Clear chat");
    await press("Yes, clear it for good");
    await page.getByRole("heading", { name: "Before you start" }).waitFor();
    assert.doesNotMatch(await stored(page), /examplinib|session-1/);
    assert.deepEqual(forgotten(), []);
    const told = page.waitForResponse(/forget$/);
    await page.context().setOffline(false);
    await told;
    assert.deepEqual(forgotten(), ["session-1"]);
  });
});
