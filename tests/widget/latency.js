// How long a person waits in a real browser, from the key that sends to the answer on the screen: node latency.js URL
// Prints JSON: milliseconds of the first replies of new visits and of the second ones. `benchmarks/page.py` runs it.

import { agree, launch, openPage } from "./browser.js";

const VISITS = 20;
const QUESTIONS = ["What are the side effects of Ibrance?", "How does Herceptin work?", "Does Verzenio cause diarrhea?", "What is HER2?"];

const [, , url] = process.argv;
const browser = await launch();
const waits = { first: [], second: [] };
for (let visit = 0; visit < VISITS; visit++) {
  const page = await openPage(browser, url);
  await agree(page);
  waits.first.push(await wait(page, QUESTIONS[visit % QUESTIONS.length]));
  waits.second.push(await wait(page, QUESTIONS[(visit + 1) % QUESTIONS.length]));
  await page.context().close();
}
await browser.close();
console.log(JSON.stringify(waits));

/** The clock is the page's own: it begins with the key and ends when the answer has been painted. */
async function wait(page, question) {
  await page.getByRole("textbox").fill(question);
  await page.evaluate(() => {
    const { shadowRoot } = document.querySelector("helpline-chat");
    window.waited = new Promise((resolve) => {
      let began;
      shadowRoot.querySelector("textarea").addEventListener("keydown", () => (began = performance.now()), { capture: true, once: true });
      const painted = () => requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
      new MutationObserver((records, observer) => {
        const added = records.flatMap((record) => [...record.addedNodes]);
        if (!added.some((node) => node.matches?.(".bot:not(.note, .fault)"))) return;
        observer.disconnect();
        painted();
      }).observe(shadowRoot.querySelector(".log"), { childList: true });
    });
  });
  await page.keyboard.press("Enter");
  return page.evaluate(() => window.waited);
}
