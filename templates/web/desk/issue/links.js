// Try every link and picture, and show how far that is.
import { refresh } from "./refresh.js";
import { post } from "./save.js";

const PAUSE = 600;

export function followLinks() {
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-links]");
    if (!form) return;
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    let reply = await post(form.getAttribute("action"), new FormData(form));
    while (reply.is_running) {
      document.querySelector("[data-links-state]").textContent = reply.sentence;
      await new Promise((resolve) => { setTimeout(resolve, PAUSE); });
      try {
        reply = await (await fetch(form.dataset.links, { headers: { Accept: "application/json" } })).json();
      } catch {
        reply = { sentence: "The desk does not answer. Try again in a moment." };
      }
    }
    button.disabled = false;
    await refresh().catch(() => {});
    const state = document.querySelector("[data-links-state]");
    if (state) state.textContent = reply.problem ?? reply.sentence;
  });
}
