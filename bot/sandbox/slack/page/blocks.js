// Block Kit blocks to DOM nodes.
import { chartNode } from "./charts.js";
import { dataTableNode, planNode, tableNode, taskNode } from "./data.js";
import { el } from "./dom.js";
import { elementNode } from "./elements.js";
import { withEmoji } from "./emoji.js";
import { imageNode } from "./images.js";
import { markdown } from "./markdown.js";
import { link, mrkdwn } from "./mrkdwn.js";
import { richText } from "./richtext.js";

export function textNode(text) {
  if (!text) return null;
  return text.type === "mrkdwn" ? mrkdwn(text.text) : el("div", { class: "plain-text" }, withEmoji(text.text));
}

function section(place, block) {
  const fields = block.fields?.length ? el("div", { class: "fields" }, block.fields.map((field) => el("div", { class: "field-cell" }, textNode(field)))) : null;
  const body = el("div", { class: "section-body" }, textNode(block.text), fields);
  return el("div", { class: "section" }, body, block.accessory && el("div", { class: "accessory" }, elementNode(place, block, block.accessory)));
}

function context(place, block) {
  return el("div", { class: "context" }, block.elements.map((element) => (element.type === "image" ? imageNode(element, "context-image") : textNode(element))));
}

function input(place, block) {
  const id = `field-${block.block_id}`;
  return el("div", { class: "input-block", dataset: { block: block.block_id }, testid: `input-block-${block.block_id}` },
    el("div", { class: "input-label", id }, withEmoji(block.label.text), block.optional ? el("span", { class: "optional" }, " (optional)") : null),
    elementNode(place, block, block.element),
    el("div", { class: "input-error", role: "alert", hidden: true }),
    block.hint ? el("div", { class: "input-hint" }, withEmoji(block.hint.text)) : null);
}

const ALERT_MARK = { info: "i", warning: "!", error: "!", success: "✓", default: "i" };

const MAKERS = {
  section, context, input,
  header: (place, block) => el("div", { class: "header-block", role: "heading", "aria-level": block.level ?? 3 }, withEmoji(block.text.text)),
  divider: () => el("hr", { class: "divider" }),
  actions: (place, block) => el("div", { class: "actions", role: "group" }, block.elements.map((element) => elementNode(place, block, element))),
  context_actions: (place, block) => el("div", { class: "actions subtle" }, block.elements.map((element) => elementNode(place, block, element))),
  image: (place, block) => el("figure", { class: "image-figure" }, block.title && el("figcaption", {}, withEmoji(block.title.text)), imageNode(block)),
  markdown: (place, block) => markdown(block.text),
  rich_text: (place, block) => richText(block),
  alert: (place, block) => el("div", { class: `alert ${block.level ?? "default"}`, role: "note" }, el("span", { class: "alert-mark", "aria-hidden": "true" }, ALERT_MARK[block.level ?? "default"]), textNode(block.text)),
  table: tableNode,
  data_table: dataTableNode,
  data_visualization: (place, block) => chartNode(block),
  plan: (place, block) => planNode(block),
  task_card: (place, block) => el("div", { class: "plan single" }, taskNode(block)),
  video: (place, block) => el("div", { class: "image-outside" }, link(block.video_url, block.title?.text ?? "video")),
  file: () => el("div", { class: "image-outside" }, "A remote file"),
};

export const blockNodes = (place, blocks) => blocks.map((block) => {
  const make = MAKERS[block.type];
  const node = make ? make(place, block) : el("div", { class: "unknown" }, `Unknown block: ${block.type}`);
  node.classList.add("block");
  return node;
});
