// Slack's mrkdwn to DOM nodes. Outside text only ever becomes text nodes.
import { el } from "./dom.js";
import { slackDate, full } from "./dates.js";
import { emoji } from "./emoji.js";
import { channelById, go, groupById, me, userById } from "./store.js";

const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** A link that opens elsewhere, or inside the page when it leads to a message of this workspace. */
export function link(url, ...content) {
  if (!/^(https?:|mailto:)/i.test(url)) return el("span", {}, ...content);
  const node = el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, ...content);
  node.addEventListener("click", (event) => { if (followInside(url)) event.preventDefault(); });
  return node;
}

/** True when the URL is a permalink of this workspace and was opened here. */
export function followInside(url) {
  let target;
  try { target = new URL(url, location.href); } catch { return false; }
  const found = target.pathname.match(/^\/archives\/(\w+)(?:\/p(\d+)(\d{6}))?$/);
  if (!found || target.origin !== location.origin) return false;
  const place = channelById(found[1])?.kind === "im" ? "app" : channelById(found[1])?.name ?? found[1];
  go({ place, thread: target.searchParams.get("thread_ts") ?? (found[2] ? `${found[2]}.${found[3]}` : "") });
  return true;
}

export function mention(kind, id, label = "") {
  if (kind === "user") {
    const user = userById(id);
    return el("span", { class: `mention ${id === me().id ? "self" : ""}`, title: user?.real_name }, `@${user?.real_name ?? (label || id)}`);
  }
  if (kind === "group") {
    const group = groupById(id);
    return el("span", { class: `mention ${group?.users?.includes(me().id) ? "self" : ""}`, title: group?.name }, `@${group?.handle ?? (label || id)}`);
  }
  if (kind === "broadcast") return el("span", { class: "mention self" }, `@${id}`);
  const channel = channelById(id);
  const node = el("a", { href: `#`, class: "mention" }, `#${channel?.name ?? (label || "private channel")}`);
  node.addEventListener("click", (event) => { event.preventDefault(); if (channel) go({ place: channel.name }); });
  return node;
}

export function dateNode(ts, pattern, url) {
  const node = el("time", { class: "date", title: full(new Date(ts * 1000)), datetime: new Date(ts * 1000).toISOString() }, slackDate(ts, pattern));
  return url ? link(url, node) : node;
}

function special(inner) {
  const [target, label] = inner.split(/\|(.*)/s);
  if (target.startsWith("@")) return mention("user", target.slice(1), label);
  if (target.startsWith("#")) return mention("channel", target.slice(1), label);
  if (target.startsWith("!subteam^")) return mention("group", target.slice(9), label);
  if (target.startsWith("!date^")) {
    const [, ts, pattern, url] = target.split("^");
    return Number.isFinite(Number(ts)) ? dateNode(Number(ts), pattern ?? "", url) : el("span", {}, unescape(label ?? ""));
  }
  if (target.startsWith("!")) return mention("broadcast", target.slice(1));
  if (!/^(https?:|mailto:|tel:|slack:)/i.test(target)) return unescape(`<${inner}>`);
  return link(unescape(target), unescape(label || target.replace(/^mailto:/, "")));
}

const MARKS = { "*": "strong", _: "em", "~": "s" };
// One alternative per inline form; styles need a border outside and no space inside.
const INLINE = /`([^`\n]+)`|<([^<>\n]+)>|:([a-z0-9_+-]+):|(?<![\w*_~])([*_~])(?!\s|\4)([^\n]*?[^\s])\4(?![\w])/g;

export function inline(text) {
  const nodes = [];
  let last = 0;
  for (const found of text.matchAll(INLINE)) {
    const [whole, code, inner, name, mark, styled] = found;
    if (name !== undefined && !emoji(name)) continue;
    if (found.index > last) nodes.push(unescape(text.slice(last, found.index)));
    last = found.index + whole.length;
    if (code !== undefined) nodes.push(el("code", {}, ...codeParts(code)));
    else if (inner !== undefined) nodes.push(special(inner));
    else if (name !== undefined) nodes.push(el("span", { class: "emoji", title: `:${name}:` }, emoji(name)));
    else nodes.push(el(MARKS[mark], {}, ...inline(styled)));
  }
  if (last < text.length) nodes.push(unescape(text.slice(last)));
  return nodes;
}

const codeParts = (text) => text.split(/(<[^<>]+>)/).map((part) => (/^<[^<>]+>$/.test(part) ? special(part.slice(1, -1)) : unescape(part)));

function line(text) {
  const marker = text.match(/^(\s*)([•◦▪–-]|\d+[.)])\s+(.*)$/s);
  if (!marker) return el("div", { class: text ? "line" : "line gap" }, ...inline(text));
  return el("div", { class: "line item", style: { paddingLeft: `${marker[1].length * 0.6 + 1.5}em` } },
    el("span", { class: "marker" }, marker[2] === "-" ? "•" : marker[2]), ...inline(marker[3]));
}

function paragraphs(text) {
  const nodes = [];
  let quote = null;
  for (const row of text.replace(/^\n|\n$/g, "").split("\n")) {
    const quoted = row.match(/^(?:&gt;|>)\s?(.*)$/);
    if (quoted) {
      if (!quote) nodes.push((quote = el("blockquote")));
      quote.append(line(quoted[1]));
    } else {
      quote = null;
      nodes.push(line(row));
    }
  }
  return nodes;
}

/** A whole mrkdwn text. */
export function mrkdwn(text) {
  const box = el("div", { class: "mrkdwn" });
  for (const [index, part] of String(text ?? "").split("```").entries()) {
    if (index % 2) box.append(el("pre", {}, ...codeParts(part.replace(/^\n|\n$/g, ""))));
    else if (part.trim()) box.append(...paragraphs(part));
  }
  return box;
}

/** The same in one line, for labels and context. */
export const mrkdwnInline = (text) => el("span", { class: "mrkdwn-inline" }, ...inline(String(text ?? "")));
