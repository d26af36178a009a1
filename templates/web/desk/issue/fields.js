// Save what is typed, shortly after the last key; count characters; put pictures into the note.
import { post, save, say } from "./save.js";

const PAUSE = 350;
const timers = new WeakMap();

export function followFields() {
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-autosave]");
    if (!form || !event.target.dataset.shows) return;
    count(event.target);
    form.dataset.dirty = "yes";
    if (form.dataset.held) return;
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => saveField(form, event.target), PAUSE));
  });
  document.addEventListener("focusin", (event) => { delete event.target.dataset?.amends; });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-change]");
    if (form) save(form, { place: placeOf(form) });
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.submitter?.hasAttribute("formaction")) {
      event.preventDefault();
      addPicture(form, event.submitter);
    } else if (form.matches("[data-autosave], [data-act], [data-change]")) {
      event.preventDefault();
      clearTimeout(timers.get(form));
      const isSaved = !event.submitter?.name;
      save(form, {
        button: event.submitter,
        place: placeOf(form),
        after: () => { if (isSaved || form.matches("[data-autosave]")) delete form.dataset.dirty; },
      });
    }
  });
  // What was typed just before the page is left is saved on the way.
  addEventListener("pagehide", () => {
    for (const form of document.querySelectorAll("form[data-autosave][data-dirty]:not([data-held])")) {
      const fields = new FormData(form);
      fields.delete("picture");
      fetch(form.getAttribute("action"), {
        method: "POST", body: fields, keepalive: true,
        headers: { Accept: "application/json", "X-CSRFToken": fields.get("csrf_token") },
      });
    }
  });
}

function saveField(form, field) {
  const typed = field.value;
  const more = field.dataset.amends ? { amend: "1" } : {};
  save(form, {
    more,
    place: field.dataset.shows,
    after: () => {
      field.dataset.amends = "yes";
      if (field.value === typed) delete form.dataset.dirty;
    },
  });
}

function placeOf(form) {
  return form.querySelector("[data-shows]")?.dataset.shows ?? form.closest("[data-post]")?.id ?? "";
}

function count(field) {
  const output = field.form.querySelector("[data-count]");
  if (!output) return;
  output.textContent = [...field.value].length;
  output.parentElement.classList.toggle("warm", [...field.value].length > Number(field.dataset.best));
}

async function addPicture(form, button) {
  const file = form.picture.files[0];
  if (!file) {
    say("Choose a picture first.", "look");
    form.picture.focus();
    return;
  }
  const fields = new FormData();
  fields.set("csrf_token", form.csrf_token.value);
  fields.set("alt", form.alt.value);
  fields.set("picture", file);
  button.disabled = true;
  say("The picture is on its way…", "busy");
  const reply = await post(button.getAttribute("formaction"), fields);
  button.disabled = false;
  if (reply.problem) {
    say(`${reply.problem} ${reply.cure}`, "look");
    return;
  }
  const note = form.note;
  const before = note.value.slice(0, note.selectionEnd).trimEnd();
  const behind = note.value.slice(note.selectionEnd).trimStart();
  note.value = [before, reply.markdown, behind].filter(Boolean).join("\n\n");
  form.picture.value = form.alt.value = "";
  note.dispatchEvent(new Event("input", { bubbles: true }));
}
