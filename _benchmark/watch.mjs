// usage: node watch.mjs MODULES CHROMIUM URL DIR SAVES
//
// Saves a post below DIR, and a style sheet and a template of the theme, SAVES times
// each, and prints the milliseconds until Chromium shows it: from the save to the
// change of the document, by one clock.
import { createRequire } from "node:module";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const [modules, executablePath, url, dir, saves] = process.argv.slice(2);
const { chromium } = createRequire(modules + "/")("playwright-core");
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
const page = await browser.newPage();
const post = "posts/y003/post-003900";
await page.goto(`${url}/${post}/`);

// until waits in the browser for a text or a style, and gives the browser's clock.
const until = (kind, want) => page.evaluate(([kind, want]) => new Promise((resolve) => {
  const seen = () => kind === "style" ? getComputedStyle(document.body).outlineColor === want
    : kind === "title" ? document.title.includes(want) : document.body.textContent.includes(want);
  const look = () => { if (seen()) { watcher.disconnect(); clearInterval(timer); resolve(Date.now()); } };
  const watcher = new MutationObserver(look);
  watcher.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  const timer = setInterval(look, kind === "style" ? 1 : 50);
}), [kind, want]);

async function measure(name, kind, save) {
  const took = [];
  for (let i = 0; i < Number(saves); i++) {
    const { file, text, want } = save(i);
    await new Promise((resolve) => setTimeout(resolve, 500)); // nobody saves more often
    const seen = until(kind, want);
    await page.evaluate(() => 0); // the browser waits by now
    const start = Date.now();
    writeFileSync(`${dir}/${file}`, text);
    took.push(await seen - start);
  }
  took.sort((a, b) => a - b);
  const at = (share) => took[Math.min(took.length - 1, Math.floor(share * took.length))];
  console.log(`| ${name} | ${at(0.5)} | ${at(0.95)} | ${took[0]} to ${took.at(-1)} |`);
}

const whole = readFileSync(`${dir}/${post}.md`, "utf8");
const titled = (n) => whole.replace(/^title: .*/m, `title: Title ${n} in the browser`);
console.log("| in Chromium, ms | median | 95th percentile | least to most |\n|---|---|---|---|");
await measure("a line more", "text", (i) => ({ file: post + ".md", text: whole + `\nLine ${i} in the browser.\n`, want: `Line ${i} in the browser.` }));
await measure("another title", "title", (i) => ({ file: post + ".md", text: titled(i), want: `Title ${i} in the browser` }));
mkdirSync(`${dir}/theme/assets`, { recursive: true });
await measure("the theme's style sheet", "style", (i) => ({ file: "theme/assets/custom.css", text: `body { outline: 1px solid rgb(1, 2, ${i}) }`, want: `rgb(1, 2, ${i})` }));
const template = readFileSync(new URL("../render/theme/default/post.html", import.meta.url), "utf8");
await measure("the template of the post's page", "text", (i) => ({ file: "theme/post.html", text: template + `<p>Template ${i} in the browser.</p>`, want: `Template ${i} in the browser.` }));
await browser.close();
