// A copy of a tab: it has the text, never the session, and is forgotten together with the tab.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { agree, ask, assertNoTroubles, launch, needsBrowser, openPage, pressOptions, stored } from "./browser.js";
import { startServer, usual } from "./stub.js";

const COPIED = "This tab may be a copy";

describe("a copy of a tab", needsBrowser, () => {
  let browser, server, page, sessions;

  before(async () => {
    const edit = (name, text) => text.replace("<helpline-chat page>", `<helpline-chat page quick-exit="${server.url}offline.html">`);
    [browser, server] = [await launch(), await startServer({ edit })];
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });
  beforeEach(async () => {
    sessions = 0;
    Object.assign(server, { asked: [], sent: [] });
    server.answer = (message, { session }) => ({ ...usual(message), session: session ?? `session-${++sessions}` });
    page = await openPage(browser, server.url);
    await agree(page);
    await ask(page, "What is examplinib?");
  });
  afterEach(async () => {
    assertNoTroubles(page);
    await page.context().close();
  });

  /** What the browser's "Duplicate" does: a tab that a page opens has a copy of what that one keeps. */
  async function duplicate(tab = page) {
    const opened = tab.context().waitForEvent("page");
    await tab.evaluate(() => void open(location.href));
    const copy = await opened;
    await copy.getByText("What is examplinib?").waitFor();
    return copy;
  }

  const told = (tab) => tab.locator(".note", { hasText: COPIED });
  const session = () => server.asked.at(-1).session;
  const forgotten = () => server.sent.filter(({ endpoint }) => endpoint === "forget").map(({ body }) => body.session);

  test("keeps the text, says so in sight, and asks in a session of its own; the first tab keeps its own", async () => {
    const copy = await duplicate();
    await told(copy).waitFor();
    assert.ok(await told(copy).evaluate((node) => node.getRootNode().activeElement === node));
    assert.equal(await copy.locator(".quick").count(), 0, "its buttons belong to the first tab's session");
    await ask(copy, "What is samplinib?");
    assert.equal(session(), undefined);
    await ask(page, "Can I take it with food?");
    assert.equal(session(), "session-1");
    await ask(copy, "Can I take it with food?");
    assert.equal(session(), "session-2");
    assert.equal(await told(page).count(), 0);
  });

  test("goes on in its own session after a reload of either, and says once that it is a copy", async () => {
    const copy = await duplicate();
    await told(copy).waitFor();
    await ask(copy, "What is samplinib?");
    for (const [tab, own] of [[page, "session-1"], [copy, "session-2"], [page, "session-1"]]) {
      await tab.reload();
      await ask(tab, "Can I take it with food?");
      assert.equal(session(), own);
    }
    assert.equal(await told(copy).count(), 1);
    assert.equal(await told(page).count(), 0);
  });

  test("a question under way in the first tab is asked anew in the copy without the button's payload", async () => {
    server.answer = () => new Promise(() => {});
    await page.getByRole("button", { name: "How it works" }).click();
    await page.locator(".working").waitFor();
    const copy = await duplicate();
    await told(copy).waitFor();
    server.answer = usual;
    await copy.getByRole("button", { name: "Try again" }).click();
    await copy.locator(".bot:not(.note)").nth(1).waitFor();
    assert.deepEqual(server.asked.at(-1), { message: "How it works" });
  });

  test("a first tab that is asleep keeps its session", async () => {
    const devtools = await page.context().newCDPSession(page);
    const opened = page.context().waitForEvent("page");
    await page.evaluate(() => void open(location.href));
    await devtools.send("Page.setWebLifecycleState", { state: "frozen" });
    const copy = await opened;
    await copy.getByText("What is examplinib?").waitFor();
    await told(copy).waitFor();
    await ask(copy, "What is samplinib?");
    assert.equal(session(), undefined);
    await devtools.send("Page.setWebLifecycleState", { state: "active" });
    await ask(page, "Can I take it with food?");
    assert.equal(session(), "session-1");
  });

  test("of a tab that was closed is no copy: it goes on", async () => {
    const kept = await page.evaluate(() => ({ ...sessionStorage }));
    const reopened = await page.context().newPage();
    await page.close();
    await reopened.addInitScript((all) => {
      for (const [key, text] of Object.entries(all)) sessionStorage.setItem(key, text);
    }, kept);
    await reopened.goto(server.url);
    await ask(reopened, "Can I take it with food?");
    assert.equal(session(), "session-1");
    assert.equal(await told(reopened).count(), 0);
  });

  test("a tab that goes to another page and back goes on", async () => {
    await page.goto(`${server.url}offline.html`);
    await page.goBack();
    await ask(page, "Can I take it with food?");
    assert.equal(session(), "session-1");
    assert.equal(await told(page).count(), 0);
  });

  test("where a browser gives no locks, what is kept is asked about without a session", async () => {
    await page.addInitScript(() => Object.defineProperty(navigator, "locks", { value: undefined }));
    await page.reload();
    await told(page).waitFor();
    await ask(page, "Can I take it with food?");
    assert.equal(session(), undefined);
  });

  const forget = (what, yes) => async () => {
    await pressOptions(page);
    await page.getByRole("button", { name: what }).click();
    await page.getByRole("button", { name: yes }).click();
    await page.getByRole("heading", { name: "Before you start" }).waitFor();
  };
  const leave = async () => {
    await page.getByRole("button", { name: "Leave this site" }).click();
    await page.waitForURL(/offline/);
  };
  for (const [what, go] of Object.entries({
    "Clear chat": forget("Clear chat", "Yes, clear it"),
    "Delete my data": forget("Delete my data", "Yes, delete it"),
    "Leave this site": leave,
  })) {
    test(`${what}: every copy forgets, with what was said in it, here and on the server`, async () => {
      const copies = [await duplicate(), await duplicate()];
      await ask(copies[0], "What is samplinib?");
      await copies[1].getByRole("textbox").fill("half a question");
      await go();
      for (const copy of copies) await copy.getByRole("heading", { name: "Before you start" }).waitFor();
      for (const tab of [page, ...copies]) assert.doesNotMatch(await stored(tab), /examplinib|samplinib|session-|half/);
      for (let waits = 0; forgotten().length < 2 && waits < 50; waits++) await sleep(100); // it is sent on the way out
      assert.deepEqual(forgotten().sort(), ["session-1", "session-2"]);
    });
  }
});
