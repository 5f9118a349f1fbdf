// What the scripts of tests share. They are called with
//
//     node SCRIPT MODULES CHROMIUM ARGUMENT...
import { createRequire } from "node:module";

const [modules, executablePath, ...rest] = process.argv.slice(2);
const require = createRequire(modules + "/");

// given are the arguments behind the first two.
export const given = rest;

// axe is the source of axe-core, for a page to run.
export const axe = require("axe-core").source;

// open starts Chromium, without errands of its own on the network.
export const open = () => require("playwright-core").chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});
