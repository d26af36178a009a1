// Live progress: the panel of a delivery is fetched anew while it may change. Without scripts the
// page has a link for that.
"use strict";

const LOOK_AGAIN = 1000; // milliseconds

const lookAgain = async (place) => {
  const panel = place.querySelector("[data-panel]");
  if (!panel) return;
  let failed = false;
  try {
    const answer = await fetch(panel.dataset.panel, { headers: { Accept: "text/html" } });
    if (answer.status === 204 || answer.status === 403) {
      location.reload();
      return;
    }
    failed = !answer.ok;
    if (answer.ok) replacePanel(place, panel, await answer.text());
  } catch {
    failed = true;
  }
  setTimeout(() => lookAgain(place), failed ? 5 * LOOK_AGAIN : LOOK_AGAIN);
};

const replacePanel = (place, panel, text) => {
  const fresh = new DOMParser().parseFromString(text, "text/html").querySelector(".delivery");
  // A form that is being sent stays as it is, and so does an open question.
  if (!fresh || fresh.dataset.state === panel.dataset.state) return;
  if (panel.querySelector("button:disabled, details[open]")) return;
  const focused = panel.contains(document.activeElement) && document.activeElement.dataset.act;
  panel.replaceWith(fresh);
  if (focused) (fresh.querySelector(`[data-act="${focused}"]`) ?? fresh.querySelector("button"))?.focus();
};

for (const place of document.querySelectorAll(".live")) setTimeout(() => lookAgain(place), LOOK_AGAIN);
