// The modal on top of the viewer's stack.
import { post } from "./api.js";
import { blockNodes } from "./blocks.js";
import { el, icon } from "./dom.js";
import { avatar } from "./messages.js";
import { withEmoji } from "./emoji.js";
import { Place } from "./place.js";
import { store, userById } from "./store.js";
import { rescueToasts, toast } from "./toast.js";

let open = null;

async function close(view, everything = false) {
  Place.forget(view.id);
  await post("close", { user: store.user, view_id: view.id, all: everything });
}

function showErrors(dialog, errors) {
  for (const block of dialog.querySelectorAll(".input-block")) {
    const text = errors[block.dataset.block];
    const box = block.querySelector(".input-error");
    box.hidden = !text;
    box.textContent = text ?? "";
    block.classList.toggle("wrong", Boolean(text));
    block.querySelector("input,textarea,select")?.setAttribute("aria-invalid", text ? "true" : "false");
  }
  dialog.querySelector(".wrong")?.scrollIntoView({ block: "center", behavior: "smooth" });
  dialog.querySelector(".wrong input,.wrong textarea")?.focus();
}

async function submit(dialog, view, button) {
  if (button.disabled) return;
  button.disabled = true;
  button.classList.add("busy");
  const place = new Place(view.id, { view_id: view.id });
  const answer = await post("submit", { user: store.user, view_id: view.id, values: place.typed });
  button.disabled = false;
  button.classList.remove("busy");
  showErrors(dialog, answer.errors ?? {});
  if (answer.errors) return;
  if (answer.ok) Place.forget(view.id);
  else toast("We had some trouble connecting. Try again?");
}

function build(view) {
  const place = new Place(view.id, { view_id: view.id }, view.values);
  const title = withEmoji(view.title.text);
  const done = view.submit ? el("button", { type: "submit", class: "btn primary", testid: "modal-submit" }, el("span", {}, withEmoji(view.submit.text))) : null;
  const away = el("button", { type: "button", class: "btn", testid: "modal-close", onclick: () => close(view) }, withEmoji(view.close?.text ?? (view.submit ? "Cancel" : "Close")));
  const form = el("form", { class: "modal-form", noValidate: true },
    el("header", {},
      view.previous_view_id ? el("button", { type: "button", class: "plain", "aria-label": "Back", onclick: () => close(view) }, "‹") : avatar(userById(store.workspace.app.bot_user), "small"),
      el("h2", {}, title),
      el("button", { type: "button", class: "plain", "aria-label": "Close", onclick: () => close(view, true) }, icon("close", 20))),
    el("div", { class: "dialog-body" }, blockNodes(place, view.blocks)),
    el("footer", {}, away, done));
  const dialog = el("dialog", { class: "dialog modal", "aria-label": title, testid: "modal" }, form);
  form.addEventListener("submit", (event) => { event.preventDefault(); if (done) submit(dialog, view, done); });
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); close(view, false); });
  return dialog;
}

/** Shows, refreshes or removes the modal so that it matches the top of the stack. */
export function drawModal() {
  const view = store.views.at(-1);
  if (open && open.id === view?.id && open.hash === view.hash && open.user === store.user) return;
  const same = Boolean(open && open.id === view?.id);
  const focused = same ? document.activeElement?.dataset?.testid : null;
  const scrolled = same ? open.dialog.querySelector(".dialog-body").scrollTop : 0;
  if (open) {
    rescueToasts(open.dialog);
    open.dialog.remove();
    open = null;
  }
  if (!view) return;
  const dialog = build(view);
  document.body.append(dialog);
  open = { id: view.id, hash: view.hash, user: store.user, dialog };
  dialog.showModal();
  dialog.querySelector(".dialog-body").scrollTop = scrolled;
  const target = focused && dialog.querySelector(`[data-testid="${CSS.escape(focused)}"]`);
  const first = dialog.querySelector("[autofocus], .dialog-body textarea, .dialog-body input:not([role=combobox])");
  if (target) target.focus();
  else if (first && !dialog.querySelector(".dialog-body [role=combobox]")) first.focus();
  else dialog.querySelector("h2").parentElement.querySelector("button:last-child").blur();
}
