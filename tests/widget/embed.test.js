// The chat on a site of another origin, with that site's own strict policy.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { agree, ask, assertNoTroubles, launch, needsBrowser, openPage, pressOptions, stored } from "./browser.js";
import { startDemo } from "./demo.js";
import { hold, startServer, usual } from "./stub.js";

// The policy that docs/embedding.md gives, and Trusted Types.
const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; script-src HELPLINE; connect-src HELPLINE; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";

describe("embedded in another site", needsBrowser, () => {
  let browser, server, demo;

  before(async () => {
    [browser, server] = [await launch(), await startServer()];
    demo = await startDemo(server.url, { policy: POLICY });
    server.origins = [demo.site];
  });
  after(async () => {
    await browser?.close();
    demo?.close();
    await server?.close();
  });

  const open = (options) => openPage(browser, demo.site, { allow: [server.url], ...options });
  const opener = (page) => page.getByRole("button", { name: "Ask about a cancer drug" });

  test("a button; nothing is stored, and the chat is not loaded, before it is pressed", async () => {
    const page = await open();
    const loaded = [];
    page.on("request", (request) => loaded.push(request.url()));
    await opener(page).waitFor();
    assert.equal(await page.getByRole("dialog").count(), 0);
    assert.equal(await stored(page), '[{},{},""]');
    assert.ok(!loaded.some((url) => url.endsWith("helpline.js")));
    await opener(page).click();
    await page.getByRole("dialog").getByRole("heading", { name: "Before you start" }).waitFor();
    assert.equal(await stored(page), '[{},{},""]');
    assertNoTroubles(page);
    await page.context().close();
  });

  test("questions are answered across origins, without cookies", async () => {
    const page = await open();
    await opener(page).click();
    await agree(page);
    const [request] = await Promise.all([page.waitForRequest(/chat$/), ask(page, "Does examplinib cause diarrhea?")]);
    assert.equal(new URL(request.url()).origin, new URL(server.url).origin);
    const headers = await request.allHeaders();
    assert.equal(headers.cookie, undefined);
    assert.equal(headers.referer, undefined);
    assertNoTroubles(page);
    await page.context().close();
  });

  test("what is loaded while the second answer is read asks the site for nothing that its policy forbids", async () => {
    const page = await open();
    await page.clock.install();
    await opener(page).click();
    await agree(page);
    await ask(page, "Does examplinib cause diarrhea?");
    await ask(page, "What is examplinib?");
    const loaded = page.waitForResponse(/takehome\.js$/);
    await page.clock.fastForward(11_000);
    await (await loaded).finished();
    await page.evaluate(() => Promise.all(performance.getEntriesByType("resource").map(({ name }) => name).filter((name) => name.endsWith(".js")).map((name) => import(name))));
    assertNoTroubles(page);
    await page.context().close();
  });

  test("a site that is not listed gets nothing", async () => {
    const page = await openPage(browser, `${server.url}widget/demo.html`.replace("127.0.0.1", "localhost"), { allow: [server.url] });
    const asked = await page.evaluate(
      (url) => fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" }).then(() => "answered", () => "refused"),
      `${server.url}webhooks/helpline/chat`,
    );
    assert.equal(asked, "refused");
    await page.context().close();
  });

  test("Escape and Close close the panel and give the focus back; the conversation is still there", async () => {
    const page = await open();
    await opener(page).press("Enter");
    await agree(page);
    await ask(page, "Does examplinib cause diarrhea?");
    await page.keyboard.press("Escape");
    assert.equal(await page.getByRole("dialog").count(), 0);
    assert.ok(await opener(page).evaluate((node) => node.matches(":focus")));
    await page.keyboard.press("Enter");
    await page.getByText("Examplinib can cause").waitFor();
    await page.getByRole("textbox").evaluate((input) => {
      const composing = { key: "Escape", isComposing: true, bubbles: true, composed: true };
      input.dispatchEvent(new KeyboardEvent("keydown", composing)); // the keyboard's own: a letter made of several keys
    });
    assert.equal(await page.getByRole("dialog").count(), 1);
    await page.getByRole("button", { name: "Close" }).click();
    assert.ok(await opener(page).evaluate((node) => node.matches(":focus")));
    await page.context().close();
  });

  test("the site's custom properties and parts reach the chat", async () => {
    const page = await open();
    await opener(page).click();
    await agree(page);
    const styleOf = (selector, name) => page.locator(selector).evaluate((node, property) => getComputedStyle(node)[property], name);
    assert.equal(await styleOf(".send", "backgroundColor"), "rgb(91, 42, 110)");
    await page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync("helpline-launcher { --helpline-width: 480px } helpline-launcher::part(header) { background: rgb(1, 2, 3) }");
      document.adoptedStyleSheets = [sheet];
    });
    assert.equal(await styleOf(".panel", "width"), "480px");
    assert.equal(await styleOf(".top", "backgroundColor"), "rgb(1, 2, 3)");
    await page.context().close();
  });

  test("nothing of the site's style is inherited, and a small root size does not make the text small", async () => {
    const page = await open();
    await opener(page).click();
    await agree(page);
    await ask(page, "Does examplinib cause diarrhea?");
    const look = () =>
      page.evaluate(() => {
        const { shadowRoot } = document.querySelector("helpline-launcher");
        const chat = shadowRoot.querySelector("helpline-chat").shadowRoot;
        const nodes = [shadowRoot.querySelector(".panel"), ...[".top h2", ".bot p", "textarea", ".send"].map((name) => chat.querySelector(name))];
        const names = "width textTransform letterSpacing wordSpacing textAlign textIndent whiteSpace cursor fontStyle fontFamily fontSize lineHeight color userSelect";
        return nodes.map((node) => names.split(" ").map((name) => `${node.className} ${name}: ${getComputedStyle(node)[name]}`));
      });
    const before = await look();
    await page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(`html { font-size: 62.5% } body { text-transform: uppercase; letter-spacing: .4em; text-align: center; white-space: nowrap;
        word-spacing: 1em; text-indent: 2em; cursor: none; font: italic 10px/3 monospace; color: red; visibility: visible; user-select: none }`);
      document.adoptedStyleSheets = [sheet];
    });
    assert.deepEqual(await look(), before);
    await page.context().close();
  });

  // Nobody can press the Back of a phone here: it is the same request to close as Escape where nothing has the focus.
  test("the Back of a phone closes the panel that fills the window, and stays on the page", async () => {
    for (const [width, left] of [[360, 0], [1024, 1]]) {
      const page = await open({ viewport: { width, height: 768 } });
      await opener(page).click();
      await agree(page);
      await page.evaluate(() => {
        let active = document.activeElement;
        while (active.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
        active.blur();
      });
      await page.keyboard.press("Escape");
      await page.waitForFunction((count) => {
        const panels = document.querySelector("helpline-launcher").shadowRoot.querySelectorAll(".panel:not([hidden])");
        return panels.length === count;
      }, left);
      assert.equal(page.url(), new URL(demo.site).href);
      await page.context().close();
    }
  });

  test("on a phone Escape in the options closes the options, and not the panel as well", async () => {
    const page = await open({ viewport: { width: 360, height: 768 } });
    await opener(page).click();
    await agree(page);
    await pressOptions(page);
    await page.getByRole("radio", { name: "a patient", exact: true }).focus();
    await page.keyboard.press("Escape");
    await page.locator(".options").waitFor({ state: "detached" });
    assert.equal(await page.getByRole("dialog").count(), 1);
    await page.context().close();
  });

  test("on a phone the panel fills the window, and what is behind it cannot be reached until it is closed", async () => {
    const page = await open({ viewport: { width: 360, height: 640 } });
    const behind = () => page.evaluate(() => [...document.body.children].filter((node) => !node.inert).map((node) => node.localName));
    await opener(page).click();
    await page.locator(".notice").waitFor();
    assert.deepEqual(await page.locator(".panel").boundingBox(), { x: 0, y: 0, width: 360, height: 640 });
    assert.deepEqual(await behind(), ["helpline-launcher"]);
    assert.equal(await page.getByRole("dialog").getAttribute("aria-modal"), "true");
    await page.keyboard.press("Escape");
    assert.deepEqual(await behind(), ["header", "main", "script", "helpline-launcher"].filter((name) => name !== "script"));
    await opener(page).click();
    await page.setViewportSize({ width: 1024, height: 768 });
    await page.waitForFunction(() => !document.querySelector("main").inert);
    await page.context().close();
  });

  test("a site that takes the button out while the panel fills the window can be used again", async () => {
    const page = await open({ viewport: { width: 360, height: 640 } });
    await opener(page).click();
    await page.locator(".notice").waitFor();
    assert.ok(await page.evaluate(() => document.querySelector("main").inert));
    await page.evaluate(() => document.querySelector("helpline-launcher").remove());
    await page.waitForFunction(() => [...document.body.children].every((node) => !node.inert), null, { timeout: 5000 });
    await page.context().close();
  });

  test("a site is printed without the button, and with the whole conversation where it is open", async () => {
    const page = await open();
    await opener(page).waitFor();
    await page.emulateMedia({ media: "print" });
    assert.equal(await opener(page).isVisible(), false);
    await page.emulateMedia({ media: "screen" });
    await opener(page).click();
    await agree(page);
    for (let i = 0; i < 5; i++) await ask(page, "Does examplinib cause diarrhea?");
    await page.emulateMedia({ media: "print" });
    const [panel, log] = await Promise.all([page.locator(".panel").boundingBox(), page.locator(".log").boundingBox()]);
    assert.ok(log.height > 800 && panel.height > log.height, `${log.height} in ${panel.height}`);
    const fixed = (node) => [node, node.getRootNode().host].some((each) => getComputedStyle(each).position === "fixed");
    assert.ok(!(await page.locator(".panel").evaluate(fixed)), "it would stand on every sheet of paper");
    await page.context().close();
  });

  test("the line twice on a page gives one button; an element that is moved while it starts, one chat", async () => {
    const page = await open();
    await opener(page).waitFor();
    await page.evaluate(async (url) => {
      const { launch } = await import(url);
      await Promise.all([launch({}), launch({})]);
    }, `${server.url}widget/launcher.js`);
    assert.equal(await page.locator("helpline-launcher").count(), 1);
    await page.evaluate(async (url) => {
      await import(url);
      const chat = document.createElement("helpline-chat");
      document.body.append(chat);
      chat.remove();
      document.body.append(chat);
      await new Promise((resolve) => chat.addEventListener("helpline-ready", resolve));
    }, `${server.url}widget/helpline.js`);
    await page.getByRole("heading", { name: "Before you start" }).waitFor();
    assertNoTroubles(page);
    await page.context().close();
  });

  test("an alarm that arrives when the panel is closed opens it", async () => {
    const page = await open();
    await opener(page).click();
    await agree(page);
    const release = hold(server);
    await page.getByRole("textbox").fill("I cannot breathe");
    await page.keyboard.press("Enter");
    await page.locator(".working").waitFor();
    await page.keyboard.press("Escape");
    await release();
    await page.getByRole("alert").filter({ hasText: "This can be an emergency" }).waitFor();
    server.answer = usual;
    await page.context().close();
  });

  test("quick exit while an answer is under way leaves nothing behind", async () => {
    const page = await open();
    let arrive;
    const arriving = new Promise((resolve) => (arrive = resolve));
    await page.context().route("https://www.weather.gov/", (route) => arriving.then(() => route.fulfill({ body: "weather" })));
    await opener(page).click();
    await agree(page);
    await ask(page, "Does examplinib cause diarrhea?");
    const release = hold(server);
    await page.getByRole("textbox").fill("my secret question");
    await page.keyboard.press("Enter");
    await page.locator(".working").waitFor();
    await page.getByRole("button", { name: "Leave this site" }).click({ noWaitAfter: true });
    const answered = page.waitForResponse(/chat$/);
    await release();
    await answered;
    arrive();
    await page.waitForURL("https://www.weather.gov/");
    server.answer = usual;
    await page.goto(demo.site);
    assert.equal(await stored(page), '[{},{},""]');
    await page.context().close();
  });

  test("a page that the browser shows again as it was left does not show what was forgotten since", async () => {
    const page = await open();
    await opener(page).click();
    await agree(page);
    await ask(page, "my secret question");
    await page.evaluate(() => {
      sessionStorage.clear();
      dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    });
    await page.getByRole("heading", { name: "Before you start" }).waitFor();
    assert.equal(await page.getByText("my secret question").count(), 0);
    assert.equal(await stored(page), '[{},{},""]');
    await page.context().close();
  });

  test("quick exit forgets the conversation and leaves", async () => {
    const page = await open();
    await page.context().route("https://www.weather.gov/", (route) => route.fulfill({ body: "weather" }));
    await opener(page).click();
    await agree(page);
    await ask(page, "Does examplinib cause diarrhea?");
    await page.getByRole("button", { name: "Leave this site" }).click();
    await page.waitForURL("https://www.weather.gov/");
    await page.goto(demo.site);
    assert.equal(await stored(page), '[{},{},""]');
    await page.context().close();
  });

  test("the chat cannot be loaded: the panel has the numbers and closes", async () => {
    server.missing.add("helpline.js");
    const page = await open();
    await opener(page).click();
    await page.getByText("The chat could not be loaded").waitFor();
    assert.ok(await page.locator('a[href="tel:+18002272345"]').isVisible());
    await page.waitForFunction(() => document.activeElement.shadowRoot?.activeElement?.textContent === "Close");
    await page.keyboard.press("Escape");
    assert.ok(await opener(page).isVisible());
    server.missing.clear();
    await opener(page).click();
    await page.getByRole("dialog").getByText("The chat could not be loaded").or(page.getByRole("heading", { name: "Before you start" })).waitFor();
    await page.context().close();
  });
});
