// usage: node terms.mjs SEARCH.JS < WORDS
//
// Runs the theme's script without a page, up to the place where it would begin, and
// prints for each text of a JSON list the terms that it makes of it.
import { readFileSync } from "node:fs";

const [file] = process.argv.slice(2);
const start = "  form.hidden = false;";
const script = readFileSync(file, "utf8");
if (!script.includes(start)) throw new Error("the script begins elsewhere");
const part = { dataset: {}, querySelector: () => part };
globalThis.document = { querySelector: () => part };
globalThis.window = globalThis;
(0, eval)(script.replace(start, "globalThis.probe = { written, terms, hash, beginning }; return;"));
const { written, terms, hash, beginning } = globalThis.probe;
const answers = JSON.parse(readFileSync(0, "utf8")).map((text) =>
  written(text).flatMap(terms).map(({ term }) => ({ Term: term, Hash: hash(beginning(term)) })));
console.log(JSON.stringify(answers));
