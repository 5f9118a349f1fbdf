// The preview's part in the browser. See the comment of package preview.
(() => {
  "use strict";
  const own = "icecap-preview";
  // What was sent is kept beside what is shown, and only where two documents that
  // were sent differ is the shown one changed: what scripts and readers made of the
  // rest stays.
  const live = new WeakMap(); // from a node that was sent to the one that is shown
  const style = `
    :host { all: initial; }
    div { font: 14px/1.5 ui-monospace, monospace; }
    .panel { position: fixed; inset: auto 0 0 0; max-height: 70vh; overflow: auto; z-index: 2147483647; padding: 1em 1.5em;
      background: #1b1b1f; color: #eee; border-top: 4px solid #e5484d; }
    .panel p { margin: 0 0 .3em; } .panel pre { margin: 0 0 1em; padding: .4em .8em; background: #0008; overflow: auto; }
    .what { color: #ff9592; } .hint { color: #aaa; }
    .badge { position: fixed; left: 1em; bottom: 1em; z-index: 2147483646; padding: .2em .8em; border-radius: 1em; background: #b45309; color: #fff; }`;
  let note = takeNote(document);
  document.currentScript.remove();
  let sent = document.documentElement.cloneNode(true);
  pair(sent, document.documentElement);
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
  function scriptsOf(root) {
    return Array.from(root.querySelectorAll("script"))
      .filter((s) => !s.type || s.type === "module" || s.type.includes("javascript"))
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
    const now = doc.documentElement;
    if (scriptsOf(now) !== scriptsOf(sent)) { location.reload(); return; }
    note = next;
    attributes(sent, now, document.documentElement);
    morph(sent.querySelector("head"), doc.head);
    morph(sent.querySelector("body"), doc.body);
    sent = now;
    document.dispatchEvent(new Event("icecap:change")); // for the theme's scripts
    show(note.problems);
  }

  function pair(one, shown) {
    live.set(one, shown);
    one.childNodes.forEach((child, i) => pair(child, shown.childNodes[i]));
  }

  // same notes that what was sent again is shown already.
  function same(from, to) {
    live.set(to, live.get(from));
    to.childNodes.forEach((child, i) => same(from.childNodes[i], child));
  }

  function fresh(to) {
    const node = document.importNode(to, true);
    pair(to, node);
    return node;
  }

  // morph shows one node where another one was, with as little change as can be.
  function morph(from, to) {
    const shown = live.get(from);
    if (from.isEqualNode(to)) {
      same(from, to);
    } else if (from.nodeType !== to.nodeType || from.nodeName !== to.nodeName) {
      shown.replaceWith(fresh(to));
    } else if (from.nodeType !== Node.ELEMENT_NODE) {
      shown.data = to.data;
      live.set(to, shown);
    } else if (from.matches(".math, pre.mermaid")) { // a script made something of the whole of it
      shown.replaceWith(fresh(to));
    } else if (from.nodeName === "LINK" && from.rel === "stylesheet") {
      replaceSheet(shown, fresh(to));
    } else {
      attributes(from, to, shown);
      children(from, to, shown);
      live.set(to, shown);
    }
  }

  function attributes(from, to, shown) {
    for (const { name, value } of to.attributes) {
      if (from.getAttribute(name) !== value) shown.setAttribute(name, value);
    }
    if (shown === document.documentElement) return; // scripts keep their state there
    for (const { name } of from.attributes) {
      if (!to.hasAttribute(name)) shown.removeAttribute(name);
    }
  }

  // children keeps what is the same at both ends, which after one edit is all but
  // what was edited, and makes the rest alike in pairs.
  function children(from, to, shown) {
    const old = Array.from(from.childNodes);
    const now = Array.from(to.childNodes);
    while (old.length && now.length && old[0].isEqualNode(now[0])) same(old.shift(), now.shift());
    let after = null;
    while (old.length && now.length && old.at(-1).isEqualNode(now.at(-1))) {
      after = live.get(old.at(-1));
      same(old.pop(), now.pop());
    }
    if (after && after.parentNode !== shown) after = null; // a script moved it
    const both = Math.min(old.length, now.length);
    for (let i = 0; i < both; i++) morph(old[i], now[i]);
    for (const node of old.slice(both)) live.get(node).remove();
    for (const node of now.slice(both)) shown.insertBefore(fresh(node), after);
  }

  // swap loads style sheets and pictures again that changed under the same name.
  function swap(changed) {
    const touched = (url) => changed.includes(new URL(url, location.href).pathname);
    const again = (url) => url + (url.includes("?") ? "&" : "?") + "icecap=" + seen;
    for (const link of sent.querySelectorAll('link[rel="stylesheet"][href]')) {
      if (!touched(link.getAttribute("href"))) continue;
      const next = link.cloneNode();
      next.setAttribute("href", again(link.getAttribute("href")));
      replaceSheet(live.get(link), next);
      live.set(link, next);
    }
    for (const image of sent.querySelectorAll("img[src]")) {
      if (touched(image.getAttribute("src"))) live.get(image).setAttribute("src", again(image.getAttribute("src")));
    }
  }

  // replaceSheet lets the old style sheet stay until the new one is there.
  function replaceSheet(old, next) {
    next.onload = next.onerror = () => old.remove();
    old.after(next);
  }

  // panel is the place of badge and mistakes, out of the page's reach.
  function panel() {
    const host = document.createElement(own);
    host.hidden = true;
    document.documentElement.append(host);
    return host.attachShadow({ mode: "open" });
  }

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
