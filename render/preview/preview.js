// The preview's part in the browser. See the comment of package preview.
(() => {
  "use strict";
  const own = "icecap-preview";
  let note = takeNote(document);
  document.currentScript.remove();
  let scripts = scriptsOf(document);
  let seen = note.generation;
  let busy = false;
  let again = false;
  const shown = panel();
  show(note.problems);
  listen();

  // takeNote reads what the page says of itself, and takes it out.
  function takeNote(doc) {
    const element = doc.getElementById(own);
    const read = JSON.parse(element.textContent);
    element.remove();
    return read;
  }

  // scriptsOf tells documents apart whose scripts differ: those must start anew.
  function scriptsOf(doc) {
    return Array.from(doc.scripts)
      .filter((s) => !s.type || s.type === "module" || s.type.includes("javascript"))
      .filter((s) => s.getAttribute("src") !== "/-/preview.js")
      .map((s) => s.outerHTML).join("\n");
  }

  function listen() {
    if (window.SharedWorker) {
      const port = new SharedWorker("/-/worker.js", "icecap").port;
      port.onmessage = (event) => hear(JSON.parse(event.data));
      addEventListener("pagehide", () => port.postMessage("bye"));
    } else {
      new EventSource("/-/events").onmessage = (event) => hear(JSON.parse(event.data));
    }
    addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  }

  function hear(state) {
    if (state.generation === seen) return;
    seen = state.generation;
    const { file, url } = state.edited;
    if (url && url !== location.pathname && (state.jump && !/\.[^/]*$/.test(url) || file === note.file)) {
      location.href = url;
      return;
    }
    swap(state.changed || []);
    refresh();
  }

  // refresh asks for the page once more, and again if something happened meanwhile.
  async function refresh() {
    if (busy) { again = true; return; }
    busy = true;
    do {
      again = false;
      try {
        const answer = await fetch(location.href, { cache: "no-store" });
        patch(await answer.text());
      } catch (failure) {
        console.warn("icecap preview:", failure);
      }
    } while (again);
    busy = false;
  }

  function patch(html) {
    const doc = new DOMParser().parseFromString(html, "text/html");
    const next = takeNote(doc);
    doc.querySelector('script[src="/-/preview.js"]').remove();
    if (next.problems.length && !doc.body.childNodes.length) { // there is nothing to show but the panel
      show(next.problems);
      return;
    }
    if (scriptsOf(doc) !== scripts) { location.reload(); return; }
    note = next;
    attributes(document.documentElement, doc.documentElement);
    morph(document.head, doc.head);
    morph(document.body, doc.body);
    show(note.problems);
    document.dispatchEvent(new CustomEvent("icecap:shown", { detail: note.generation }));
  }

  // morph makes one node like another, and leaves alone what is like it already.
  function morph(from, to) {
    if (from.isEqualNode(to)) return;
    if (from.nodeType !== to.nodeType || from.nodeName !== to.nodeName) {
      from.replaceWith(document.importNode(to, true));
    } else if (from.nodeType !== Node.ELEMENT_NODE) {
      from.data = to.data;
    } else if (from.nodeName === "LINK" && from.rel === "stylesheet" && bare(from.getAttribute("href")) !== to.getAttribute("href")) {
      replaceSheet(from, document.importNode(to, true));
    } else {
      attributes(from, to);
      children(from, to);
    }
  }

  function attributes(from, to) {
    for (const { name, value } of Array.from(to.attributes)) {
      if (from.getAttribute(name) !== value && bare(from.getAttribute(name)) !== value) from.setAttribute(name, value);
    }
    if (from === document.documentElement) return; // scripts keep their state there
    for (const { name } of Array.from(from.attributes)) {
      if (!to.hasAttribute(name) && name !== "open") from.removeAttribute(name);
    }
  }

  // children keeps what is the same at both ends, which after one edit is all but
  // what was edited, and makes the rest alike in pairs.
  function children(from, to) {
    const old = Array.from(from.childNodes).filter((node) => !leaving.has(node));
    const now = Array.from(to.childNodes);
    while (old.length && now.length && old[0].isEqualNode(now[0])) { old.shift(); now.shift(); }
    let after = null;
    while (old.length && now.length && old[old.length - 1].isEqualNode(now[now.length - 1])) { after = old.pop(); now.pop(); }
    const both = Math.min(old.length, now.length);
    for (let i = 0; i < both; i++) morph(old[i], now[i]);
    for (const node of old.slice(both)) node.remove();
    for (const node of now.slice(both)) from.insertBefore(document.importNode(node, true), after);
  }

  const leaving = new WeakSet(); // style sheets that stay until another one is there
  const mark = /[?&]icecap=\d+$/;
  function bare(url) { return url && url.replace(mark, ""); }

  // swap loads style sheets and pictures again that changed under the same name.
  function swap(changed) {
    const fresh = (url) => bare(url) + (bare(url).includes("?") ? "&" : "?") + "icecap=" + seen;
    const touched = (url) => changed.includes(new URL(url, location.href).pathname);
    for (const link of document.querySelectorAll('link[rel="stylesheet"]')) {
      if (!touched(link.href) || leaving.has(link)) continue;
      const next = link.cloneNode();
      next.href = fresh(link.getAttribute("href"));
      replaceSheet(link, next);
    }
    for (const image of document.querySelectorAll("img[src]")) {
      if (touched(image.src)) image.src = fresh(image.getAttribute("src"));
    }
  }

  // replaceSheet lets the old style sheet stay until the new one is there.
  function replaceSheet(old, next) {
    next.onload = next.onerror = () => old.remove();
    leaving.add(old);
    old.after(next);
  }

  // panel is the place of badge and mistakes, out of the page's reach.
  function panel() {
    const host = document.createElement(own);
    host.hidden = true;
    document.documentElement.append(host);
    return host.attachShadow({ mode: "open" });
  }

  const style = `
    :host { all: initial; }
    div { font: 14px/1.5 ui-monospace, monospace; }
    .panel { position: fixed; inset: auto 0 0 0; max-height: 70vh; overflow: auto; z-index: 2147483647; padding: 1em 1.5em;
      background: #1b1b1fee; color: #eee; border-top: 4px solid #e5484d; }
    .panel p { margin: 0 0 .3em; } .panel pre { margin: 0 0 1em; padding: .4em .8em; background: #0008; overflow: auto; }
    .what { color: #ff9592; } .hint { color: #aaa; }
    .badge { position: fixed; left: 1em; bottom: 1em; z-index: 2147483646; padding: .2em .8em; border-radius: 1em; background: #b45309; color: #fff; }`;

  function show(problems) {
    const parts = [];
    const add = (name, kind, text) => {
      const element = document.createElement(name);
      if (kind) element.className = kind;
      element.textContent = text;
      return element;
    };
    if (problems.length) {
      const box = add("div", "panel", "");
      box.setAttribute("role", "alert");
      for (const p of problems) {
        box.append(add("p", "what", p.what), add("p", "at", p.file + (p.line ? ":" + p.line : "")));
        if (p.excerpt) box.append(add("pre", "", p.line + " | " + p.excerpt));
        if (p.hint) box.append(add("p", "hint", p.hint));
      }
      parts.push(box);
    }
    if (note.badge) parts.push(add("div", "badge", note.badge));
    if (parts.length) parts.unshift(add("style", "", style));
    shown.host.hidden = parts.length === 0;
    shown.replaceChildren(...parts);
  }
})();
