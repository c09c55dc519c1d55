// The confirm dialog and the picture viewer.
import { el, icon } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { mrkdwn } from "./mrkdwn.js";
import { rescueToasts } from "./toast.js";

function show(dialog) {
  document.body.append(dialog);
  dialog.addEventListener("close", () => { rescueToasts(dialog); dialog.remove(); });
  dialog.addEventListener("pointerdown", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.showModal();
}

/** Slack's confirm object; resolves to true when the person agrees. */
export function confirmDialog(confirm) {
  return new Promise((resolve) => {
    const title = withEmoji(confirm.title?.text ?? "Are you sure?");
    const yes = el("button", { type: "button", class: `btn ${confirm.style ?? "primary"}`, testid: "confirm-yes", onclick: () => { resolve(true); dialog.close(); } }, withEmoji(confirm.confirm?.text ?? "Yes"));
    const no = el("button", { type: "button", class: "btn", testid: "confirm-no", onclick: () => dialog.close() }, withEmoji(confirm.deny?.text ?? "Cancel"));
    const dialog = el("dialog", { class: "dialog confirm", "aria-label": title, testid: "confirm" },
      el("header", {}, el("h2", {}, title)),
      el("div", { class: "dialog-body" }, confirm.text.type === "plain_text" ? el("p", {}, withEmoji(confirm.text.text)) : mrkdwn(confirm.text.text)),
      el("footer", {}, no, yes));
    dialog.addEventListener("close", () => resolve(false));
    show(dialog);
    yes.focus();
  });
}

export function lightbox(url, alt) {
  const dialog = el("dialog", { class: "lightbox", "aria-label": alt || "Picture", testid: "lightbox" },
    el("button", { type: "button", class: "plain lightbox-close", "aria-label": "Close", onclick: () => dialog.close() }, icon("close", 22)),
    el("img", { src: url, alt }), el("p", {}, alt));
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  show(dialog);
}
