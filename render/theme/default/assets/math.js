/*! Formulas by KaTeX 0.19.1, (c) Khan Academy and other contributors, MIT License, https://katex.org */
// Sets the TeX on a page. Without it, and where TeX is wrong, its source is there to
// read. What TeX may not do: load, link, set classes or styles (trust is off), grow
// without end (maxExpand), or draw larger than a page (maxSize).
(() => {
  const macros = {}; // \gdef holds for the rest of the page
  const longest = 20000;

  function show(formula) {
    if (formula.firstElementChild) return;
    const source = formula.textContent.trim();
    if (!/^\\[([]/.test(source)) return;
    const box = document.createElement("span");
    try {
      if (source.length > longest) throw new Error(`longer than ${longest} characters`);
      katex.render(source.slice(2, -2), box, {
        displayMode: formula.classList.contains("display"),
        macros, globalGroup: false, trust: false, strict: "ignore", throwOnError: true, maxExpand: 1000, maxSize: 12,
        errorColor: "var(--caution)", // of a command that is not allowed
      });
    } catch (fault) {
      formula.title = String(fault.message || fault);
      formula.classList.add("wrong");
      return;
    }
    formula.removeAttribute("role"); // MathML has one of its own
    formula.replaceChildren(...box.childNodes);
  }

  function showAll() {
    for (const formula of document.querySelectorAll(".math")) show(formula);
  }

  if (typeof katex === "undefined") return;
  document.addEventListener("icecap:change", showAll); // of a preview
  showAll();
})();
