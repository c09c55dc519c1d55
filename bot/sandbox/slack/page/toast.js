// Short messages that appear over everything and go away by themselves.
import { el, icon } from "./dom.js";

const SHOWN_MS = 9000;

export function toast(text, tone = "error") {
  const host = document.getElementById("toasts");
  const dialogs = document.querySelectorAll("dialog[open]");
  (dialogs.length ? dialogs[dialogs.length - 1] : document.body).append(host);
  const box = el("div", { class: `toast ${tone}`, testid: "toast" },
    el("span", { class: "toast-mark", "aria-hidden": "true" }, tone === "error" ? "!" : "✓"),
    el("span", {}, text),
    el("button", { type: "button", class: "plain", "aria-label": "Dismiss", onclick: () => box.remove() }, icon("close", 14)));
  for (const known of host.children) if (known.textContent === box.textContent) known.remove();
  host.append(box);
  setTimeout(() => box.remove(), SHOWN_MS);
}

/** Before a dialog goes away: its toasts move to what is below. */
export function rescueToasts(dialog) {
  const host = document.getElementById("toasts");
  if (host && dialog.contains(host)) document.body.append(host);
}
