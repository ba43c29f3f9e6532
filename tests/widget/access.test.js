// axe-core in every state, at every width and in every color scheme; zoom and large text without losing anything.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";

import { agree, ask, launch, needsBrowser, openPage } from "./browser.js";
import { startServer, usual } from "./stub.js";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** How to reach each state from the notice. */
const STATES = {
  notice: async () => {},
  greeting: agree,
  "answer with a source open": async (page) => {
    await agree(page);
    await ask(page, "Does examplinib cause diarrhea?");
    await page.locator(".marker").first().click();
    await page.locator("summary").click();
  },
  clarify: async (page) => {
    await agree(page);
    await ask(page, "side effects");
  },
  emergency: async (page) => {
    await agree(page);
    await ask(page, "I cannot breathe");
  },
  crisis: async (page) => {
    await agree(page);
    await ask(page, "I want to die");
  },
  working: async (page, server) => {
    await agree(page);
    server.answer = () => new Promise(() => {});
    await page.getByRole("textbox").fill("hello");
    await page.keyboard.press("Enter");
    await page.locator(".working").waitFor();
  },
  fault: async (page, server) => {
    await agree(page);
    server.answer = () => 503;
    await ask(page, "hello");
  },
  "fault with a time to wait": async (page, server) => {
    await agree(page);
    server.answer = () => ({ status: 429, wait: 60 });
    await ask(page, "hello");
  },
  options: async (page) => {
    await agree(page);
    await ask(page, "hello");
    await page.getByRole("button", { name: "Options" }).click();
    await page.getByRole("button", { name: "Clear chat" }).click();
  },
  sheet: async (page) => {
    await agree(page);
    await ask(page, "What is examplinib?");
    await page.getByRole("button", { name: "Options" }).click();
    await page.getByRole("button", { name: "Make a sheet for my doctor" }).click();
    await page.getByRole("button", { name: "Add a question of my own" }).click();
    await page.getByRole("checkbox", { name: "Whom do I call at night?" }).waitFor();
  },
  "nothing for a sheet": async (page, server) => {
    await STATES.fault(page, server);
    await page.getByRole("button", { name: "Options" }).click();
    await page.getByRole("button", { name: "Make a sheet for my doctor" }).click();
    await page.getByText("There is nothing to put on a sheet yet").waitFor();
  },
  "delete confirmation": async (page) => {
    await agree(page);
    await ask(page, "hello");
    await page.getByRole("button", { name: "Options" }).click();
    await page.getByRole("button", { name: "Delete my data" }).click();
  },
  "delete failed": async (page, server) => {
    await STATES["delete confirmation"](page);
    server.broken.add("forget");
    await page.getByRole("button", { name: "Yes, delete it" }).click();
    await page.getByText("nothing is deleted yet").waitFor();
  },
  "sheet made": async (page) => {
    await STATES.sheet(page);
    await page.getByRole("button", { name: "Make my sheet" }).click();
    await page.getByText("among the downloads").waitFor();
  },
  "sheet failed": async (page, server) => {
    await STATES.sheet(page);
    server.broken.add("sheet");
    await page.getByRole("button", { name: "Make my sheet" }).click();
    await page.getByText("save the conversation as a text file").waitFor();
  },
  "names completed": async (page) => {
    await agree(page);
    await ask(page, "side effects");
    await page.locator(".names").waitFor({ state: "attached" });
    await page.getByRole("textbox").fill("ex");
    await page.getByRole("button", { name: "Exemplarin" }).waitFor();
  },
  "feedback with reasons": async (page) => {
    await agree(page);
    await ask(page, "What is examplinib?");
    await page.getByRole("button", { name: "No", exact: true }).click();
    await page.getByRole("button", { name: "Hard to understand" }).waitFor();
  },
};
const WIDTHS = { desktop: { width: 1024, height: 768 }, phone: { width: 360, height: 640 } };
const COLORS = {
  light: { shown: "light" },
  dark: { shown: "dark", colorScheme: "dark" },
  contrast: { shown: "contrast", contrast: "more" },
  forced: { shown: "light", forcedColors: "active" },
};
const PLAIN = { colorScheme: "light", contrast: "no-preference", forcedColors: "none" };

describe("accessibility", needsBrowser, () => {
  let browser, server;

  before(async () => {
    [browser, server] = [await launch(), await startServer()];
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  /** The policy of our page refuses scripts of others, axe's too: here it is switched off. */
  async function open(options, path = "") {
    server.answer = usual;
    server.broken.clear();
    const page = await openPage(browser, server.url + path, { bypassCSP: true, ...options });
    return page;
  }

  async function violations(page) {
    await page.evaluate(AXE);
    const { violations: found } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join("; ")}`);
  }

  for (const [width, viewport] of Object.entries(WIDTHS)) {
    for (const [state, reach] of Object.entries(STATES)) {
      test(`axe: ${state}, ${width}, ${Object.keys(COLORS).join(", ")}`, async () => {
        const page = await open({ viewport, reducedMotion: "reduce" });
        await page.locator(".notice").waitFor();
        await reach(page, server);
        for (const [colors, { shown, ...media }] of Object.entries(COLORS)) {
          await page.emulateMedia({ ...PLAIN, ...media });
          await page.locator(`.chat[data-colors=${shown}]`).waitFor();
          assert.deepEqual(await violations(page), [], colors);
        }
        await page.context().close();
      });
    }
    test(`axe: embedded, closed and with an answer, ${width}, ${Object.keys(COLORS).join(", ")}`, async () => {
      const page = await open({ viewport, reducedMotion: "reduce" }, "widget/demo.html");
      for (const media of Object.values(COLORS)) {
        await page.emulateMedia({ ...PLAIN, ...media });
        await page.locator(".launcher").waitFor();
        assert.deepEqual(await violations(page), [], "closed");
      }
      await page.locator(".launcher").click();
      await page.locator(".notice").waitFor();
      assert.deepEqual(await violations(page), [], "notice");
      await STATES["answer with a source open"](page);
      for (const [colors, { shown, ...media }] of Object.entries(COLORS)) {
        await page.emulateMedia({ ...PLAIN, ...media });
        await page.locator(`.chat[data-colors=${shown}]`).waitFor();
        assert.deepEqual(await violations(page), [], colors);
      }
      await page.context().close();
    });

    test(`axe: the page for when there is no line, and that without JavaScript, ${width}, ${Object.keys(COLORS).join(", ")}`, async () => {
      const page = await open({ viewport }, "offline.html");
      for (const media of Object.values(COLORS)) {
        await page.emulateMedia({ ...PLAIN, ...media });
        assert.deepEqual(await violations(page), [], "offline");
      }
      server.missing.add("helpline.js");
      await page.goto(server.url);
      server.missing.delete("helpline.js");
      for (const media of Object.values(COLORS)) {
        await page.emulateMedia({ ...PLAIN, ...media });
        assert.deepEqual(await violations(page), [], "without JavaScript");
      }
      await page.context().close();
    });
  }

  const ZOOMS = {
    "200% of 1280 by 1024": { viewport: { width: 640, height: 512 } },
    "400% of 1280 by 1024": { viewport: { width: 320, height: 256 } },
    "200% text on a phone": { viewport: WIDTHS.phone, text: "Largest" },
    "200% text in the panel of a site": { viewport: WIDTHS.desktop, text: "Largest", path: "widget/demo.html" },
  };
  for (const [name, { viewport, text, path }] of Object.entries(ZOOMS)) {
    test(`zoom: ${name}`, async () => {
      const page = await open({ viewport }, path);
      if (path) await page.locator(".launcher").click();
      await agree(page);
      if (text) {
        await page.getByRole("button", { name: "Options" }).click();
        await page.getByRole("radio", { name: text }).check();
        await page.getByRole("button", { name: "Options" }).click();
      }
      await ask(page, "Does examplinib cause diarrhea?");
      await page.locator(".marker").first().click();
      await assertNothingCut(page);
      const question = await page.locator(".you").boundingBox();
      const emergency = await page.locator(".chat .lines a[href='tel:911']").boundingBox();
      assert.ok(emergency.y >= 0 && emergency.y + emergency.height <= question.y, "the emergency line is in sight above the question");
      assert.ok(question.y < viewport.height, "the question is in sight");
      for (const part of [".chat .lines a[href='tel:911']", ".marker >> nth=0", ".quick button", "textarea", ".send"]) {
        await page.locator(part).scrollIntoViewIfNeeded();
        const { x, y, width, height } = await page.locator(part).boundingBox();
        assert.ok(x >= 0 && x + width <= viewport.width && y >= 0 && y + height <= viewport.height + 2, `${part} at ${x}, ${y}`);
      }
      await page.context().close();
    });
  }

  for (const [width, viewport] of Object.entries(WIDTHS)) {
    test(`sheet form with an own question added: nothing is cut and its label runs across, ${width}`, async () => {
      const page = await open({ viewport });
      await STATES.sheet(page);
      await assertNothingCut(page);
      const [label, input] = [page.locator(".own label"), page.locator(".own input")];
      const [whole, line] = [await label.boundingBox(), await input.boundingBox()];
      const size = await label.evaluate((node) => parseFloat(getComputedStyle(node).fontSize));
      assert.ok(whole.height - line.height < 3 * size, `${whole.height} high with an input of ${line.height}`);
      await page.context().close();
    });
  }

  for (const text of ["Larger", "Large", "Largest"]) {
    test(`text size ${text} on a phone: an answer and an alarm begin in sight`, async () => {
      const viewport = { width: 360, height: 740 };
      const page = await open({ viewport });
      await agree(page);
      await page.getByRole("button", { name: "Options" }).click();
      await page.getByRole("radio", { name: text, exact: true }).check();
      await page.getByRole("button", { name: "Options" }).click();
      for (const question of ["Does examplinib cause diarrhea?", "I cannot breathe"]) {
        await ask(page, question);
        await page.locator(".working").waitFor({ state: "hidden" });
        const first = page.locator(".you").last().locator("xpath=following-sibling::*[1]").locator("h2, p").first();
        const seen = await first.evaluate((node) => {
          const range = document.createRange();
          range.selectNodeContents(node);
          const { left, top, bottom } = range.getClientRects()[0];
          return [top, bottom].every((y) => {
            const hit = node.getRootNode().elementFromPoint(left + 2, y === top ? top + 1 : bottom - 1);
            return node === hit || node.contains(hit);
          });
        });
        assert.ok(seen, question);
      }
      await page.context().close();
    });
  }

  test("what can be pressed is at least 24 pixels wide and high", async () => {
    const page = await open({ viewport: WIDTHS.phone });
    await page.locator(".notice").waitFor();
    await STATES["answer with a source open"](page);
    for (const button of await page.locator("button, summary, .calls a").all()) {
      const { width, height } = await button.boundingBox();
      assert.ok(width >= 24 && height >= 24, `${await button.textContent()}: ${width} x ${height}`);
    }
    await page.context().close();
  });

  /** No text needs sideways scrolling. */
  async function assertNothingCut(page) {
    const wide = await page.evaluate(() => {
      const all = (root) => [...root.querySelectorAll("*")].flatMap((node) => [node, ...(node.shadowRoot ? all(node.shadowRoot) : [])]);
      return all(document)
        .filter((node) => !node.matches(".unseen") && node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0)
        .map((node) => `${node.tagName}.${node.className}: ${node.scrollWidth} in ${node.clientWidth}`);
    });
    assert.deepEqual(wide, []);
  }
});
