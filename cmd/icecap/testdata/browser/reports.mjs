// usage: node reports.mjs MODULES CHROMIUM FILE...
//
// Opens each report in Chromium, on a light screen, a dark one and a phone, and prints
// what is wrong with it, one finding a line. It exits 0 whatever it finds.
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { axe, given, open } from "../../../../render/browsertest/browser.mjs";

const files = given;

const readers = {
  light: { colorScheme: "light", viewport: { width: 1300, height: 900 } },
  dark: { colorScheme: "dark", viewport: { width: 900, height: 900 } },
  phone: { colorScheme: "light", viewport: { width: 320, height: 700 } },
};

const browser = await open();
try {
  for (const [reader, options] of Object.entries(readers)) {
    const context = await browser.newContext({ ...options, bypassCSP: true });
    for (const file of files) {
      const found = (what) => console.log(`${basename(file)} (${reader}): ${what}`);
      const page = await context.newPage();
      page.on("console", (message) => found(message.text()));
      page.on("request", (request) => { if (!request.url().startsWith("file:")) found(`asks for ${request.url()}`); });
      await page.goto(pathToFileURL(file).href);
      await page.addScriptTag({ content: axe });
      const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
      for (const v of violations) for (const node of v.nodes) found(`${v.id}: ${node.html}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth ? [] : [...document.querySelectorAll("main *")]
        .filter((e) => e.getBoundingClientRect().right > window.innerWidth && !e.closest(".scroll")).map((e) => e.outerHTML.slice(0, 80)));
      if (wide.length > 0) found(`too wide: ${wide[wide.length - 1]}`);
      await page.close();
    }
    await context.close();
  }
} finally {
  await browser.close();
}
