// usage: node check.mjs MODULES CHROMIUM ADDRESS [PATH]...
//
// Opens each page in Chromium, as several kinds of readers do, and prints what
// is wrong with it, one finding a line. It exits 0 whatever it finds. Paths are for
// another site than that of testdata/notes, of which only pages are looked at.
import { axe, given, open } from "../../browsertest/browser.mjs";

const [address, ...others] = given;

// A page of everything comes first: the last checks look at it alone.
const paths = others.length ? others : ["/posts/lake/", "/", "/archive/", "/tags/people/", "/page/2/", "/about/", "/tags/", "/2023/", "/posts/kerach/", "/search/", "/search/#q=ice", "/nothing/"];
const readers = {
  light: { paths, colorScheme: "light", viewport: { width: 1300, height: 900 } },
  dark: { paths: others.length ? others : [...paths.slice(0, 5), "/search/#q=ice"], colorScheme: "dark", viewport: { width: 900, height: 900 } },
  phone: { paths: others.length ? others : [...paths.slice(0, 4), "/search/#q=ice"], colorScheme: "light", viewport: { width: 320, height: 700 }, isMobile: true, hasTouch: true },
};

const found = (path, reader, what) => console.log(`${path} (${reader}): ${what}`);

const browser = await open();
try {
  for (const [reader, { paths, ...options }] of Object.entries(readers)) {
    const context = await browser.newContext({ ...options, reducedMotion: "reduce", permissions: ["clipboard-read", "clipboard-write"] });
    await context.addInitScript(() => {
      window.moved = 0;
      new PerformanceObserver((list) => { for (const e of list.getEntries()) window.moved += e.value; }).observe({ type: "layout-shift", buffered: true });
    });
    for (const path of paths) await look(context, reader, path);
    await context.close();
  }
  if (!others.length) {
    await withoutScript();
    await copies();
    await keyboard();
    await searches();
    await prints();
  }
} finally {
  await browser.close();
}

// look opens a page and asks axe-core, and then what Lighthouse asks.
async function look(context, reader, path) {
  const page = await context.newPage();
  const say = (what) => found(path, reader, what);
  let bytes = 0, requests = 0;
  page.on("console", (m) => { if (["error", "warning"].includes(m.type()) && !(path.includes("nothing") && m.text().includes("404"))) say(`console: ${m.text()}`); });
  page.on("pageerror", (e) => say(`script: ${e.message}`));
  page.on("requestfailed", (r) => say(`failed: ${r.url()}`));
  page.on("request", (r) => { requests++; if (!r.url().startsWith(address)) say(`asks a foreign host: ${r.url()}`); });
  page.on("response", async (r) => { if (r.status() >= 400 && !path.includes("nothing")) say(`${r.status()} ${r.url()}`); });
  await page.goto(address + path);
  if (path.includes("#q=")) await page.locator(".results mark").first().waitFor();
  for (const what of await page.evaluate(inspect)) say(what);
  await page.evaluate(() => { for (const menu of document.querySelectorAll("details.menu")) menu.open = true; });
  await page.evaluate(axe);
  const result = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } }));
  for (const v of result.violations) say(`axe: ${v.id}: ${v.help}: ${v.nodes.map((n) => n.html.slice(0, 150)).slice(0, 3).join(" | ")}`);
  if (requests > 6 + (path.includes("#q=") ? 4 : 0)) say(`${requests} requests for one page`);
  await page.close();
}

// inspect runs in the page.
function inspect() {
  const wrong = [];
  const check = (ok, what) => { if (!ok) wrong.push(what); };
  const missing = document.body.className === "404";
  check(document.documentElement.scrollWidth <= innerWidth, `is ${document.documentElement.scrollWidth} wide in a window of ${innerWidth}`);
  check(document.querySelectorAll("h1").length === 1, "has not exactly one h1");
  check(document.documentElement.lang, "has no language");
  check(document.title.length > 3, "has no title");
  check(missing || document.querySelector("link[rel=canonical]"), "has no canonical address");
  check(document.querySelector("meta[name=viewport]"), "has no viewport");
  check(document.characterSet === "UTF-8", "is not UTF-8");
  check(window.moved < 0.02, `moved by ${window.moved} while it loaded`);
  check(document.querySelectorAll("*").length < 1500, "has more than 1500 elements");
  for (const img of document.images) check(img.width && img.height && img.getAttribute("width") && img.getAttribute("height"), `has an image without a size: ${img.src}`);
  for (const e of document.querySelectorAll("link[rel=stylesheet], script[src]")) check(e.integrity.startsWith("sha256-"), `loads without integrity: ${e.outerHTML}`);
  for (const e of document.querySelectorAll("script[type='application/ld+json']")) JSON.parse(e.textContent);
  for (const script of document.querySelectorAll("script[src]")) check(script.defer, `waits for a script: ${script.src}`);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.data.trim() || ["SCRIPT", "STYLE"].includes(node.parentElement.tagName) || node.parentElement.closest("sup")) continue;
    const size = parseFloat(getComputedStyle(node.parentElement).fontSize);
    check(size >= 12, `has text of ${size}px: ${node.data.trim().slice(0, 40)}`);
  }
  const css = performance.getEntriesByType("resource").filter((e) => e.name.includes(".css")).reduce((sum, e) => sum + e.decodedBodySize, 0);
  check(css > 0 && css < 15 * 1024, `has ${css} bytes of CSS`);
  return wrong;
}

// withoutScript compares what is there to read with and without scripts.
async function withoutScript() {
  const texts = [];
  for (const javaScriptEnabled of [true, false]) {
    const context = await browser.newContext({ javaScriptEnabled });
    const page = await context.newPage();
    await page.goto(address + paths[0]);
    texts.push((await page.locator("body").innerText()).replace(/^Copy$/gm, "").replace(/\s+/g, " "));
    await context.close();
  }
  if (texts[0] !== texts[1] || texts[0].length < 1000) found(paths[0], "without scripts", "reads otherwise");
}

// copies presses the button of the first block of code, and of one with numbered lines.
async function copies() {
  const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
  const page = await context.newPage();
  await page.goto(address + paths[0]);
  for (const begin of ["package main", "class Station:"]) {
    const box = page.locator(".code", { hasText: begin }).first();
    await box.hover();
    await box.getByRole("button", { name: "Copy" }).click();
    await box.getByRole("button", { name: "Copied" }).waitFor();
    const text = await page.evaluate(() => navigator.clipboard.readText());
    if (!text.startsWith(begin + "\n")) found(paths[0], "copy button", `copied ${JSON.stringify(text.slice(0, 40))}`);
  }
  await context.close();
}

// keyboard presses Tab and Enter at once: that skips what stands above the text.
async function keyboard() {
  const page = await browser.newPage();
  await page.goto(address + paths[0]);
  await page.keyboard.press("Tab");
  const skip = await page.evaluate(() => { const r = document.activeElement.getBoundingClientRect(); return [document.activeElement.className, r.left >= 0 && r.top >= 0]; });
  if (skip[0] !== "skip" || !skip[1]) found(paths[0], "keyboard", `the first stop is ${skip}`);
  await page.keyboard.press("Enter");
  if (!page.url().endsWith("#main")) found(paths[0], "keyboard", "the first link does not skip");
  await page.close();
}

// searches works the search page: without scripts it is no dead box, with the keyboard
// alone a result is reached, what was typed is in the address, an answer that comes
// late is not shown, and without a network there is still what was loaded.
async function searches() {
  const path = "/search/", say = (what) => found(path, "search", what);
  const plain = await browser.newContext({ javaScriptEnabled: false });
  const bare = await plain.newPage();
  await bare.goto(address + path);
  if (await bare.getByRole("searchbox").count()) say("has a box without scripts");
  const told = await bare.locator("main").innerText();
  if (!told.includes("All posts are in these lists")) say(`does not say that it needs a script, but ${told}`);
  await plain.close();

  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(address + path);
  await page.keyboard.type("crevasse");
  await page.waitForFunction(() => location.hash === "#q=crevasse"); // each letter searches
  await page.locator(".results a").first().waitFor();
  if (!/^\d+ results?$/.test(await page.getByRole("status").innerText())) say(`announces ${await page.getByRole("status").innerText()}`);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/posts/crevasse/");
  await page.goBack();
  await page.locator(".results a").first().waitFor();
  if (await page.getByRole("searchbox").inputValue() !== "crevasse") say("forgets the query on the way back");

  // The first answer is held back until the second query is answered.
  await page.goto("about:blank");
  await page.goto(address + path);
  let release;
  const held = new Promise((done) => { release = done; });
  await page.route("**/terms-*/**", async (route) => { await held; await route.continue().catch(() => {}); }, { times: 1 });
  const box = page.getByRole("searchbox");
  const asked = page.waitForRequest("**/terms-*/**");
  await box.fill("instruments");
  await asked;
  await box.fill("naming");
  await page.locator(".results a", { hasText: "On the naming of lakes" }).first().waitFor();
  release();
  await page.waitForLoadState("networkidle");
  if (!(await page.locator(".results a").first().innerText()).includes("naming")) say("shows a late answer");

  await context.setOffline(true);
  await box.fill("instruments");
  await page.locator(".results a", { hasText: "Instruments that fail in the cold" }).first().waitFor();
  await box.fill("a");
  await context.close();
}

// prints looks at what goes onto paper.
async function prints() {
  const page = await browser.newPage({ colorScheme: "dark" });
  await page.goto(address + paths[0]);
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  for (const part of [".top nav", ".toc", ".pair", ".bottom", ".skip"]) {
    for (const e of await page.locator(part).all()) if (await e.isVisible()) found(paths[0], "paper", `shows ${part}`);
  }
  const colours = await page.evaluate(() => { const s = getComputedStyle(document.body); return `${s.color} on ${s.backgroundColor}`; });
  if (colours !== "rgb(0, 0, 0) on rgb(255, 255, 255)") found(paths[0], "paper", colours);
  await page.close();
}
