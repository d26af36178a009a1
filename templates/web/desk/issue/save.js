// Send a form of the page, one after the other, and say how it went.
import { refresh } from "./refresh.js";

const SAVE_AGAIN = 5000; // milliseconds

let queue = Promise.resolve();
let waiting = 0;

export const isSaving = () => waiting > 0;

// Show a sentence at the foot of the window; a screen reader reads it.
export function say(sentence, tone = "good") {
  let pill = document.querySelector(".pill-state");
  if (!pill) {
    pill = document.createElement("p");
    pill.className = "pill-state";
    pill.setAttribute("role", "status");
    document.body.append(pill);
  }
  pill.dataset.tone = tone;
  pill.textContent = sentence;
  clearTimeout(pill.timer);
  if (tone === "good") pill.timer = setTimeout(() => { pill.textContent = ""; }, 4000);
}

// Send the form's fields, with those of `more`; then show the page as it is.
export function save(form, { more = {}, place = "", button = null, after = () => {} } = {}) {
  waiting += 1;
  queue = queue.then(() => send(form, more, place, button, after)).finally(() => { waiting -= 1; });
  return queue;
}

async function send(form, more, place, button, after) {
  const fields = new FormData(form, button);
  fields.delete("picture");
  for (const [name, value] of Object.entries(more)) fields.set(name, value);
  const seen = fields.get("seen_edits");
  say("Saving…", "busy");
  const reply = await post(form.getAttribute("action"), fields);
  if (reply.problem) {
    showProblem(form, reply);
    return;
  }
  form.querySelector(".problem")?.remove();
  delete form.dataset.held;
  after();
  for (const field of document.querySelectorAll('input[name="seen_edits"]')) {
    const isOther = field.form !== form && field.form?.dataset.dirty;
    if (field.value === seen && !(isOther && reply.elsewhere)) field.value = reply.seen_edits;
  }
  await refresh({ place });
  say(`${reply.sentence} ${reply.voided}`.trim(), reply.voided ? "look" : "good");
}

// Return the desk's answer, or that there was none as a problem.
export async function post(address, fields) {
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": fields.get("csrf_token") },
      body: fields,
    });
    if (answer.headers.get("Content-Type")?.startsWith("application/json")) return await answer.json();
    return { problem: "The desk could not save that.", cure: "Load the page again: it may have been closed." };
  } catch {
    const cure = "Your words stay here, and are saved once it answers.";
    return { problem: "The desk does not answer, so this is not saved.", cure, isAway: true };
  }
}

// Keep what was typed, and show what it is now if somebody else changed it.
function showProblem(form, { problem, cure, theirs, isAway }) {
  // A refusal waits for the author, an absent desk does not.
  if (isAway) saveAgain(form);
  else form.dataset.held = "yes";
  let note = form.querySelector(".problem");
  if (!note) {
    note = document.createElement("div");
    note.className = "problem";
    note.setAttribute("role", "alert");
    form.append(note);
  }
  note.textContent = `${problem} ${cure}`;
  const text = form.querySelector("textarea, input[type=text]");
  if (theirs?.seen_edits && text && theirs[text.name] !== undefined && theirs[text.name] !== text.value && theirs.seen_edits !== form.seen_edits?.value) {
    const quote = document.createElement("q");
    quote.textContent = theirs[text.name] || "(empty)";
    note.append(" As it is now: ", quote);
    for (const field of form.querySelectorAll('input[name="seen_edits"]')) field.value = theirs.seen_edits;
  }
  say("Not saved.", "look");
}

// Save an autosaved form as if its author had typed on, once the desk may be back.
function saveAgain(form) {
  clearTimeout(form.again);
  form.again = setTimeout(() => {
    form.querySelector("[data-shows]")?.dispatchEvent(new Event("input", { bubbles: true }));
  }, SAVE_AGAIN);
}
