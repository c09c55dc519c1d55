// The app's Home tab.
import { blockNodes } from "./blocks.js";
import { el } from "./dom.js";
import { Place } from "./place.js";
import { store } from "./store.js";

export function drawHome(node) {
  const view = store.home;
  const signature = view ? `${store.user}/${view.hash}` : "empty";
  if (node.dataset.signature === signature) return;
  node.dataset.signature = signature;
  if (!view) {
    node.replaceChildren(el("div", { class: "empty" }, el("span", { class: "empty-mark" }, "🏠"), el("h3", {}, "Nothing here yet"), el("p", {}, "ALB Incident has not published a Home tab for you.")));
    return;
  }
  node.replaceChildren(...blockNodes(new Place(view.id, { view_id: view.id }, view.values), view.blocks));
}
