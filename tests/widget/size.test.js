// What a first visit costs on an old phone, and that what the widget says agrees with the project.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";

import { agree, ask, launch, needsBrowser, openPage } from "./browser.js";
import { startServer } from "./stub.js";

const WIDGET = new URL("../../widget/", import.meta.url);
const read = (name) => readFile(new URL(name, WIDGET), "utf8");

/** The modules that a module imports statically, itself included. */
async function graph(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  for (const [, next] of (await read(name)).matchAll(/^(?:import|export) .* from "\.\/(.*)";$/gm)) await graph(next, found);
  return found;
}

async function zipped(names) {
  const sizes = await Promise.all([...names].map(async (name) => gzipSync(await read(name), { level: 9 }).length));
  return sizes.reduce((sum, size) => sum + size, 0);
}

describe("size", () => {
  test("what is loaded before the notice is shown is under 10 KB, gzip, texts included", async () => {
    const size = await zipped(await graph("helpline.js").then((names) => names.add("texts.en.js")));
    assert.ok(size < 10_000, `${size} bytes`);
  });

  // What the page and the headers leave room for is measured below.
  test("with the conversation, and what comes with the first answer, it is under 21.5 KB", async () => {
    const names = new Set(["texts.en.js", "conversation.en.js"]);
    for (const module of ["helpline.js", "conversation.js", "feedback.js"]) await graph(module, names);
    const size = await zipped(names);
    assert.ok(size < 21_500, `${size} bytes`);
  });

  test("the button of an embedding site costs under 6 KB", async () => {
    const size = await zipped([...(await graph("launcher.js")), "widget.js", "texts.en.js"]);
    assert.ok(size < 6_000, `${size} bytes`);
  });

  test("a first visit transfers under 40 KB in all, headers included; the conversation, when asked, comes within it", needsBrowser, async (t) => {
    const [browser, server] = [await launch(), await startServer({ compress: true })];
    t.after(async () => [await browser.close(), await server.close()]);
    const page = await openPage(browser, "about:blank");
    const network = await page.context().newCDPSession(page);
    await network.send("Network.enable");
    let bytes = 0;
    network.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
    await page.goto(server.url, { waitUntil: "networkidle" });
    assert.ok(bytes > 10_000 && bytes < 32_000, `${bytes} bytes before the notice is agreed to`);
    await agree(page);
    await ask(page, "What is examplinib?");
    await page.waitForLoadState("networkidle");
    assert.ok(bytes < 40_000, `${bytes} bytes`);
  });
});

describe("texts", async () => {
  const { texts } = await import(new URL("texts.en.js", WIDGET));
  const { extras } = await import(new URL("extras.en.js", WIDGET));
  const { conversation } = await import(new URL("conversation.en.js", WIDGET));
  const lines = await readFile(new URL("../../knowledge/helpline.yml", import.meta.url), "utf8");
  const phones = [...lines.matchAll(/^ +phone: "(.*)"/gm)].map((match) => match[1]);

  test("every number is one of knowledge/helpline.yml", async () => {
    assert.equal(texts.person.number, phones[0]);
    assert.equal(texts.person.href, `tel:+${texts.person.number.replaceAll("-", "")}`);
    for (const source of await Promise.all(["texts.en.js", "conversation.en.js", "index.html", "offline.html"].map(read))) {
      for (const [, number] of source.matchAll(/(?:tel:|sms:)\+?(\d+)/g)) {
        assert.ok(phones.some((phone) => phone.replaceAll("-", "") === number), number);
      }
    }
  });

  test("every text of the English file is used, and every text that is used is there", async () => {
    const names = (await readdir(WIDGET)).filter((name) => name.endsWith(".js") && !/^(texts|extras|conversation)\.en\./.test(name));
    const code = (await Promise.all(names.map(read))).join("\n");
    for (const name of Object.keys({ ...texts, ...extras, ...conversation })) assert.match(code, new RegExp(`\\b${name}\\b`), name);
    for (const [, name] of code.matchAll(/(?:\btexts|#texts)\.(\w+)/g)) assert.ok(name in texts || name in conversation || name in extras || name === "en", name);
  });

  test("the widget names no other server", async () => {
    for (const name of await readdir(WIDGET)) {
      const addresses = [...(await read(name)).matchAll(/https?:\/\/[^\s"'`)]+/g)].map((match) => match[0]);
      const known = ["http://www.w3.org/2000/svg", "https://www.weather.gov/", "https://HOST/widget/widget.js"];
      assert.deepEqual(addresses.filter((address) => !known.includes(address) && !address.startsWith("https?")), [], name);
    }
  });
});
