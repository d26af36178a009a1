// Arrange the posts by dragging their handles. The arrows beside them do the same by keyboard.
import { save, say } from "./save.js";

export function followOrder() {
  document.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest(".arranged .handle");
    if (!handle || event.button !== 0) return;
    event.preventDefault();
    drag(handle.closest("li"));
  });
  document.addEventListener("submit", (event) => {
    if (!event.submitter || event.submitter.name !== "move") return;
    const [id, way] = event.submitter.value.split(":");
    const rows = [...document.querySelectorAll(".arranged > li")];
    const place = rows.findIndex((row) => row.dataset.post === id) + (way === "up" ? 0 : 2);
    announce(`Moved to place ${place} of ${rows.length}.`);
  });
}

function announce(sentence) {
  const news = document.querySelector("[data-news]");
  news.hidden = false;
  news.classList.add("hidden");
  news.textContent = sentence;
}

// The window hears of the pointer: a row that moves in the page would lose a capture.
function drag(row) {
  const list = row.parentElement;
  const before = ids(list);
  row.classList.add("dragged");
  const move = ({ clientY }) => {
    const others = [...list.children].filter((other) => other !== row && other.dataset.group === row.dataset.group);
    const next = others.find((other) => {
      const { top, height } = other.getBoundingClientRect();
      return clientY < top + height / 2;
    });
    if (next) next.before(row);
    else others.at(-1)?.after(row);
  };
  const end = (event) => {
    row.classList.remove("dragged");
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", end);
    removeEventListener("pointercancel", end);
    const after = ids(list);
    if (event.type !== "pointerup" || after === before) return;
    const form = row.querySelector("form.moves");
    save(form, { more: { order: after }, place: row.id });
    say("Saving…", "busy");
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
}

const ids = (list) => [...list.children].map((row) => row.dataset.post).join(" ");
