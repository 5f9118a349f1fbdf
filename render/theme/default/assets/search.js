// Searches the index that package render/search describes. Without it the page says so.
(() => {
  const form = document.querySelector("form.search");
  if (!form || !window.fetch) return;
  const input = form.querySelector("input");
  const status = document.querySelector(".found");
  const list = document.querySelector(".results");
  const more = document.querySelector(".again");
  const { index, ...say } = form.dataset;
  const perPage = 10, maxTerms = 6; // of a longer query the longest words count
  const WORD = /[a-z](?:\+\+|#)|[\p{L}\p{N}\p{M}]+/giu;
  const SPACELESS = /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}]/u;
  const RUNS = new RegExp(`${SPACELESS.source}+|[a-z](?:\\+\\+|#)|(?:(?!${SPACELESS.source})[\\p{L}\\p{N}\\p{M}])+`, "gu");
  const LETTERS = { ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ı: "i", ς: "σ" };
  const SIGNS = "!#$%&'()*+,./:;", DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

  const fold = (word) => word.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase().normalize("NFC").replace(/[ßæœøłđıς]/g, (c) => LETTERS[c]);
  const stem = (word) => {
    if (!/^[a-z]{4,}$/.test(word)) return word;
    word = /ies$/.test(word) ? word.slice(0, -3) + "y" : word.replace(/([^su])s$/, "$1");
    const [, rest, ending] = /^(.*[^e])(ing|ed)$/.exec(word) || [];
    if (rest && rest.length >= (ending === "ed" ? 4 : 3) && /[aeiouy]/.test(rest)) word = rest.length > 3 ? rest.replace(/([bdgmnprt])\1$/, "$1") : rest;
    return word.length > 3 ? word.replace(/e$/, "") : word;
  };
  const written = (text) => text.replace(/['’]s(?![\p{L}\p{N}\p{M}])/gu, " ").match(WORD) || [];
  // The terms of a word; each has the word as it was typed, of which it may be the beginning.
  const terms = (word) => (fold(word).match(RUNS) || []).flatMap((run) => {
    if (!SPACELESS.test(run)) return [{ term: stem(run), typed: run }];
    const chars = [...run];
    if (chars.length > 1) return chars.slice(1).map((c, i) => ({ term: chars[i] + c, typed: chars[i] + c }));
    return [{ term: run, typed: run, begin: true }];
  });
  const hash = (text) => {
    let h = 2166136261;
    for (const c of text) h = Math.imul(h ^ c.codePointAt(0), 16777619);
    h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
    return (h ^ (h >>> 12)) >>> 0;
  };
  const beginning = (term) => {
    const chars = [...term].slice(0, 4), at = chars.findIndex((c) => SPACELESS.test(c));
    return chars.slice(0, at < 0 ? 4 : at + 1).join("");
  };

  // Files that were loaded stay; what a newer query does not need is given up.
  const files = new Map();
  let task = new AbortController();
  const load = (name, signal) => {
    if (files.get(name)?.signal.aborted) files.delete(name);
    if (!files.has(name)) {
      const get = (cache) => fetch(index + name, { signal, cache });
      const file = { signal };
      file.json = get("default").catch((e) => { if (signal.aborted) throw e; return get("force-cache"); }) // without a network
        .then((answer) => { if (!answer.ok) throw Object.assign(new Error(answer.status), { gone: true }); return answer.json(); })
        .then((json) => { file.signal = new AbortController().signal; return json; }, (e) => { if (files.get(name) === file) files.delete(name); throw e; });
      files.set(name, file);
    }
    return files.get(name).json;
  };

  // Postings as pairs of a text's number and a level.
  const read = (text) => {
    const list = new Map();
    let level = 0, n = 0, digit = 1, last = 0;
    for (let i = 0; i < text.length; i++) {
      const c = text[i], sign = SIGNS.indexOf(c);
      if (c === "~") { level = -1; continue; }
      if (sign >= 0) { if (level < 0) list.all = last; level = sign + 1; last = 0; continue; }
      const d = DIGITS.indexOf(c);
      n += (d % 32) * digit;
      digit *= 32;
      if (d >= 32) continue;
      last += n;
      n = 0; digit = 1;
      if (level > 0) list.set(last, level);
    }
    return list;
  };

  // How many letters must change, go or change places for one word to be the other; 3 is many.
  const distance = (a, b) => {
    let before = [], row = [...Array(b.length + 1).keys()];
    for (let i = 1; i <= a.length; i++) {
      const next = [i];
      for (let j = 1; j <= b.length; j++) {
        next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) next[j] = Math.min(next[j], before[j - 2] + 1);
      }
      if (Math.min(...next) > 2) return 3;
      [before, row] = [row, next];
    }
    return row[b.length];
  };
  // The term nearest to a misspelt one, of those with the same beginning; of several the commonest.
  const nearest = (terms, term) => {
    let best, least = term.length < 5 ? 0 : term.length < 8 ? 1 : 2;
    for (const other in terms) {
      if (Math.abs(other.length - term.length) > least) continue;
      const d = distance(term, other);
      if (d > least || (d === least && best && terms[other].length <= terms[best].length)) continue;
      [best, least] = [other, d];
    }
    return best;
  };

  // The files in which a term may be whose beginning is misspelt: two letters have changed
  // places, or one stands twice. Of a small index that is all of it.
  const few = 4;
  const elsewhere = (shape, term, fileOf) => {
    if (shape.terms <= few) return [...Array(shape.terms).keys()];
    const chars = [...term], other = new Set();
    for (let i = 0; i < 3; i++) {
      const [one, two, ...rest] = chars.slice(i);
      const end = one === two ? [two, ...rest] : [two, one, ...rest];
      other.add(fileOf([...chars.slice(0, i), ...end].join("")));
    }
    return [...other];
  };

  const lookUp = async (shape, { term, typed, begin }, last, signal, longest) => {
    const fileOf = (text) => Math.floor((hash(beginning(text)) / 2 ** 32) * shape.terms);
    const open = (n) => load(`terms-${shape.terms}/${n}.json`, signal);
    const file = (text) => open(fileOf(text));
    const whole = begin || (last && (shape.terms === 1 || [...typed].length >= 4));
    const [exact, others] = await Promise.all([file(term), whole ? file(typed) : {}]);
    const found = { optional: false, scores: new Map(), also: [] };
    const lists = Object.hasOwn(exact, term) ? [[1, read(exact[term])]] : [];
    if (whole) for (const other in others) if (other !== term && other.startsWith(typed)) lists.push([0.6, read(others[other])]);
    let near = exact;
    const long = !begin && [...term].length >= 5;
    if (long && shape.terms <= few) { // few enough for the ends of compound words
      near = Object.assign({}, ...await Promise.all(elsewhere(shape, term).map(open)));
      for (const other in near) {
        const at = other.indexOf(term);
        if (at < 2 || other.length - at - term.length > 3) continue;
        lists.push([0.4, read(near[other])]);
        found.also.push(other);
      }
    } else if (!lists.length && long && longest && !nearest(exact, term)) {
      near = Object.assign({}, ...await Promise.all(elsewhere(shape, term, fileOf).map(open)));
    }
    if (!lists.length && !begin) {
      found.meant = nearest(near, term);
      if (found.meant) lists.push([0.6, read(near[found.meant])]);
    }
    const count = lists.reduce((sum, [, list]) => sum + (list.all || list.size), 0);
    for (const [factor, list] of lists) {
      if (list.all) found.optional = true;
      const rarity = factor * Math.log(1 + shape.texts / (factor < 1 ? count : list.all || list.size));
      for (const [n, level] of list) found.scores.set(n, Math.max(found.scores.get(n) || 0, level * rarity));
    }
    return found;
  };

  const rank = (parts) => {
    const scores = new Map();
    for (const { scores: found, optional } of parts) for (const [n, score] of found) {
      const s = scores.get(n) || [0, 0];
      scores.set(n, [s[0] + (optional ? 0 : 1), s[1] + score]);
    }
    const most = Math.max(0, ...[...scores.values()].map((s) => s[0]));
    const best = [...scores].filter(([, s]) => s[0] === most).sort((x, y) => y[1][1] - x[1][1] || x[0] - y[0]);
    return { best: best.map(([n]) => n), all: most === parts.filter((p) => !p.optional).length };
  };

  const mark = (element, text, wanted, last) => {
    let at = 0;
    for (const { 0: word, index: i } of text.matchAll(WORD)) {
      const hit = terms(word).some(({ term, typed }) => wanted.has(term) || (last && typed.startsWith(last)));
      if (!hit) continue;
      element.append(text.slice(at, i), Object.assign(document.createElement("mark"), { textContent: word }));
      at = i + word.length;
    }
    element.append(text.slice(at));
  };
  const make = (tag, parent, text) => {
    const element = parent.appendChild(document.createElement(tag));
    if (text) element.textContent = text;
    return element;
  };
  const day = (date) => {
    try {
      return new Date(date).toLocaleDateString(document.documentElement.lang, { dateStyle: "long", timeZone: "UTC" });
    } catch { // a language that is none
      return date;
    }
  };
  const show = async (shape, numbers, from, wanted, last, signal) => {
    const shown = await Promise.all(numbers.slice(from, from + perPage).map(async (n) => {
      const file = Math.min(Math.floor((n * shape.pages) / 2 ** shape.bits), shape.pages - 1);
      return (await load(`pages-${shape.pages}/${file}.json`, signal))[n];
    }));
    if (signal.aborted) return;
    if (!from) list.replaceChildren();
    for (const page of shown) {
      if (!page) continue; // gone since the terms were loaded
      const [title, path, date, detail] = page;
      const item = make("li", list);
      const link = make("a", make("h2", item));
      link.href = path;
      mark(link, title, wanted, last);
      if (date) make("p", item, day(date)).className = "meta";
      if (detail) mark(make("p", item), detail, wanted, last);
    }
    more.hidden = from + perPage >= numbers.length;
    more.onclick = async () => {
      const next = list.children.length;
      await show(shape, numbers, from + perPage, wanted, last, signal).catch(() => { status.textContent = say.failed; });
      list.children[next]?.querySelector("a").focus();
    };
  };

  const search = async (again) => {
    task.abort();
    const { signal } = (task = new AbortController());
    const query = input.value.trim();
    history.replaceState(null, "", query ? "#" + new URLSearchParams({ q: query }) : location.pathname + location.search);
    let wanted = written(query).flatMap(terms);
    const end = wanted.at(-1);
    if (wanted.length > maxTerms) wanted = wanted.sort((x, y) => (y.typed.length - x.typed.length)).slice(0, maxTerms);
    if (!wanted.length) {
      list.replaceChildren();
      more.hidden = true;
      status.textContent = "";
      return;
    }
    const last = /[\p{L}\p{N}\p{M}]$/u.test(query) ? end.typed : "";
    try {
      const shape = await load("index.json", signal);
      const longest = wanted.reduce((a, b) => (b.typed.length > a.typed.length ? b : a));
      const parts = await Promise.all(wanted.map((w) => lookUp(shape, w, last && w === end, signal, w === longest)));
      if (signal.aborted) return;
      const { best, all } = rank(parts);
      const meant = parts.map((p) => p.meant);
      await show(shape, best, 0, new Set([...wanted.map((w) => w.term), ...meant, ...parts.flatMap((p) => p.also)]), [...last].length >= 4 || shape.terms === 1 ? last : "", signal);
      if (signal.aborted) return;
      const count = best.length === 1 ? say.one : say.many.replace("%d", best.length);
      const alike = wanted.filter((w, i) => meant[i]).map((w) => say.alike?.replace("%s", w.typed) || "");
      const more = [...alike, ...(all ? [] : [say.part])].join(" ");
      status.textContent = !best.length ? say.none : more ? `${count}. ${more}` : count;
    } catch (e) {
      if (signal.aborted) return;
      if (e.gone && !again) { // the site is a newer one
        files.clear();
        return search(true);
      }
      status.textContent = say.failed;
    }
  };

  form.hidden = false;
  let timer;
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 120); });
  form.addEventListener("submit", (e) => { e.preventDefault(); clearTimeout(timer); search(); });
  const open = () => {
    input.value = new URLSearchParams(location.hash.slice(1)).get("q") || "";
    if (input.value) search();
  };
  addEventListener("hashchange", open);
  open();
  if (!input.value) input.focus();
})();
