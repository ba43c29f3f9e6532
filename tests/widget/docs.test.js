// What docs/embedding.md names exists in the widget, and the reverse.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";

const read = (path) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");
const all = (text, pattern) => [...new Set([...text.matchAll(pattern)].map((match) => match[1]))].sort();

describe("docs/embedding.md", async () => {
  const docs = await read("docs/embedding.md");
  const launcher = await read("widget/launcher.js");

  test("the settings of the script", () => {
    const dashed = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    assert.deepEqual(all(docs, /^\| `data-([a-z-]+)` \|/gm), all(launcher, /\bdata\.([a-zA-Z]+)/g).map(dashed).sort());
  });

  test("the custom properties", async () => {
    const used = launcher + (await read("widget/style.js")).replace(/\/\/.*/g, "");
    assert.deepEqual(all(docs, /(--helpline-[a-z-]+)/g), all(used, /var\((--helpline-[a-z-]+)/g));
  });

  test("the parts", () => {
    const [, listed] = docs.match(/^Parts, as in .*?: ([\s\S]*?)\. Please/m);
    const [, exported] = launcher.match(/const PARTS = "(.*)";/);
    assert.deepEqual(all(listed, /`([a-z]+)`/g), [...exported.split(", "), "launcher", "panel"].sort());
  });
});
