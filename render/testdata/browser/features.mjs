// usage: node features.mjs MODULES CHROMIUM ADDRESS
//
// Opens pages with formulas and diagrams, and prints what is wrong with them, one
// finding a line.
import { axe, given, open } from "../../browsertest/browser.mjs";

const [address] = given;

const readers = {
  light: { colorScheme: "light", viewport: { width: 1000, height: 900 } },
  dark: { colorScheme: "dark", viewport: { width: 1000, height: 900 } },
  phone: { colorScheme: "light", viewport: { width: 320, height: 700 }, isMobile: true, hasTouch: true },
};

const browser = await open();
try {
  for (const [reader, options] of Object.entries(readers)) {
    const context = await browser.newContext({ ...options, reducedMotion: "reduce" });
    await look(context, reader, "/formulas/", formulas);
    await look(context, reader, "/diagrams/", diagrams);
    if (reader === "light") await look(context, reader, "/plain/", async (page, asked, say) => {
      if (asked.some((url) => url.includes(".js"))) say(`loads a script: ${asked}`);
    });
    await context.close();
  }
  await withoutScript();
  await changesColours();
} finally {
  await browser.close();
}

// look opens a page and asks what holds for all.
async function look(context, reader, path, check) {
  const page = await context.newPage();
  const say = (what) => console.log(`${path} (${reader}): ${what}`);
  const asked = [];
  // The source of a trick says onerror, and the policy says that it is not run.
  page.on("console", (m) => { if (["error", "warning"].includes(m.type()) && !m.text().includes("inline event handler")) say(`console: ${m.text()}`); });
  page.on("pageerror", (e) => say(`script: ${e.message}`));
  page.on("dialog", (d) => { say("opens a dialog"); d.dismiss(); });
  page.on("request", (r) => { asked.push(r.url()); if (!r.url().startsWith(address)) say(`asks a foreign host: ${r.url()}`); });
  page.on("response", (r) => { if (r.status() >= 400) say(`${r.status()} ${r.url()}`); });
  await page.goto(address + path);
  await check(page, asked, say);
  if (await page.evaluate(() => window.hacked)) say(`was taken over: ${await page.evaluate(() => window.hacked)}`);
  if (await page.locator('main [href^="javascript:"], main img, main script:not([src])').count()) say("holds what a trick made");
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) say(`is ${wide} too wide`);
  await page.evaluate(axe);
  const result = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  for (const v of result.violations) say(`axe: ${v.id}: ${v.help}: ${v.nodes.map((n) => n.html.slice(0, 150)).slice(0, 3).join(" | ")}`);
  await page.close();
}

// Formulas are shown, as MathML for those who listen; five that are wrong keep their
// source, and of what is not allowed the name is shown.
async function formulas(page, asked, say) {
  const found = await page.evaluate(() => Array.from(document.querySelectorAll(".math"), (e) => ({
    shown: Boolean(e.querySelector("math")), wrong: e.className.includes("wrong"), why: e.title, text: e.textContent.slice(0, 30),
  })));
  for (const f of found) if (f.shown === f.wrong || f.wrong && !(f.why && f.text.startsWith("\\("))) say(`a formula is ${JSON.stringify(f)}`);
  const shown = found.filter((f) => f.shown).length;
  if (shown !== 13 || found.length !== 18) say(`shows ${shown} of ${found.length} formulas: ${JSON.stringify(found)}`);
  await page.evaluate(() => document.fonts.ready);
  if (!await page.evaluate(() => document.fonts.check("16px KaTeX_Math") && getComputedStyle(document.querySelector(".mathnormal")).fontFamily.includes("KaTeX_Math"))) say("has no font for formulas");
  const wrong = await page.evaluate(() => Array.from(document.querySelectorAll(".katex *"), (e) => e.getBoundingClientRect().height).filter((h) => h > 2000).length);
  if (wrong) say("has a formula as high as it likes");
  if (asked.some((url) => url.includes("mermaid"))) say("loads what draws diagrams");
}

async function diagrams(page, asked, say) {
  const all = page.locator("pre.mermaid");
  if (await all.count() !== 4) say(`has ${await all.count()} diagrams`);
  for (const i of [0, 1, 2, 3]) {
    const one = all.nth(i);
    await one.scrollIntoViewIfNeeded();
    await page.waitForFunction((i) => { const e = document.querySelectorAll("pre.mermaid")[i]; return e.querySelector("svg") || e.className.includes("wrong"); }, i);
    const drawn = await one.locator("svg").count() === 1;
    if (drawn === (i === 2)) say(`diagram ${i} is ${await one.evaluate((e) => e.className + " " + e.title)}`);
  }
  if (!(await all.nth(2).textContent()).includes("A[[[[ -->") || !await all.nth(2).getAttribute("title")) say("a wrong diagram does not show its source");
  if (asked.filter((url) => url.includes("mermaid")).length !== 1) say("loads the library not once");
  if (asked.some((url) => url.includes("katex"))) say("loads what sets formulas");
}

// withoutScript reads the sources.
async function withoutScript() {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  for (const [path, text] of [["/formulas/", "\\(e^{i\\pi} + 1 = 0\\)"], ["/formulas/", "\\int_{-\\infty}"], ["/diagrams/", "A[Write] --> B{Mistake?}"]]) {
    await page.goto(address + path);
    if (!(await page.locator("main").innerText()).includes(text)) console.log(`${path} (without scripts): does not show ${text}`);
  }
  await context.close();
}

// changesColours draws again when the reader turns to the dark.
async function changesColours() {
  const page = await browser.newPage({ colorScheme: "light" });
  await page.goto(address + "/diagrams/");
  const colour = () => page.evaluate(() => { const e = document.querySelector("pre.mermaid .node rect"); return e && getComputedStyle(e).fill; });
  await page.locator("pre.mermaid svg").first().waitFor();
  const before = await colour();
  await page.emulateMedia({ colorScheme: "dark" });
  await page.waitForFunction((before) => { const e = document.querySelector("pre.mermaid .node rect"); return e && getComputedStyle(e).fill !== before; }, before, { timeout: 60000 });
  await page.close();
}
