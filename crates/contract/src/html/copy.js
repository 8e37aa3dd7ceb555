"use strict";
// Without a clipboard, or without this script, the text can still be selected.
for (const box of navigator.clipboard ? document.querySelectorAll(".copy") : []) {
  const button = document.createElement("button");
  const what = document.createElement("span");
  what.className = "unseen";
  what.textContent = " " + box.dataset.what;
  const say = (word) => button.replaceChildren(word, what);
  say("Copy");
  button.type = "button";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(box.querySelector("pre").textContent);
      say("Copied");
    } catch {
      say("Not allowed to copy");
    }
    setTimeout(say, 2000, "Copy");
  });
  box.append(button);
}
