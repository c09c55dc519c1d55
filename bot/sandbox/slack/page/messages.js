// Lists of messages: a channel's and a thread's, kept up to date without disturbing what did not change.
import { post } from "./api.js";
import { blockNodes } from "./blocks.js";
import { clock, dayKey, dayTitle, fromTs, full, when } from "./dates.js";
import { el, icon, openMenu } from "./dom.js";
import { emoji, PALETTE } from "./emoji.js";
import { fileNode } from "./images.js";
import { mrkdwn } from "./mrkdwn.js";
import { Place } from "./place.js";
import { go, me, store, userById } from "./store.js";
import { toast } from "./toast.js";

const GROUP_S = 300;

export function avatar(user, size = "", glyph = "") {
  if (glyph) return el("span", { class: `avatar glyph ${size}`, "aria-hidden": "true" }, glyph);
  if (user?.is_bot) return el("span", { class: `avatar bot ${size}`, "aria-hidden": "true" }, "🚨");
  return el("span", { class: `avatar ${size}`, style: { background: `#${user?.color ?? "888888"}` }, "aria-hidden": "true" }, (user?.real_name ?? "?").slice(0, 1));
}

const author = (message) => {
  const user = userById(message.user);
  const glyph = message.icons?.emoji ? emoji(message.icons.emoji) ?? "🤖" : message.user ? "" : "📡";
  return { user, name: message.username || user?.real_name || "App", glyph, isApp: Boolean(message.bot_id) };
};

const who = (message) => message.user + (message.username ?? "");
const permalink = (message) => `${location.origin}/archives/${message.channel}/p${message.ts.replace(".", "")}${message.is_reply ? `?thread_ts=${message.thread_ts}` : ""}`;

async function react(message, name) {
  await post("react", { user: store.user, channel: message.channel, ts: message.ts, name });
}

function reactionMenu(anchor, message) {
  openMenu(anchor, PALETTE.map((name) => ({ content: el("span", { title: `:${name}:`, "aria-label": name }, emoji(name)), run: () => react(message, name) })), { label: "Add reaction", align: "right", className: "emoji-menu" });
}

function moreMenu(anchor, message) {
  const shortcuts = store.workspace.shortcuts.filter((shortcut) => shortcut.kind === "message");
  openMenu(anchor, [
    ...shortcuts.map((shortcut) => ({
      content: [el("span", {}, shortcut.name), el("small", {}, "ALB Incident")],
      testid: `shortcut-${shortcut.callback_id}`,
      run: () => post("shortcut", { user: store.user, callback_id: shortcut.callback_id, channel: message.channel, ts: message.ts }),
    })),
    { label: "Copy link", run: () => navigator.clipboard?.writeText(permalink(message)).then(() => toast("Link copied", "good")) },
  ], { label: "More actions", align: "right" });
}

function hoverBar(message, inThread) {
  if (message.is_ephemeral) return null;
  const bar = (label, glyph, run, has) => {
    const node = el("button", { type: "button", "aria-label": label, title: label, "aria-haspopup": has ? "menu" : null }, glyph);
    node.addEventListener("click", () => run(node));
    return node;
  };
  return el("div", { class: "hover-bar", role: "toolbar", "aria-label": "Message actions" },
    bar("React with 👀", "👀", () => react(message, "eyes")),
    bar("Add reaction", icon("smile", 17), (node) => reactionMenu(node, message), true),
    !inThread && bar("Reply in thread", icon("reply", 17), () => go({ thread: message.thread_ts ?? message.ts })),
    bar("More actions", icon("more", 17), (node) => moreMenu(node, message), true));
}

function reactions(message) {
  if (!message.reactions?.length) return null;
  const mine = (reaction) => reaction.users.some((id) => userById(id)?.name === store.user);
  const add = el("button", { type: "button", class: "reaction add", "aria-label": "Add reaction" }, icon("smile", 14));
  add.addEventListener("click", () => reactionMenu(add, message));
  return el("div", { class: "reactions" }, message.reactions.map((reaction) => el("button", {
    type: "button", class: `reaction ${mine(reaction) ? "mine" : ""}`, "aria-pressed": mine(reaction) ? "true" : "false", testid: `reaction-${reaction.name}`,
    title: `${reaction.users.map((id) => userById(id)?.real_name ?? id).join(", ")} reacted with :${reaction.name}:`,
    onclick: () => react(message, reaction.name),
  }, el("span", { class: "emoji" }, emoji(reaction.name) ?? `:${reaction.name}:`), String(reaction.count))), add);
}

function threadLink(message) {
  if (!message.reply_count) return null;
  const people = message.reply_users.slice(0, 4).map((id) => avatar(userById(id), "tiny", userById(id) ? "" : "📡"));
  return el("button", { type: "button", class: "thread-link", testid: "thread-link", onclick: () => go({ thread: message.ts }) },
    el("span", { class: "faces" }, people), el("strong", {}, `${message.reply_count} ${message.reply_count === 1 ? "reply" : "replies"}`),
    el("span", { class: "muted" }, `Last reply ${when(fromTs(message.latest_reply))}`));
}

function body(message) {
  const place = new Place(message.ts, { channel: message.channel, ts: message.ts }, message.values ?? {});
  const edited = message.edited ? el("span", { class: "edited", title: full(fromTs(message.edited.ts)) }, "(edited)") : null;
  const content = message.blocks?.length ? blockNodes(place, message.blocks) : [message.text ? mrkdwn(message.text) : null];
  return el("div", { class: "message-body" }, content, edited, message.files.map(fileNode));
}

function messageNode(message, { compact, inThread }) {
  const { user, name, glyph, isApp } = author(message);
  const time = el("a", { class: "stamp", href: permalink(message), title: full(fromTs(message.ts)), onclick: (event) => { event.preventDefault(); go({ thread: message.thread_ts ?? message.ts }); } }, clock(fromTs(message.ts)));
  return el("article", {
    class: `message ${compact ? "compact" : ""} ${message.is_ephemeral ? "ephemeral" : ""} ${message.is_pinned ? "pinned" : ""}`,
    dataset: { ts: message.ts }, testid: "message", "aria-label": `${name} at ${clock(fromTs(message.ts))}`, tabIndex: -1,
  },
    message.is_ephemeral ? el("div", { class: "note" }, icon("eye", 13), " Only visible to you") : null,
    message.is_pinned ? el("div", { class: "note" }, icon("pin", 13), " Pinned") : null,
    message.is_broadcast && !inThread ? el("div", { class: "note" }, icon("reply", 13), el("button", { type: "button", class: "link", onclick: () => go({ thread: message.thread_ts }) }, "replied to a thread")) : null,
    el("div", { class: "gutter" }, compact ? time : avatar(user, "", glyph)),
    el("div", { class: "content" },
      compact ? null : el("div", { class: "author" }, el("strong", {}, name), isApp ? el("span", { class: "badge" }, "APP") : null, time),
      body(message), reactions(message), inThread ? null : threadLink(message)),
    hoverBar(message, inThread));
}

function divider(date) {
  return el("div", { class: "day", role: "separator" }, el("span", {}, dayTitle(date)));
}

/** Draws messages into a list, re-using the nodes of those that did not change. */
export function drawMessages(list, messages, { inThread = false } = {}) {
  const known = new Map([...list.children].map((node) => [node.dataset.key, node]));
  const wanted = [];
  let before = null;
  for (const message of messages) {
    const date = fromTs(message.ts);
    const newDay = !before || dayKey(fromTs(before.ts)) !== dayKey(date);
    if (newDay && !inThread) wanted.push([`day-${dayKey(date)}`, dayTitle(date), () => divider(date)]);
    const compact = !newDay && !message.is_ephemeral && !before.is_ephemeral && !message.is_pinned && !message.is_broadcast
      && who(before) === who(message) && Number(message.ts) - Number(before.ts) < GROUP_S && !(inThread && before.ts === message.thread_ts);
    wanted.push([message.ts, JSON.stringify([message, compact, me().id, store.workspace.shortcuts.length]), () => messageNode(message, { compact, inThread })]);
    if (inThread && message.ts === messages[0].ts && messages.length > 1) {
      const count = messages.length - 1;
      wanted.push(["count", String(count), () => el("div", { class: "reply-count" }, `${count} ${count === 1 ? "reply" : "replies"}`)]);
    }
    before = message;
  }
  const nodes = wanted.map(([key, signature, make]) => {
    const old = known.get(key);
    if (old?.signature === signature) return old;
    const node = make();
    node.dataset.key = key;
    node.signature = signature;
    return node;
  });
  nodes.forEach((node, index) => { if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null); });
  while (list.children.length > nodes.length) list.lastChild.remove();
}

/** Keeps the newest message in sight unless the person scrolled away. */
export function keepAtEnd(scroller, draw, force = false) {
  const near = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 120;
  draw();
  if (!near && !force) return;
  const end = () => { scroller.scrollTop = scroller.scrollHeight; };
  end();
  for (const image of scroller.querySelectorAll("img")) if (!image.complete) image.addEventListener("load", end, { once: true });
}
