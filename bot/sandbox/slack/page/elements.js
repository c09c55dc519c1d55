// Interactive Block Kit elements; each tells its Place what was done.
import { confirmDialog } from "./dialogs.js";
import { el, icon, openMenu } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { fromLocalInput, toLocalInput } from "./dates.js";
import { imageNode } from "./images.js";
import { followInside } from "./mrkdwn.js";
import { optionLabel, select } from "./select.js";

/** After a person acted: confirm if asked to, show that it is under way, tell the app. */
async function tell(place, block, element, value, node) {
  if (element.confirm && !(await confirmDialog(element.confirm))) return false;
  node?.classList.add("busy");
  node?.setAttribute("aria-busy", "true");
  try {
    await place.act(block, element, value);
  } finally {
    node?.classList.remove("busy");
    node?.removeAttribute("aria-busy");
  }
  return true;
}

const dispatches = (block) => block.type !== "input" || block.dispatch_action;

function button(place, block, element) {
  const node = el("button", {
    type: "button", class: `btn ${element.style ?? ""}`, "aria-label": element.accessibility_label,
    testid: `button-${element.action_id}`,
  }, el("span", {}, withEmoji(element.text.text)));
  node.addEventListener("click", async () => {
    if (node.classList.contains("busy")) return;
    const told = tell(place, block, element, element.value, node);
    if (element.url && (await told) && !followInside(element.url)) window.open(element.url, "_blank", "noopener");
  });
  return node;
}

function overflow(place, block, element) {
  const node = el("button", { type: "button", class: "btn icon-only", "aria-label": "More actions", "aria-haspopup": "menu", testid: `overflow-${element.action_id}` }, icon("more", 16));
  node.addEventListener("click", () => openMenu(node, element.options.map((option) => ({
    content: optionLabel(option),
    run: () => { tell(place, block, element, option.value, node); if (option.url && !followInside(option.url)) window.open(option.url, "_blank", "noopener"); },
  })), { label: "More actions", align: "right" }));
  return node;
}

let serial = 0;

function choices(place, block, element) {
  const many = element.type === "checkboxes";
  const name = `choice-${(serial += 1)}`;
  const held = [place.value(block, element) ?? []].flat().map((option) => option.value ?? option);
  const box = el("div", { class: "choices", role: many ? "group" : "radiogroup", "aria-label": block.label?.text });
  for (const option of element.options) {
    const input = el("input", { type: many ? "checkbox" : "radio", name, value: option.value, checked: held.includes(option.value) });
    input.addEventListener("change", () => {
      const picked = [...box.querySelectorAll("input:checked")].map((one) => one.value);
      const value = many ? picked : picked[0] ?? null;
      place.set(block, element, value);
      if (dispatches(block)) tell(place, block, element, value, box);
    });
    box.append(el("label", { class: "choice" }, input, el("span", { class: "choice-label" }, optionLabel(option))));
  }
  return box;
}

function picker(place, block, element) {
  const kind = { datepicker: "date", timepicker: "time", datetimepicker: "datetime-local" }[element.type];
  const held = place.value(block, element);
  const node = el("input", {
    type: kind, class: "field small", value: kind === "datetime-local" && held ? toLocalInput(held) : held ?? "",
    "aria-label": block.label?.text ?? element.placeholder?.text ?? "Choose a date or time", testid: `input-${element.action_id}`,
  });
  node.addEventListener("change", () => {
    const value = node.value ? (kind === "datetime-local" ? fromLocalInput(node.value) : node.value) : null;
    place.set(block, element, value);
    if (dispatches(block)) tell(place, block, element, value, node);
  });
  return node;
}

function textInput(place, block, element) {
  const lines = element.type === "plain_text_input" && element.multiline;
  const kind = { email_text_input: "email", url_text_input: "url" }[element.type] ?? "text";
  const held = place.value(block, element);
  const node = el(lines ? "textarea" : "input", {
    class: "field", ...(lines ? { rows: 4 } : { type: kind, inputMode: element.type === "number_input" ? "decimal" : "" }),
    value: held ?? "", placeholder: element.placeholder?.text ?? "", "aria-label": block.label?.text, testid: `input-${element.action_id}`,
  });
  if (element.max_length) node.maxLength = element.max_length;
  node.addEventListener("input", () => {
    place.set(block, element, node.value);
    const on = element.dispatch_action_config?.trigger_actions_on ?? [];
    if (block.dispatch_action && on.includes("on_character_entered")) tell(place, block, element, node.value);
  });
  node.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !lines && block.dispatch_action) { event.preventDefault(); tell(place, block, element, node.value, node); }
  });
  if (element.focus_on_load) node.autofocus = true;
  return node;
}

function richInput(place, block, element) {
  const node = el("textarea", { class: "field", rows: 4, placeholder: element.placeholder?.text ?? "", "aria-label": block.label?.text, testid: `input-${element.action_id}` });
  node.addEventListener("input", () => place.set(block, element, node.value ? {
    type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "text", text: node.value }] }],
  } : null));
  return node;
}

function feedback(place, block, element) {
  return el("span", { class: "feedback" }, ["positive_button", "negative_button"].map((name) => button(place, block, { ...element, ...element[name], type: "button", style: "" })));
}

const MAKERS = {
  button, overflow, workflow_button: button, checkboxes: choices, radio_buttons: choices, datepicker: picker, timepicker: picker,
  datetimepicker: picker, plain_text_input: textInput, email_text_input: textInput, url_text_input: textInput, number_input: textInput,
  rich_text_input: richInput, feedback_buttons: feedback,
  icon_button: (place, block, element) => button(place, block, { ...element, style: "" }),
  image: (place, block, element) => imageNode(element, "accessory-image"),
};

export function elementNode(place, block, element) {
  if (element.type.endsWith("_select")) {
    const node = select(place, block, element, {
      name: block.label?.text ?? element.placeholder?.text,
      onChoose: (value) => dispatches(block) && tell(place, block, element, value, node),
    });
    return node;
  }
  const make = MAKERS[element.type];
  return make ? make(place, block, element) : el("span", { class: "unknown" }, element.type);
}
