// Comfort only: every link and form of the desk works without it.
"use strict";

// A switch changes the page's contents and leaves the reader where they are.
document.addEventListener("click", async (event) => {
  const link = event.target.closest(".switches a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  try {
    const answer = await fetch(link.href);
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector(".desk");
    if (!fresh) throw new Error("no desk");
    document.querySelector(".desk").replaceWith(fresh);
    document.querySelector(".head").replaceWith(page.querySelector(".head"));
    document.title = page.title;
    history.replaceState(null, "", link.href.split("#")[0]);
    fresh.querySelector(`.switches a[href="${CSS.escape(link.getAttribute("href"))}"]`)?.focus({ preventScroll: true });
  } catch {
    location.assign(link.href);
  }
});

// One click is enough: a second one would submit the form again.
document.addEventListener("submit", (event) => {
  const button = event.target.querySelector("button");
  if (button) button.disabled = true;
});
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button:disabled")) button.disabled = false;
});
