// Show the page as it is now, and leave the author where they are: what is typed stays, and the
// preview changes without a flash.
import { isSaving, say } from "./save.js";

const WATCH = 4000;
let round = 0;
const desk = () => document.querySelector(".issue-desk");

// `place` is where the preview scrolls to; `address` is another view of the page.
export async function refresh({ address = location.href, place = "", focus = null } = {}) {
  round += 1;
  const mine = round;
  const answer = await fetch(address.split("#")[0]);
  if (!answer.ok) throw new Error(answer.statusText);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (mine !== round) return;
  const fresh = page.querySelector(".issue-desk");
  if (!fresh) {
    // Nothing is left to send, or the desk is locked: that is another page.
    location.assign(address);
    return;
  }
  document.title = page.title;
  if (address !== location.href) {
    history.replaceState(null, "", address.split("#")[0]);
    desk().className = fresh.className;
    document.querySelector(".see").replaceWith(page.querySelector(".see"));
  }
  for (const region of page.querySelectorAll("[data-live]")) swap(region);
  swapFrames(page, place);
  desk().dataset.state = fresh.dataset.state;
  desk().dataset.stateUrl = fresh.dataset.stateUrl;
  if (focus) document.querySelector(focus)?.focus({ preventScroll: true });
}

function plain(element) {
  return element.outerHTML
    .replace(/name="(csrf_token|seen_edits)" value="[^"]*"/g, "")
    .replace(/ (open|data-dirty|data-held)="[^"]*"/g, "")
    .replace(/v=[0-9a-f]{16}/g, "");
}

function swap(region) {
  const old = document.querySelector(`[data-live="${region.dataset.live}"]`);
  if (!old) return;
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const isTyping = focused?.matches("textarea, input:not([type=radio])");
  const isDirty = old.matches("[data-dirty]") || old.querySelector("[data-dirty], .problem");
  if (isTyping || isDirty) {
    for (const part of ["history"]) swapInside(old, region, part);
    return;
  }
  if (plain(old) === plain(region)) {
    takeTokens(old, region);
    return;
  }
  const fresh = document.adoptNode(region);
  const opened = old.querySelectorAll("details");
  fresh.querySelectorAll("details").forEach((details, index) => { if (opened[index]?.open) details.open = true; });
  const wanted = focused && selectorOf(focused);
  old.replaceWith(fresh);
  if (wanted) restoreFocus(fresh, wanted);
}

function swapInside(old, region, part) {
  const before = old.querySelector(`[data-live="${part}"]`);
  const after = region.querySelector(`[data-live="${part}"]`);
  if (before && after) before.replaceWith(document.adoptNode(after));
}

function takeTokens(old, region) {
  for (const name of ["csrf_token", "seen_edits"]) {
    const value = region.querySelector(`input[name="${name}"]`)?.value;
    if (value) for (const field of old.querySelectorAll(`input[name="${name}"]`)) field.value = value;
  }
}

function selectorOf(element) {
  if (element.id) return [`#${CSS.escape(element.id)}`];
  if (element.name) {
    const [id] = element.value.split(":");
    return [`[name="${element.name}"][value="${CSS.escape(element.value)}"]`, `[name="${element.name}"][value^="${CSS.escape(id)}:"]:not(:disabled)`];
  }
  if (element.href) return [`a[href="${CSS.escape(element.getAttribute("href"))}"]`];
  return [];
}

function restoreFocus(region, selectors) {
  for (const selector of selectors) {
    const element = region.querySelector(`${selector}:not(:disabled)`);
    if (element) {
      element.focus({ preventScroll: true });
      return;
    }
  }
}

// A frame is loaded behind the one in sight, and takes its place once it is there.
function swapFrames(page, place) {
  const fresh = page.querySelectorAll(".see .screen iframe");
  document.querySelectorAll(".see .screen iframe:not([data-loading])").forEach((old, index) => {
    const address = fresh[index]?.getAttribute("src");
    if (!address || address === (old.dataset.address ?? old.getAttribute("src"))) return;
    const next = old.cloneNode();
    for (const waiting of old.parentElement.querySelectorAll("[data-loading]")) waiting.remove();
    next.dataset.loading = "yes";
    next.dataset.address = address;
    next.removeAttribute("name");
    next.removeAttribute("id");
    next.src = place ? `${address}#${place}` : address;
    next.addEventListener("load", () => {
      if (!next.isConnected) return;
      const name = old.name;
      old.remove();
      delete next.dataset.loading;
      if (name) next.name = next.id = name;
    }, { once: true });
    old.before(next);
  });
}

// A switch changes how the mail is looked at, and leaves the reader where they are.
export function followSwitches() {
  document.addEventListener("click", async (event) => {
    const link = event.target.closest(".switches a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const href = link.getAttribute("href");
    try {
      await refresh({ address: link.href.split("#")[0], focus: `.switches a[href="${CSS.escape(href)}"]` });
    } catch {
      location.assign(link.href);
    }
  });
}

// Notice what another window or a run changed.
export function watchState() {
  setInterval(async () => {
    if (document.visibilityState !== "visible" || isSaving() || !desk()) return;
    const before = round;
    try {
      const answer = await fetch(desk().dataset.stateUrl, { headers: { Accept: "application/json" } });
      if (!answer.ok || before !== round || isSaving()) return;
      const { state } = await answer.json();
      if (state === desk().dataset.state) return;
      await refresh();
      say("The issue changed in another window or by a run. You see it as it is now.", "good");
    } catch {
      // The desk is closed or busy; the next try tells.
    }
  }, WATCH);
}
