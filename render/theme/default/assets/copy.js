// Adds a button to each block of code that copies it. Without it the page reads the same.
(() => {
  if (!navigator.clipboard) return;
  for (const pre of document.querySelectorAll(".text pre:not(.mermaid)")) {
    const { copy = "Copy", copied = "Copied", failed = "Failed" } = pre.closest("[data-copy]")?.dataset ?? {};
    const box = document.createElement("div");
    const button = document.createElement("button");
    const say = (word) => {
      button.textContent = word;
      setTimeout(() => { button.textContent = copy; }, 2000);
    };
    box.className = "code";
    button.type = "button";
    button.textContent = copy;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", () => {
      const code = pre.cloneNode(true);
      for (const number of code.querySelectorAll(".ln")) number.remove();
      navigator.clipboard.writeText(code.textContent).then(() => say(copied), () => say(failed));
    });
    pre.replaceWith(box);
    box.append(pre, button);
  }
})();
