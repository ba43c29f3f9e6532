// Takes a picture of every state with the real server, to be looked at: node pictures.js FOLDER
// The folder is no part of the repository. Needs pdftoppm for the pages of the PDF (Debian: poppler-utils).

import { execFileSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { QUESTION, REPLY, inArabic } from "./arabic.js";
import { agree, ask, launch, openPage, pressOptions } from "./browser.js";
import { startDemo } from "./demo.js";
import { freePort, startReal } from "./real.js";

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
const DESKTOP = { viewport: { width: 1024, height: 768 } };
const DARK = { colorScheme: "dark" };
const ANSWERED = "Does Verzenio cause diarrhea?";

const folder = process.argv[2] ?? "pictures";
await mkdir(folder, { recursive: true });
const port = await freePort(); // of a site that embeds the chat
const [browser, real] = [await launch(), await startReal({ HELPLINE_ORIGINS: `http://127.0.0.1:${port}` })];

/** Open a page, bring it to a state, take its picture. */
async function take(name, options, reach, url = real.url) {
  const page = await openPage(browser, url, { reducedMotion: "reduce", ...options });
  await reach(page);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  console.log(`${name}.png`, page.troubles.join("; "));
  await page.context().close();
}

const asked = (question) => async (page) => {
  await agree(page);
  await ask(page, question);
};
const sourcesOpen = async (page) => {
  await asked(ANSWERED)(page);
  await page.locator(".marker").first().click();
  await page.locator(".sources summary").first().click();
};
const sourceList = async (page) => {
  await sourcesOpen(page);
  await page.locator(".sources").scrollIntoViewIfNeeded();
};
const options = async (page) => {
  await asked(ANSWERED)(page);
  await pressOptions(page);
  await page.getByRole("radio", { name: "a patient", exact: true }).waitFor();
};
const sheet = async (page) => {
  await options(page);
  await page.getByRole("button", { name: "Make a sheet for my doctor" }).click();
  await page.getByRole("checkbox").nth(1).waitFor();
};
const nothingForASheet = async (page) => {
  await broken((route) => route.abort())(page);
  await pressOptions(page);
  await page.getByRole("button", { name: "Make a sheet for my doctor" }).click();
  await page.getByText("There is nothing to put on a sheet yet").waitFor();
};
const broken = (fault) => async (page) => {
  await agree(page);
  await page.route(/chat$/, fault);
  await ask(page, "Can I take it with food?");
};
const why = async (page) => {
  await asked(ANSWERED)(page);
  await page.getByRole("button", { name: "No", exact: true }).click();
};
const STATES = {
  consent: (page) => page.locator(".notice").waitFor(),
  greeting: agree,
  answer: asked(ANSWERED),
  "answer-source-open": sourcesOpen,
  "answer-sources-list": sourceList,
  "clarifying-question": asked("what are the side effects"),
  list: asked("Which drugs are for HER2-positive breast cancer?"),
  decline: asked("Should I stop taking Ibrance?"),
  emergency: asked("I can't breathe and my lips are swelling"),
  crisis: asked("I do not want to live any more"),
  person: asked("Can I talk to a real person?"),
  "out-of-scope": asked("Tell me about Keytruda"),
  "error-unreachable": broken((route) => route.abort()),
  "error-busy": broken((route) => route.fulfill({ status: 429, headers: { "Retry-After": "5" }, body: "{}" })),
  options: options,
  "sheet-form": sheet,
  "sheet-of-nothing": nothingForASheet,
  "feedback-why": why,
};

for (const [name, reach] of Object.entries(STATES)) {
  await take(`phone-${name}`, PHONE, reach);
  await take(`desktop-${name}`, DESKTOP, reach);
}
for (const name of ["consent", "answer-source-open", "emergency", "error-unreachable", "options"]) {
  await take(`dark-${name}`, { ...PHONE, ...DARK }, STATES[name]);
}
await take("forced-colors-answer", { ...DESKTOP, forcedColors: "active" }, sourcesOpen);
await take("contrast-answer", { ...PHONE, contrast: "more" }, sourcesOpen);
await take("zoom-400-answer", { viewport: { width: 320, height: 256 } }, asked(ANSWERED));
await take("without-javascript", { ...PHONE, javaScriptEnabled: false }, async () => {});
await take("offline", PHONE, async (page) => page.goto(new URL("offline.html", real.url).href));

// Right to left: the same page with the tests' own Arabic. We have no translation to show.
const turned = async (page) => {
  await page.route(/(texts|conversation)\.en\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: inArabic(await response.text()) });
  });
  await page.route(/chat$/, (route) => route.fulfill({ json: REPLY }));
  await page.reload();
  await page.getByRole("button", { name: "فهمت" }).click();
  await page.getByRole("textbox").fill(QUESTION);
  await page.keyboard.press("Enter");
  await page.locator(".marker").first().click();
};
await take("right-to-left", PHONE, turned);

// In a site of another origin.
const demo = await startDemo(real.url, { port });
const embedded = { ...DESKTOP, allow: [real.url] };
const open = (page) => page.getByRole("button", { name: "Ask about a cancer drug" }).click();
await take("embedded-closed", embedded, (page) => page.locator(".launcher").waitFor(), demo.site);
await take("embedded-consent", embedded, async (page) => page.locator(".notice").waitFor(await open(page)), demo.site);
await take("embedded-answer", embedded, async (page) => sourcesOpen(page, await open(page)), demo.site);
await take("embedded-phone-closed", { ...PHONE, allow: [real.url] }, (page) => page.locator(".launcher").waitFor(), demo.site);
await take("embedded-phone-answer", { ...PHONE, allow: [real.url] }, async (page) => sourcesOpen(page, await open(page)), demo.site);
demo.close();

// The sheet, through the page, and each of its pages.
for (const [name, paper, large] of [["letter", "Letter (US)", false], ["a4-large", "A4", true]]) {
  const page = await openPage(browser, real.url, { ...DESKTOP, locale: "en-US" });
  await asked(ANSWERED)(page);
  await ask(page, "How does Herceptin work?");
  await ask(page, "I have a fever of 102");
  await pressOptions(page);
  await page.getByRole("button", { name: "Make a sheet for my doctor" }).click();
  await page.getByRole("radio", { name: paper }).check();
  await page.getByRole("button", { name: "Add a question of my own" }).click();
  await page.getByRole("textbox", { name: "Your own question" }).fill("Can I travel to my sister? 我可以旅行吗？");
  if (large) await page.getByRole("checkbox", { name: "Large print" }).check();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Make my sheet" }).click()]);
  await file.saveAs(join(folder, `sheet-${name}.pdf`));
  execFileSync("pdftoppm", ["-r", "60", "-png", join(folder, `sheet-${name}.pdf`), join(folder, `sheet-${name}`)]);
  await page.context().close();
}

// The page on paper.
const paper = await openPage(browser, real.url, DARK);
await asked(ANSWERED)(paper);
await ask(paper, "How does Herceptin work?");
await ask(paper, "I have a fever of 102");
await paper.pdf({ path: join(folder, "printed.pdf"), format: "A4" });
execFileSync("pdftoppm", ["-r", "60", "-png", join(folder, "printed.pdf"), join(folder, "printed")]);
await browser.close();
await real.close();
