// What a careless site does to the chat that stands in it, and what the chat does to the site: nothing.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";

import { agree, ask, assertNoTroubles, launch, needsBrowser, openPage } from "./browser.js";
import { startDemo } from "./demo.js";
import { startServer, usual } from "./stub.js";

const PHONE = { width: 360, height: 640 };

// Everything here is inherited, across the border of a shadow root too.
const CARELESS = `
  html { font-size: 50%; }
  body { text-transform: uppercase; letter-spacing: .4em; word-spacing: 1em; text-align: center; text-indent: 3em; white-space: nowrap;
    font-variant: small-caps; font-style: italic; font-weight: 900; line-height: .8; color: lime; cursor: none; user-select: none;
    list-style: none; text-shadow: 1px 1px red; hyphens: auto; word-break: break-all; overflow-wrap: normal; quotes: none; tab-size: 40;
    text-align-last: right; font-stretch: 50%; -webkit-text-stroke: 1px red; text-underline-offset: 1em; border-collapse: collapse; }
`;

describe("a careless site", needsBrowser, () => {
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
  beforeEach(() => {
    server.answer = usual;
  });
  afterEach(async () => {
    assertNoTroubles(page);
    await page.context().close();
  });

  async function open(options) {
    page = await openPage(browser, demo.site, { allow: [server.url], reducedMotion: "reduce", ...options });
    await page.locator(".launcher").waitFor();
  }

  function addStyle(css) {
    return page.evaluate((text) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(text);
      document.adoptedStyleSheets = [sheet];
    }, css);
  }

  async function converse() {
    await page.locator(".launcher").click();
    await agree(page);
    await ask(page, "Does examplinib cause diarrhea?");
    await page.locator(".feedback").waitFor();
  }

  /** Every computed property of these parts, as one text each; sizes that only the place in the window decides are left out. */
  function looks(selectors) {
    return page.evaluate((parts) => {
      const outer = document.querySelector("helpline-launcher").shadowRoot;
      const inner = outer.querySelector("helpline-chat")?.shadowRoot;
      const find = (part) => inner?.querySelector(part) ?? outer.querySelector(part);
      return Object.fromEntries(
        parts.map((part) => {
          const style = getComputedStyle(find(part));
          return [part, Object.fromEntries([...style].filter((name) => !name.startsWith("--")).map((name) => [name, style.getPropertyValue(name)]))];
        }),
      );
    }, selectors);
  }

  /** What differs, with the values. */
  function differences(one, other) {
    return Object.keys(one).flatMap((part) =>
      Object.keys(one[part])
        .filter((name) => one[part][name] !== other[part][name])
        .map((name) => `${part} ${name}: ${one[part][name]} -> ${other[part][name]}`),
    );
  }

  test("nothing that a site's style hands down reaches the chat or its button, not even the size of the text", async () => {
    const parts = [".panel", ".top h2", ".lines p", ".lines small", ".you bdi", ".bot p", ".bot li", ".marker", "summary", "textarea", ".send"];
    await open();
    const button = await looks([".launcher"]);
    await converse();
    const before = await looks(parts);
    await addStyle(CARELESS);
    assert.deepEqual(differences(before, await looks(parts)), []);
    await page.getByRole("button", { name: "Close" }).click();
    assert.deepEqual(differences(button, await looks([".launcher"])), []);
    assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector("main p")).textTransform), "uppercase");
  });

  test("the chat is legible where the site makes 1rem ten pixels, and follows a reader's larger text", async () => {
    await open();
    await addStyle("html { font-size: 62.5%; }");
    await converse();
    const size = (part) => page.locator(part).first().evaluate((node) => parseFloat(getComputedStyle(node).fontSize));
    assert.equal(await size(".bot p"), 16);
    assert.ok((await size("textarea")) >= 16, "a phone zooms in on smaller fields");
    const [hours, closing] = [await size(".chat .lines small"), await size(".closing")];
    assert.ok(hours >= 12 && closing >= 12, `${hours}, ${closing}`);
    const { width, height } = await page.locator(".panel").boundingBox();
    assert.ok(width >= 400 && height >= 600, `the panel is ${width} by ${height}`);
    await page.getByRole("button", { name: "Options" }).click();
    await page.getByRole("radio", { name: "Largest" }).check();
    assert.equal(await size(".bot p"), 32);
    await page.getByRole("radio", { name: "Normal" }).check();
    await addStyle("html { font-size: 24px; }");
    assert.equal(await size(".bot p"), 24);
  });

  test("a site that hides the chat's button hides it", async () => {
    await open();
    await addStyle("helpline-launcher { visibility: hidden; }");
    assert.equal(await page.locator(".launcher").isVisible(), false);
  });

  describe("what is behind the panel", () => {
    /** Links before and after the panel, as a real site has. */
    async function addLinks() {
      await page.evaluate(() => {
        for (const place of ["prepend", "append"]) {
          const link = document.createElement("a");
          link.href = "#elsewhere";
          link.textContent = `A link of the site (${place})`;
          document.body[place](link);
        }
      });
    }

    /** How many of them a screen reader finds. */
    async function linksRead() {
      const devtools = await page.context().newCDPSession(page);
      const { nodes } = await devtools.send("Accessibility.getFullAXTree");
      await devtools.detach();
      return nodes.filter(({ ignored, role, name }) => !ignored && role.value === "link" && /^A link of the site/.test(name.value)).length;
    }

    /** The places that the focus comes to. */
    async function walk(key, times) {
      const places = new Set();
      for (let i = 0; i < times; i++) {
        await page.keyboard.press(key);
        places.add(await page.evaluate(() => document.activeElement.tagName));
      }
      return places;
    }

    for (const [window, viewport] of Object.entries({ "a phone": PHONE, "a desktop at 400%": { width: 320, height: 256 }, "a phone on its side": { width: 740, height: 360 } })) {
      test(`cannot be reached by keyboard or screen reader where the panel covers it: ${window}`, async () => {
        await open({ viewport });
        await addLinks();
        await converse();
        for (const key of ["Tab", "Shift+Tab"]) assert.ok(!(await walk(key, 25)).has("A"), `${key} goes behind the panel`);
        assert.equal(await page.getByRole("dialog").getAttribute("aria-modal"), "true");
        assert.equal(await linksRead(), 0);
        await page.getByRole("textbox").focus();
        await page.keyboard.press("Escape");
        assert.equal(await page.getByRole("dialog").count(), 0);
        assert.ok(await page.locator(".launcher").evaluate((node) => node.matches(":focus")));
        assert.equal(await linksRead(), 2);
        assert.ok((await walk("Shift+Tab", 3)).has("A"));
      });
    }

    test("can be reached beside a panel that leaves room, and again when a covered window grows", async () => {
      await open({ viewport: { width: 1024, height: 768 } });
      await addLinks();
      await converse();
      assert.equal(await linksRead(), 2);
      assert.ok((await walk("Tab", 25)).has("A"));
      await page.setViewportSize(PHONE);
      await page.locator(".panel[aria-modal=true]").waitFor();
      assert.equal(await linksRead(), 0);
      await page.setViewportSize({ width: 1024, height: 768 });
      await page.locator(".panel[aria-modal=false]").waitFor();
      assert.equal(await linksRead(), 2);
    });

    test("what the site itself had made inert stays so", async () => {
      await open({ viewport: PHONE });
      await page.evaluate(() => (document.querySelector("header").inert = true));
      await converse();
      await page.getByRole("button", { name: "Close" }).click();
      const inert = await page.evaluate(() => ["header", "main"].map((name) => document.querySelector(name).inert));
      assert.deepEqual(inert, [true, false]);
    });
  });
});
