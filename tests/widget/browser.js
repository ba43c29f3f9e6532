// Debian's chromium, a page with the chat, and a record of what must never happen.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";
const FLAGS =
  "--headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run";

/** Give as the options of a suite: skips it, loudly, where there is no browser. */
export const needsBrowser = existsSync(EXECUTABLE)
  ? {}
  : { skip: `NO BROWSER AT ${EXECUTABLE}: THE WEB CHAT IS NOT TESTED. Install one: apt-get install chromium` };

export function launch() {
  return chromium.launch({ executablePath: EXECUTABLE, args: FLAGS.split(" ") });
}

/** Open a page. `page.troubles` collects script errors, policy violations and requests to other origins. */
export async function openPage(browser, url, { allow = [], ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1024, height: 768 }, ...options });
  const page = await context.newPage();
  const origins = [url, ...allow].map((each) => new URL(each).origin);
  page.troubles = [];
  page.on("pageerror", (error) => page.troubles.push(`script error: ${error.message}`));
  page.on("dialog", (dialog) => page.troubles.push(`dialog: ${dialog.message()}`) && dialog.dismiss());
  page.on("console", (line) => /Content Security Policy|Trusted/i.test(line.text()) && page.troubles.push(line.text()));
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (!["data:", "blob:"].includes(protocol) && !origins.includes(origin)) page.troubles.push(`request to ${request.url()}`);
  });
  await page.goto(url);
  return page;
}

/** Agree to the notice and wait for the place to type. */
export async function agree(page) {
  await page.getByRole("button", { name: "I understand" }).click();
  await page.getByRole("textbox").waitFor();
}

/** Type a question and wait for what comes of it. */
export async function ask(page, question) {
  await page.getByRole("textbox").fill(question); // what was said before is in sight together with it
  const before = await page.locator(".you").count();
  await page.getByRole("button", { name: "Send" }).click();
  await answered(page, before);
}

/** Wait for what comes of the question of a number, from 0. The question itself is in sight before the server has it. */
export function answered(page, number) {
  return page.locator(".you:has(~ .bot)").nth(number).waitFor();
}

/** Cut the line after the notice, come back to the page, and wait for the one with the numbers that was kept. */
export async function goOffline(page, url) {
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  await page.context().setOffline(true);
  await page.goto(url);
  await page.getByRole("heading", { name: "The chat cannot be reached" }).waitFor();
}

/** Open or close the options. */
export function pressOptions(page) {
  return page.getByRole("button", { name: "Options" }).click();
}

export function assertNoTroubles(page) {
  assert.deepEqual(page.troubles, []);
}

/** What the tab keeps, as text. */
export function stored(page) {
  return page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie]));
}
