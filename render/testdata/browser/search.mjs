// usage: node search.mjs MODULES CHROMIUM ADDRESS QUERY...
//
// Types each query into the search page at an address, as a reader does who has loaded
// nothing yet, and prints a line of JSON with what is found:
// {"Query", "Status", "Titles", "URLs", "Marks"}. URLs are the files of the index that
// were loaded.
import { given, open } from "../../browsertest/browser.mjs";

const [address, ...queries] = given;

const browser = await open();
try {
  for (const query of queries) {
    const page = await browser.newPage();
    const urls = [], errors = [];
    page.on("pageerror", (e) => errors.push(e.message));
    page.on("console", (m) => { if (m.type() === "error") errors.push(m.text()); });
    page.on("request", (r) => { if (r.url().endsWith(".json")) urls.push(r.url()); });
    await page.goto(address);
    await page.getByRole("searchbox").fill(query);
    await page.locator(".found:not(:empty)").waitFor();
    if (errors.length) throw new Error(`${query}: ${errors}`);
    console.log(JSON.stringify({
      Query: query, Status: await page.getByRole("status").innerText(), URLs: urls,
      Titles: await page.locator(".results h2").allInnerTexts(), Marks: await page.locator(".results mark").count(),
    }));
    await page.close();
  }
} finally {
  await browser.close();
}
