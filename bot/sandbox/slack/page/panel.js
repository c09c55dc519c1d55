// The sandbox's own controls: cards that the host offers.
import { get, post } from "./api.js";
import { el, icon } from "./dom.js";
import { store } from "./store.js";
import { toast } from "./toast.js";

let last = "";

function card(item) {
  const node = el("button", { type: "button", class: "btn small", disabled: item.disabled, testid: `card-${item.id}`, "aria-label": `${item.button}: ${item.title}` }, item.button);
  node.addEventListener("click", async () => {
    node.disabled = true;
    node.classList.add("busy");
    const answer = await post("controls/press", { id: item.id, user: store.user });
    node.classList.remove("busy");
    node.disabled = item.disabled;
    if (answer.text) toast(answer.text, "good");
  });
  return el("div", { class: `card ${item.tone}` },
    el("div", { class: "card-head" }, el("strong", {}, item.title), item.badge ? el("span", { class: "badge" }, item.badge) : null),
    item.description ? el("p", {}, item.description) : null,
    el("div", { class: "card-foot" }, el("span", { class: "tags" }, item.tags.map((tag) => el("span", {}, tag))), node));
}

export const hasPanel = () => Boolean(last) && JSON.parse(last).cards.length > 0;

export async function loadPanel() {
  const answer = await get("controls");
  const changed = JSON.stringify(answer) !== last;
  last = JSON.stringify(answer);
  return changed;
}

export function drawPanel(node, close) {
  const { cards, status } = JSON.parse(last || '{"cards":[],"status":""}');
  const groups = [...new Set(cards.map((item) => item.group))];
  node.replaceChildren(
    el("header", { class: "pane-head" }, el("h2", {}, icon("flask", 17), " Sandbox"), el("button", { type: "button", class: "plain", "aria-label": "Close the sandbox controls", onclick: close }, icon("close", 18))),
    el("div", { class: "panel-body" }, status ? el("p", { class: "panel-status" }, status) : null,
      groups.map((group) => el("section", {}, el("h3", {}, group), cards.filter((item) => item.group === group).map(card)))));
}
