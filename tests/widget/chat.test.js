// The conversation: notice, questions, sources, buttons, what the tab keeps, and what a screen reader is told.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";

import { QUESTION, REPLY, inArabic } from "./arabic.js";
import { agree, answered, ask, assertNoTroubles, launch, needsBrowser, openPage, stored } from "./browser.js";
import { EMERGENCY, SOURCES, hold, reply, startServer, usual } from "./stub.js";

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

  for (const [width, height] of [[1024, 768], [640, 512], [740, 360], [360, 640], [360, 568], [320, 256]]) {
    test(`the emergency number and a person to talk to are in sight in every state and size, ${width} by ${height}`, async () => {
      await page.setViewportSize({ width, height });
      const inSight = async (state) => {
        for (const href of ["tel:911", "tel:+18002272345"]) {
          const seen = await page.locator(`.lines a[href="${href}"]`).evaluate((link) => {
            const { left, right, top, bottom } = link.getBoundingClientRect();
            const hits = [top + 2, bottom - 2].map((y) => link.getRootNode().elementFromPoint((left + right) / 2, y));
            return hits.every((hit) => hit === link);
          });
          assert.ok(seen, `${href}, ${state}`);
        }
      };
      await page.locator(".notice").waitFor();
      await inSight("notice");
      await agree(page);
      for (const size of ["Normal", "Largest"]) {
        await page.getByRole("button", { name: "Options" }).click();
        await page.getByRole("radio", { name: size, exact: true }).check();
        await inSight(`options, ${size}`);
        await page.getByRole("button", { name: "Back to the chat" }).click();
        for (const question of ["Does examplinib cause diarrhea?", "I cannot breathe"]) {
          await ask(page, question);
          await page.locator(".working").waitFor({ state: "hidden" });
          await inSight(`${question}, ${size}`);
        }
      }
      server.answer = () => 503;
      await ask(page, "hello");
      await inSight("fault");
    });
  }

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
    await page.getByRole("button", { name: "Source 2: About targeted drugs" }).click();
    assert.match(await source.innerText(), /We have no web address for it/);
  });

  test("a long line is read in paragraphs of two sentences; nothing of it is lost", async () => {
    await agree(page);
    const text =
      "Whether to stop is a decision for you and your team together. They know what it would mean. Call them today at 6 p.m. Eastern time. " +
      "Please do not stop on your own [1]. You could ask: What are my choices? And what would each mean for me?";
    server.answer = () => reply(text, { sources: SOURCES });
    await ask(page, "Should I stop?");
    const paragraphs = await page.locator(".bot").last().locator("p").allInnerTexts();
    assert.deepEqual(paragraphs.map((each) => each.replace(/\s+/g, " ").trim()), [
      "Whether to stop is a decision for you and your team together. They know what it would mean.",
      "Call them today at 6 p.m. Eastern time. Please do not stop on your own 1.",
      "You could ask: What are my choices? And what would each mean for me?",
    ]);
  });

  test("a button sends its payload, shows its title, and leaves the focus at the question", async () => {
    await agree(page);
    await ask(page, "Does examplinib cause diarrhea?");
    await page.getByRole("button", { name: "How it works" }).click();
    await answered(page, 1);
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

  test("somebody in another country, who is told of no number of the US, gets no button for one either", async () => {
    await agree(page);
    const text = "Call your local emergency number now.\nThis chat cannot send help.";
    server.answer = () => ({ ...EMERGENCY, text });
    await ask(page, "I cannot breathe, I am in Spain");
    assert.match(await page.getByRole("alert").innerText(), /This can be an emergency[\s\S]*your local emergency number/);
    assert.equal(await page.locator(".alarm a").count(), 0);
  });

  test("what is announced at once is not announced a second time by the log around it", async () => {
    await agree(page);
    const tree = await page.context().newCDPSession(page);
    /** The live settings of all regions on the way up from the last message, as a screen reader gets them. */
    const live = async () => {
      const { nodes } = await tree.send("Accessibility.getFullAXTree");
      const setting = ({ properties = [] }) => properties.find(({ name }) => name === "live")?.value.value;
      const byId = new Map(nodes.map((node) => [node.nodeId, node]));
      const found = nodes.filter(({ role }) => role?.value === "alert").at(-1) ?? nodes.find(({ role }) => role?.value === "log");
      const way = [];
      for (let node = found; node; node = byId.get(node.parentId)) if (["alert", "log"].includes(node.role?.value)) way.push([node.role.value, setting(node) ?? "off"]);
      return way;
    };
    await ask(page, "hello");
    assert.deepEqual(await live(), [["log", "polite"]]);
    await ask(page, "I cannot breathe");
    assert.deepEqual(await live(), [["alert", "assertive"], ["log", "off"]]);
    server.answer = () => 503;
    await ask(page, "hello");
    assert.deepEqual(await live(), [["alert", "assertive"], ["log", "off"]]);
    assert.equal(await page.locator(".log").getAttribute("aria-live"), "off");
    server.answer = usual;
    await ask(page, "What is examplinib?");
    assert.equal(await page.locator(".log").getAttribute("aria-live"), "polite");
  });

  test("a wait of more than two seconds is said", async () => {
    await agree(page);
    await page.clock.install();
    server.answer = () => new Promise(() => {});
    await page.getByRole("textbox").fill("hello");
    await page.keyboard.press("Enter");
    await page.locator(".working").waitFor();
    assert.equal(await page.locator(".body").getByRole("status").textContent(), "");
    await page.clock.runFor(2100);
    assert.equal(await page.locator(".body").getByRole("status").textContent(), "Looking for an answer");
    await page.clock.resume();
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
    const release = hold(server);
    await page.getByRole("textbox").fill("hello");
    await page.keyboard.press("Enter");
    await page.locator(".working").waitFor();
    await page.getByRole("textbox").fill("a second question");
    await page.keyboard.press("Enter");
    assert.equal(await page.getByRole("textbox").inputValue(), "a second question");
    await release();
    await page.locator(".working").waitFor({ state: "hidden" });
    assert.equal(server.asked.length, 1);
  });

  test("who cannot see the typing sign is told, and why a second question is not sent", async () => {
    await page.clock.install();
    await page.reload();
    await agree(page);
    const release = hold(server);
    const status = page.locator(".body > [role=status]");
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
    await release();
    await page.locator(".working").waitFor({ state: "hidden" });
    assert.equal(await status.textContent(), "");
    await page.keyboard.press("Enter");
    await page.locator(".you").nth(1).waitFor();
    assert.doesNotMatch(await page.locator(".working").innerText(), /before this one/);
    await release();
  });

  test("a reload, and going away and back, keep the conversation; another tab has its own", async () => {
    await agree(page);
    await ask(page, "Does examplinib cause diarrhea?");
    await page.reload();
    await page.getByText("Does examplinib cause diarrhea?").waitFor();
    await page.goto(`${server.url}widget/icon.svg`);
    await page.goBack();
    await page.getByRole("button", { name: "How it works" }).click();
    await answered(page, 1);
    assert.equal(server.asked.at(-1).session, "session-1");
    const other = await page.context().newPage();
    await other.goto(server.url);
    await other.getByRole("heading", { name: "Before you start" }).waitFor();
  });

  test("a reload keeps what was typed and not sent yet; sending it ends that", async () => {
    await agree(page);
    await page.getByRole("textbox").fill("half a quest");
    await page.reload();
    await page.getByRole("textbox").waitFor();
    assert.equal(await page.getByRole("textbox").inputValue(), "half a quest");
    await ask(page, "half a question");
    await page.reload();
    await page.getByText("Examplinib can cause").waitFor();
    assert.equal(await page.getByRole("textbox").inputValue(), "");
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
    for (const file of [text, html]) {
      assert.match(file, /can cause diarrhea\. \[1\]/);
      assert.ok(!file.includes("**"));
    }
  });

  for (const [how, look] of Object.entries({
    "in the dark": { colorScheme: "dark" },
    "on a phone, behind the options": { viewport: { width: 360, height: 640 } },
    "in a low window": { viewport: { width: 640, height: 300 } },
  })) {
    test(`the page prints the whole conversation, its sources too, ${how}`, async () => {
      await page.context().close();
      page = await openPage(browser, server.url, look);
      await agree(page);
      for (let i = 0; i < 4; i++) await ask(page, `What is examplinib? ${i}`);
      await page.locator(".working").waitFor({ state: "hidden" });
      if (how.includes("options")) {
        await page.getByRole("button", { name: "Options" }).click();
        await page.getByRole("button", { name: "Clear chat" }).waitFor();
      }
      await page.emulateMedia({ media: "print" });
      assert.equal(await page.getByRole("textbox").isVisible(), false);
      for (const button of await page.getByRole("button").all()) assert.match(await button.getAttribute("class"), /marker/); // nothing else to press
      assert.ok(await page.locator(".sources .source").last().isVisible());
      const cut = await page.locator(".message").evaluateAll((messages) =>
        messages.filter((message) => {
          const { top, bottom } = message.getBoundingClientRect();
          for (let node = message.parentNode; node; node = node.parentNode ?? node.host) {
            if (node.nodeType !== Node.ELEMENT_NODE || node === document.documentElement) continue;
            const { top: from, bottom: to } = node.getBoundingClientRect();
            if (top < from - 1 || bottom > to + 1) return true;
          }
          return top + scrollY < 0 || getComputedStyle(message).visibility !== "visible";
        }).map((message) => message.textContent.slice(0, 20)),
      );
      assert.deepEqual(cut, []);
      assert.equal(await page.locator(".message").last().evaluate((message) => getComputedStyle(message).color), "rgb(0, 0, 0)");
    });
  }

  test("an open marker is told from a closed one in forced colors", async () => {
    await page.emulateMedia({ forcedColors: "active" });
    await agree(page);
    await ask(page, "hello");
    const back = () => page.locator(".marker").first().evaluate((marker) => getComputedStyle(marker).backgroundColor);
    const closed = await back();
    await page.locator(".marker").first().click();
    assert.notEqual(await back(), closed);
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
  test("a right-to-left language turns the whole chat; what is said in another one keeps its own direction", async (t) => {
    const [browser, server] = [await launch(), await startServer({ edit: (name, text) => (/^(texts|conversation)\.en/.test(name) ? inArabic(text) : text) })];
    t.after(async () => [await browser.close(), await server.close()]);
    const page = await openPage(browser, server.url, { viewport: { width: 360, height: 740 } });
    await page.getByRole("button", { name: "فهمت" }).click();
    server.answer = () => REPLY;
    await page.getByRole("textbox", { name: "سؤالك" }).fill(QUESTION);
    await page.getByRole("button", { name: "إرسال" }).click();
    await page.locator(".bot:not(.note)").waitFor();
    assert.equal(await page.locator(".chat").getAttribute("lang"), "ar");
    const box = (selector) => page.locator(selector).boundingBox();
    const end = ({ x, width }) => x + width;
    assert.ok((await box(".you")).x < 360 - end(await box(".you")), "the question is at the end side, which is the left");
    assert.ok((await box(".send")).x < (await box("textarea")).x, "what sends is left of where one types");
    assert.ok((await box(".top h1")).x > (await box(".top .buttons")).x, "the heading is right of the buttons");
    const way = (text) => page.locator(".bot p, .bot li, .bot ul, .you bdi").filter({ hasText: text }).last().evaluate((node) => getComputedStyle(node).direction);
    assert.deepEqual(await Promise.all(["نعم", "اشرب", "Abemaciclib can", "هل يسبب"].map(way)), ["rtl", "rtl", "ltr", "rtl"]);
    const sides = await page.locator(".bot li").filter({ hasText: "اشرب" }).evaluate((li) => [getComputedStyle(li), getComputedStyle(li.parentNode)].map(
      ({ marginRight, paddingLeft }) => [marginRight, paddingLeft].map(parseFloat)));
    assert.ok(sides[0][0] > 10 && sides[1][1] === 0, `the bullet has its room on the right: ${sides}`);
    const number = page.locator(".bot a[href^=tel]");
    assert.equal(await number.innerText(), "1-800-227-2345");
    assert.equal((await number.evaluate((node) => node.getClientRects().length)), 1); // in one piece
    await page.locator(".marker").first().click();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
    assertNoTroubles(page);
  });
});
