// Comfort only: every link and form of the desk works without it.
"use strict";

// One click is enough: a second one would submit the form again.
document.addEventListener("submit", (event) => {
  // After every other listener: one may send the form itself, and a disabled button sends nothing.
  setTimeout(() => {
    const button = event.target.querySelector("button");
    if (button && !event.defaultPrevented) button.disabled = true;
  });
});
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button:disabled:not([data-off])")) button.disabled = false;
});

// On a phone the places stand in one row: show the one where the reader is.
const row = document.querySelector(".places");
const here = row?.querySelector("[aria-current]");
if (here) row.scrollLeft = here.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;
