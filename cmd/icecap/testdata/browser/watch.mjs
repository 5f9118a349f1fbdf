// usage: node watch.mjs MODULES CHROMIUM URL DIR [PROXY]
//
// Writes to the folder DIR that icecap watch shows at URL, and through a proxy at
// PROXY, and looks at what Chromium makes of it. Prints what is wrong, one finding a
// line.
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { given, open } from "../../../../render/browsertest/browser.mjs";

const [url, dir, proxy] = given;

const write = (name, text) => {
  mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
  writeFileSync(path.join(dir, name), text);
};
const post = (title, last) => `---\ntitle: ${title}\ndate: 2024-01-02\n---\n${"A paragraph that takes some room.\n\n".repeat(100)}<!-- -->\n\n${last}\n`;

const browser = await open();
const context = await browser.newContext();
context.setDefaultTimeout(60000);
const errors = [];
context.on("weberror", (e) => errors.push(e.error().message));

// step is one thing that a writer sees; what it throws is a finding.
async function step(name, check) {
  try {
    await check();
  } catch (problem) {
    console.log(`${name}: ${String(problem.message).split("\n").slice(0, 4).join(" ")}`);
  }
}
const expect = (what, ok) => { if (!ok) throw new Error(what); };
const shows = (page, text) => page.waitForFunction((text) => document.body.innerText.includes(text), text);
const panel = (page, text) => page.waitForFunction((text) => {
  const shown = document.querySelector("icecap-preview").shadowRoot.querySelector(".panel");
  return text ? shown && shown.textContent.includes(text) : !shown;
}, text);

write("posts/long.md", post("Long", "The end."));
const page = await context.newPage();
let loads = 0;
page.on("framenavigated", () => loads++);
for (let tries = 0; (await page.goto(url + "/posts/long/")).status() !== 200 && tries < 1000; tries++);
loads = 0;

await step("an edit is seen in place", async () => {
  await page.evaluate(() => {
    window.same = "this very document";
    document.querySelector("a.brand").focus();
    scrollTo({ top: 900, behavior: "instant" });
  });
  write("posts/long.md", post("Long", "Another end."));
  await shows(page, "Another end.");
  expect("the page was loaded anew", await page.evaluate(() => window.same) === "this very document" && loads === 0);
  expect("the scroll position is lost", await page.evaluate(() => scrollY) === 900);
  expect("the focus is lost", await page.evaluate(() => document.activeElement.className) === "brand");
});

await step("a title", async () => {
  write("posts/long.md", post("Longer", "Another end."));
  await page.waitForFunction(() => document.title.startsWith("Longer"));
  expect("the page was loaded anew", loads === 0);
});

await step("a mistake", async () => {
  write("posts/long.md", post("Longer", "Another end.\n\n{{< nosuch >}}"));
  await panel(page, "posts/long.md:");
  await panel(page, "nosuch");
  expect("the last good page is gone", await page.evaluate(() => document.body.innerText.includes("Another end.")));
  expect("the scroll position is lost", await page.evaluate(() => scrollY) === 900);
  write("posts/long.md", post("Longer", "Mended."));
  await shows(page, "Mended.");
  await panel(page, "");
});

await step("what scripts and readers added", async () => {
  await page.evaluate(() => {
    const button = document.createElement("button");
    button.id = "added";
    document.querySelector("main p").append(button);
  });
  write("posts/long.md", post("Longer", "Edited below."));
  await shows(page, "Edited below.");
  expect("it is gone", await page.evaluate(() => document.getElementById("added") !== null));
});

await step("a formula and a diagram", async () => {
  const text = (tex, label) => `---\ntitle: Features\nmath: true\n---\nHere $${tex}$ it is.\n\n\`\`\`mermaid\nflowchart LR\n  A[${label}]\n\`\`\`\n`;
  write("features.md", text("x_1", "One"));
  const tab = await context.newPage();
  for (let tries = 0; (await tab.goto(url + "/features/")).status() !== 200 && tries < 1000; tries++);
  const shown = (tex, label) => tab.waitForFunction(([tex, label]) => document.querySelector(".math annotation")?.textContent === tex
    && document.querySelector("pre.mermaid svg")?.textContent.includes(label), [tex, label]);
  await shown("x_1", "One");
  await tab.evaluate(() => { window.same = true; });
  write("features.md", text("y_2", "Two"));
  await shown("y_2", "Two");
  expect("the page was loaded anew", await tab.evaluate(() => window.same));
  await tab.close();
});

await step("a style sheet of the theme", async () => {
  write("theme/assets/custom.css", "body { outline: 3px solid rgb(1, 2, 3) }");
  await page.waitForFunction(() => getComputedStyle(document.body).outlineColor === "rgb(1, 2, 3)");
  write("theme/assets/custom.css", "body { outline: 3px solid rgb(4, 5, 6) }");
  await page.waitForFunction(() => getComputedStyle(document.body).outlineColor === "rgb(4, 5, 6)");
  await page.waitForFunction(() => document.querySelectorAll('link[rel="stylesheet"]').length === 2);
  expect("the page was loaded anew", loads === 0);
});

await step("a file under the same name", async () => {
  write("theme/sitehead.html", '<link rel="stylesheet" href="/own.css">');
  write("static/own.css", "body { outline: 3px solid rgb(7, 7, 7) }");
  await page.waitForFunction(() => getComputedStyle(document.body).outlineColor === "rgb(7, 7, 7)");
  write("static/own.css", "body { outline: 3px solid rgb(8, 8, 8) }");
  await page.waitForFunction(() => getComputedStyle(document.body).outlineColor === "rgb(8, 8, 8)");
  expect("the page was loaded anew", loads === 0);
});

await step("several tabs, one stream", async () => {
  const tabs = [];
  for (let i = 0; i < 9; i++) { // more than a browser's connections to one host
    tabs.push(await context.newPage());
    await tabs[i].goto(url + (i % 2 ? "/" : "/posts/long/"));
  }
  write("posts/long.md", post("For all", "All see it."));
  for (const [i, tab] of tabs.entries()) await shows(tab, i % 2 ? "For all" : "All see it.");
  for (const tab of tabs) await tab.close();
});

// seenInPlace edits the page that a tab of its own shows.
async function seenInPlace(own, address, text) {
  const tab = await own.newPage();
  await tab.goto(address + "/posts/long/");
  await tab.evaluate(() => { window.same = "this very document"; });
  write("posts/long.md", post("Long", text));
  await shows(tab, text);
  expect("the page was loaded anew", await tab.evaluate(() => window.same) === "this very document");
  await own.close();
}

await step("a browser without shared workers", async () => {
  const own = await browser.newContext();
  await own.addInitScript(() => { delete window.SharedWorker; });
  await seenInPlace(own, url, "Without a worker.");
});

if (proxy) await step("through a proxy", async () => seenInPlace(await browser.newContext(), proxy, "Through a proxy."));

await step("a badge", async () => {
  write("posts/draft.md", "---\ntitle: Draft\ndate: 2024-01-01\ndraft: true\n---\nNot yet.\n");
  const tab = await context.newPage();
  for (let tries = 0; (await tab.goto(url + "/posts/draft/")).status() !== 200 && tries < 1000; tries++);
  expect("no badge", await tab.evaluate(() => document.querySelector("icecap-preview").shadowRoot.querySelector(".badge").textContent) === "draft");
  await tab.close();
});

await step("a page that moves is followed", async () => {
  write("posts/long.md", post("Long", "Moved.").replace("title:", "slug: moved\ntitle:"));
  await page.waitForURL(url + "/posts/moved/");
  await shows(page, "Moved.");
});

await step("a page that goes and comes back", async () => {
  renameSync(path.join(dir, "posts/long.md"), path.join(dir, "long.away"));
  await shows(page, "There is no such page");
  renameSync(path.join(dir, "long.away"), path.join(dir, "posts/long.md"));
  await shows(page, "Moved.");
});

for (const error of errors) console.log(`script: ${error}`);
await browser.close();
