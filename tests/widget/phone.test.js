// Small windows, large text and phones: what must stay in sight does, in every state, and typing works.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";

import { agree, ask, assertNoTroubles, launch, needsBrowser, openPage, pressOptions } from "./browser.js";
import { ANSWER, EMERGENCY, hold, startServer, usual } from "./stub.js";

const PHONE = { width: 360, height: 640 };
const OWN_PAGE = ['.lines a[href="tel:911"]', '.lines a[href="tel:+18002272345"]'];
const LEAVE = ".chat .lines button";

/** Windows, and the text sizes that are tried in each. */
const WINDOWS = {
  "a low phone": [{ width: 360, height: 568 }, ["Normal", "Larger", "Large", "Largest"]],
  "a phone": [PHONE, ["Normal", "Larger", "Large", "Largest"]],
  "a high phone": [{ width: 360, height: 740 }, ["Normal", "Larger", "Large", "Largest"]],
  "a phone on its side": [{ width: 740, height: 360 }, ["Normal", "Large", "Largest"]],
  "a small phone on its side": [{ width: 640, height: 320 }, ["Normal", "Large"]],
  "1280 by 1024 at 200%": [{ width: 640, height: 512 }, ["Normal", "Large"]],
  "1280 by 1024 at 400%": [{ width: 320, height: 256 }, ["Normal"]],
};

describe("small windows and phones", needsBrowser, () => {
  let browser, server, page;

  before(async () => {
    [browser, server] = [await launch(), await startServer()];
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });
  beforeEach(() => {
    server.answer = usual;
  });
  afterEach(async () => {
    assertNoTroubles(page);
    await page.context().close();
  });

  async function open(options, path = "") {
    page = await openPage(browser, server.url + path, { viewport: PHONE, reducedMotion: "reduce", ...options });
  }

  /** These are in the window, whole, and nothing lies on them: at the place where the page is, at its top and at its end. */
  async function assertInSight(parts, when) {
    for (const to of [null, 0, 1e6]) {
      const hidden = await page.evaluate(([selectors, top]) => {
        const chat = (document.querySelector("helpline-launcher")?.shadowRoot ?? document).querySelector("helpline-chat");
        const root = chat.shadowRoot;
        if (top != null) for (const box of [chat, ...root.querySelectorAll(".log, .options, .points")]) box.scrollTop = top;
        return selectors.filter((selector) => {
          const node = root.querySelector(selector);
          const { left, right, top: y, bottom } = node.getBoundingClientRect();
          const [middle, half] = [(left + right) / 2, (y + bottom) / 2];
          const edges = [[left + 2, half], [right - 2, half], [middle, y + 2], [middle, bottom - 2]];
          return !edges.every((point) => node.contains(root.elementFromPoint(...point)));
        });
      }, [parts, to]);
      assert.deepEqual(hidden, [], `${when}, scrolled to ${to}`);
    }
  }

  /** Go through the states, with the text at a size. */
  async function assertInSightEverywhere(parts, size) {
    await page.locator(".notice").waitFor();
    await pressOptions(page);
    await page.getByRole("radio", { name: size, exact: true }).check();
    await assertInSight(parts, `${size}, options over the notice`);
    await pressOptions(page);
    await assertInSight(parts, `${size}, notice`);
    await agree(page);
    await assertInSight(parts, `${size}, greeting`);
    await ask(page, "Does examplinib cause diarrhea?");
    await page.locator(".working").waitFor({ state: "hidden" });
    await assertInSight(parts, `${size}, answer`);
    await page.getByRole("textbox").focus();
    await assertInSight(parts, `${size}, typing`);
    await pressOptions(page);
    await page.getByRole("button", { name: "Make a sheet for my doctor" }).click();
    await page.getByRole("checkbox").nth(1).waitFor();
    await assertInSight(parts, `${size}, sheet`);
    await page.keyboard.press("Escape");
    server.answer = () => 503;
    await ask(page, "hello");
    await assertInSight(parts, `${size}, fault`);
    server.answer = usual;
    await ask(page, "I cannot breathe");
    await page.locator(".alarm").waitFor();
    await assertInSight(parts, `${size}, alarm`);
  }

  for (const [name, [viewport, sizes]] of Object.entries(WINDOWS)) {
    for (const size of sizes) {
      test(`the emergency number and a person to talk to are in sight in every state: ${name}, text ${size}`, async () => {
        await open({ viewport });
        await assertInSightEverywhere(OWN_PAGE, size);
      });
    }
    test(`so are they, and the way out, in the panel of a site: ${name}`, async () => {
      for (const size of new Set([sizes[0], sizes.at(-1)])) {
        await page?.context().close();
        await open({ viewport }, "widget/demo.html");
        await page.locator(".launcher").click();
        assert.equal(await page.locator(LEAVE).innerText(), "Leave this site");
        await assertInSightEverywhere([...OWN_PAGE, LEAVE], size);
      }
    });
  }

  for (const [behind, reach] of Object.entries({
    "the options": () => page.getByRole("radio", { name: "a patient", exact: true }).waitFor(),
    "the sheet form": () => page.getByRole("button", { name: "Make a sheet for my doctor" }).click(),
  })) {
    test(`an alarm that arrives behind ${behind} takes their place`, async () => {
      await open();
      await agree(page);
      await ask(page, "hello");
      const release = hold(server, () => EMERGENCY);
      await page.getByRole("textbox").fill("I cannot breathe");
      await page.keyboard.press("Enter");
      await page.locator(".working").waitFor();
      await pressOptions(page);
      await reach();
      await page.locator(".options h2, .options fieldset").first().waitFor();
      await release();
      await page.locator(".alarm").waitFor({ state: "visible", timeout: 5000 });
      assert.equal(await page.getByRole("alert").count(), 1);
      assert.equal(await page.locator(".options").count(), 0);
      assert.equal(await page.getByRole("button", { name: "Options" }).getAttribute("aria-expanded"), "false");
      const { y } = await page.locator(".alarm h2").boundingBox();
      assert.ok(y > 0 && y < PHONE.height, `the alarm begins at ${y}`);
    });
  }

  /** Ask, open the options while the answer is awaited, and return what lets a reply come. */
  async function askBehindOptions() {
    await agree(page);
    await ask(page, "hello");
    const release = hold(server);
    await page.getByRole("textbox").fill("Does examplinib cause diarrhea?");
    await page.keyboard.press("Enter");
    await page.locator(".working").waitFor();
    await pressOptions(page);
    await page.locator(".options fieldset").first().waitFor();
    return release;
  }

  const news = (text) => page.getByRole("status").filter({ hasText: text }); // hidden ones have no role
  const assertReadAt = async (part) => {
    assert.equal(await page.locator(".news").innerText(), "");
    assert.ok(await page.locator(".log").evaluate((log) => log.getRootNode().activeElement === log), "the focus is on the conversation");
    const { y, height } = await page.locator(part).last().boundingBox();
    assert.ok(y > 0 && y + Math.min(height, 40) < PHONE.height, `${part} begins at ${y}`);
  };

  for (const [name, viewport] of Object.entries({ "a phone": PHONE, "1280 by 1024 at 400%": { width: 320, height: 256 } })) {
    test(`an answer that arrives behind the options is told in sight, and they stay: ${name}`, async () => {
      await open({ viewport });
      const release = await askBehindOptions();
      await release(ANSWER);
      await news("Your answer is there").waitFor();
      assert.equal(await page.locator(".options").count(), 1);
      await assertInSight([".news"], "options");
      await pressOptions(page);
      if (viewport === PHONE) await assertReadAt(".you");
    });
  }

  test("a fault that arrives behind the options takes their place and is announced", async () => {
    await open();
    const release = await askBehindOptions();
    await release(503);
    await page.getByRole("alert").filter({ hasText: "No answer yet" }).waitFor();
    assert.equal(await page.locator(".options").count(), 0);
    assert.ok(await page.getByRole("alert").locator('a[href="tel:+18002272345"]').isVisible());
    assert.equal(await page.getByRole("button", { name: "Options" }).getAttribute("aria-expanded"), "false");
  });

  test("a fault that arrives behind the sheet form is told there, and what was entered stays", async () => {
    await open();
    const release = await askBehindOptions();
    await page.getByRole("button", { name: "Make a sheet for my doctor" }).click();
    await page.getByRole("button", { name: "Add a question of my own" }).click();
    await page.keyboard.type("Can I travel?");
    await release(503);
    await news("There is no answer yet").waitFor();
    assert.equal(await page.locator(".own input").inputValue(), "Can I travel?");
    await assertInSight([".news"], "sheet");
    await page.getByRole("button", { name: "Back to the chat" }).click();
    await assertReadAt(".fault");
  });

  test("where the options leave room for the conversation, they stay, and nothing is told twice", async () => {
    await open({ viewport: { width: 1024, height: 768 } });
    for (const [reply, part] of [[ANSWER, ".bot:not(.note) >> nth=1"], [503, ".fault"]]) {
      await page.reload();
      await page.evaluate(() => sessionStorage.clear());
      await page.reload();
      const release = await askBehindOptions();
      await release(reply);
      await page.locator(part).waitFor();
      assert.equal(await page.locator(".options").count(), 1);
      assert.equal(await page.locator(".news").innerText(), "");
      server.answer = usual;
    }
  });

  test("pulling the conversation does not pull the page", async () => {
    await open();
    await agree(page);
    await ask(page, "hello");
    await pressOptions(page);
    await page.locator(".options fieldset").first().waitFor();
    for (const part of [".log", ".options"]) {
      assert.equal(await page.locator(part).evaluate((node) => getComputedStyle(node).overscrollBehaviorY), "contain", part);
    }
  });

  test("the place to type grows with the text where the browser does not do so by itself", async () => {
    await open();
    await page.context().addInitScript(() => {
      const { supports } = CSS;
      CSS.supports = (name, ...value) => name !== "field-sizing" && supports.call(CSS, name, ...value);
    });
    await page.reload();
    await agree(page);
    const input = page.getByRole("textbox");
    await input.evaluate((node) => {
      const old = new CSSStyleSheet();
      old.replaceSync("textarea { field-sizing: fixed !important }");
      const root = node.getRootNode();
      root.adoptedStyleSheets = [...root.adoptedStyleSheets, old];
    });
    const height = () => input.evaluate((node) => node.offsetHeight);
    const low = await height();
    await input.pressSequentially("Can I take this together with the other tablets? ".repeat(2));
    assert.ok((await height()) > 2 * low, `${await height()} high, ${low} when empty`);
    assert.ok(await input.evaluate((node) => node.scrollHeight <= node.clientHeight), "the whole question is in sight");
    await input.pressSequentially("And the fruit? ".repeat(20));
    assert.ok((await height()) < PHONE.height / 3, `${await height()} high`);
    await page.getByRole("button", { name: "Send" }).click();
    await page.locator(".you").waitFor();
    assert.equal(await height(), low);
  });

  test("nothing corrects the name of a drug", async () => {
    await open();
    await agree(page);
    const assertAsTyped = async (input) => {
      for (const [name, value] of Object.entries({ autocorrect: "off", spellcheck: "false", autocomplete: "off" })) {
        assert.equal(await input.getAttribute(name), value, name);
      }
    };
    const input = page.getByRole("textbox");
    await assertAsTyped(input);
    assert.equal(await input.getAttribute("autocapitalize"), "off");
    await ask(page, "What is examplinib?");
    await pressOptions(page);
    await page.getByRole("button", { name: "Make a sheet for my doctor" }).click();
    await page.getByRole("button", { name: "Add a question of my own" }).click();
    await assertAsTyped(page.locator(".own input"));
  });

  test("nothing is under the notch or the home indicator of a phone", async () => {
    const inset = { top: 44, bottom: 34, left: 0, right: 0 };
    const override = async () => {
      const devtools = await page.context().newCDPSession(page);
      await devtools.send("Emulation.setSafeAreaInsetsOverride", { insets: inset });
    };
    const box = (part) => page.locator(part).boundingBox();
    await open({}, "widget/demo.html");
    await override();
    const launcher = await box(".launcher");
    assert.ok(launcher.y + launcher.height <= PHONE.height - inset.bottom, `the button ends at ${launcher.y + launcher.height}`);
    await page.locator(".launcher").click();
    await agree(page);
    const assertInside = async () => {
      const [top, form] = [await box(".top h1, .top h2"), await box("form")];
      assert.ok(top.y >= inset.top, `the head begins at ${top.y}`);
      assert.ok(form.y + form.height <= PHONE.height - inset.bottom + 1, `the place to type ends at ${form.y + form.height}`);
    };
    await assertInside();
    await page.context().close();
    await open();
    await override();
    await agree(page);
    await assertInside();
  });

  test("the colors chosen in the options are those of the whole page", async () => {
    await open({ viewport: { width: 1280, height: 800 } });
    const colors = () => page.evaluate(() => {
      const chat = document.querySelector("helpline-chat").shadowRoot.querySelector(".chat");
      return [document.body, chat].map((node) => getComputedStyle(node).backgroundColor);
    });
    await page.locator(".notice").waitFor();
    await pressOptions(page);
    for (const name of ["Dark", "High contrast", "Light"]) {
      await page.getByRole("radio", { name }).check();
      const [around, chat] = await colors();
      assert.equal(around, chat, name);
    }
    await page.emulateMedia({ colorScheme: "dark" });
    const [around, chat] = await colors();
    assert.equal(around, chat, "Light on a dark device");
    assert.equal(chat, "rgb(251, 250, 248)");
  });
});
