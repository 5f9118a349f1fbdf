// Adds a button to each block of code that copies it. Without it the page reads the same.
(() => {
  if (!navigator.clipboard) return;
  for (const pre of document.querySelectorAll(".text pre:not(.mermaid)")) {
    const box = document.createElement("div");
    const button = document.createElement("button");
    const say = (word) => {
      button.textContent = word;
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    };
    box.className = "code";
    button.type = "button";
    button.textContent = "Copy";
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", () => {
      const code = pre.cloneNode(true);
      for (const number of code.querySelectorAll(".ln")) number.remove();
      navigator.clipboard.writeText(code.textContent).then(() => say("Copied"), () => say("Failed"));
    });
    pre.replaceWith(box);
    box.append(pre, button);
  }
})();
