// rich_text blocks to DOM nodes.
import { el } from "./dom.js";
import { emoji } from "./emoji.js";
import { dateNode, link, mention } from "./mrkdwn.js";

function styled(node, style = {}) {
  let shown = node;
  if (style.code) shown = el("code", {}, shown);
  if (style.bold) shown = el("strong", {}, shown);
  if (style.italic) shown = el("em", {}, shown);
  if (style.strike) shown = el("s", {}, shown);
  return shown;
}

const INLINE = {
  text: (node) => el("span", { class: "rt" }, node.text),
  link: (node) => link(node.url, node.text || node.url),
  emoji: (node) => el("span", { class: "emoji" }, emoji(node.name) ?? `:${node.name}:`),
  user: (node) => mention("user", node.user_id),
  usergroup: (node) => mention("group", node.usergroup_id),
  channel: (node) => mention("channel", node.channel_id),
  broadcast: (node) => mention("broadcast", node.range),
  date: (node) => dateNode(node.timestamp, node.format ?? "{date_short_pretty} {time}", node.url),
  color: (node) => el("span", {}, node.value),
};

const inline = (nodes = []) => nodes.map((node) => styled(INLINE[node.type]?.(node) ?? node.text ?? "", node.style));

function part(node) {
  if (node.type === "rich_text_list") {
    const tag = node.style === "ordered" ? "ol" : "ul";
    return el(tag, { style: { marginLeft: `${(node.indent ?? 0) * 1.4}em` }, start: node.offset ? node.offset + 1 : undefined }, (node.elements ?? []).map((item) => el("li", {}, ...inline(item.elements))));
  }
  if (node.type === "rich_text_preformatted") return el("pre", {}, ...inline(node.elements));
  if (node.type === "rich_text_quote") return el("blockquote", {}, ...inline(node.elements));
  return el("div", { class: "rt-section" }, ...inline(node.elements));
}

export const richText = (block) => el("div", { class: "rich-text" }, (block.elements ?? []).map(part));
