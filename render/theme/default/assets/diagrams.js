/*! Diagrams by Mermaid 11.17.2, (c) Knut Sveidqvist, MIT License, https://mermaid.js.org */
// Draws the diagrams of a page as they come near the window; only then is the library
// loaded, once. Without it, and where a diagram is wrong, its source is there to read.
(() => {
  const { library, integrity } = document.currentScript.dataset;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const sources = new WeakMap(); // from what is drawn to its source
  let loading, count = 0;
  let queue = Promise.resolve(); // the library draws one at a time

  function load() {
    loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      Object.assign(script, { src: library, integrity, onload: resolve, onerror: () => reject(new Error("the library did not load")) });
      document.head.append(script);
    });
    return loading;
  }

  async function draw(pre) {
    const source = sources.get(pre) ?? pre.textContent;
    if (!pre.isConnected || pre.dataset.theme === String(dark.matches)) return;
    try {
      await load();
      mermaid.initialize({
        startOnLoad: false, suppressErrorRendering: true, maxTextSize: 50000, maxEdges: 500,
        securityLevel: "strict", htmlLabels: false, // no HTML, so no pictures from elsewhere; and no diagram may ask for them:
        secure: ["secure", "securityLevel", "startOnLoad", "maxTextSize", "suppressErrorRendering", "maxEdges", "htmlLabels", "themeCSS"],
        theme: dark.matches ? "dark" : "neutral", fontFamily: getComputedStyle(pre).getPropertyValue("--sans"),
      });
      const { svg } = await mermaid.render("diagram-" + ++count, source);
      sources.set(pre, source);
      pre.innerHTML = svg;
      pre.dataset.theme = dark.matches;
    } catch (fault) {
      if (sources.has(pre)) pre.textContent = source;
      pre.title = String(fault.message || fault);
      pre.classList.add("wrong");
    }
  }

  const enqueue = (pre) => { queue = queue.then(() => draw(pre)); };
  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      enqueue(target);
    }
  }, { rootMargin: "50%" });
  const all = () => document.querySelectorAll("pre.mermaid");
  const watch = () => { for (const pre of all()) if (!sources.has(pre)) near.observe(pre); };
  dark.addEventListener("change", () => { for (const pre of all()) if (sources.has(pre)) enqueue(pre); });
  addEventListener("beforeprint", () => { for (const pre of all()) enqueue(pre); });
  document.addEventListener("icecap:change", watch); // of a preview
  watch();
})();
