/* Small comforts. Everything on every page works without this file. */
"use strict";

function offerToCopy(place) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button copy";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy " + place.textContent.trim());
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(place.textContent.trim());
    button.textContent = "Copied";
  });
  place.after(button);
}

function comfort(root) {
  if (navigator.clipboard) {
    root.querySelectorAll(".copyable code:only-child").forEach(offerToCopy);
  }
}

document.addEventListener("DOMContentLoaded", () => comfort(document));
document.addEventListener("htmx:load", (event) => comfort(event.target));
