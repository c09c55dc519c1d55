// The left side: who you are, channels, and the app.
import { avatar } from "./messages.js";
import { localTime } from "./dates.js";
import { el, icon, openMenu } from "./dom.js";
import { go, isApp, me, store } from "./store.js";

const city = (tz) => tz.split("/").pop().replaceAll("_", " ");
const role = (user) => (user.is_restricted ? "Guest" : user.profile.title || "Member");

function switcher() {
  const mine = me();
  const node = el("button", { type: "button", class: "you", "aria-haspopup": "menu", "aria-expanded": "false", testid: "user-switcher" },
    avatar(mine, "small"), el("span", { class: "you-text" }, el("span", {}, "You are: ", el("strong", {}, mine.real_name)), el("small", {}, `${city(mine.tz)} ${localTime(mine.tz)}`)), icon("down", 15));
  node.addEventListener("click", () => openMenu(node, store.workspace.users.filter((user) => !user.is_bot).map((user) => ({
    class: user.id === mine.id ? "current" : "", testid: `be-${user.name}`,
    content: [avatar(user, "small"), el("span", { class: "who" }, el("strong", {}, user.real_name), el("small", {}, `${role(user)} · ${city(user.tz)} ${localTime(user.tz)}`)), user.id === mine.id ? el("span", { class: "check" }, "✓") : null],
    run: () => go({ user: user.name, place: store.place === "app" ? "app" : store.place, thread: store.threadTs }),
  })), { label: "Choose who you are", className: "people-menu" }));
  return node;
}

function channelLink(channel) {
  const here = !isApp() && (channel.name === store.place || channel.id === store.place);
  const mark = channel.kind === "private" ? icon("lock", 14) : el("span", { class: "hash", "aria-hidden": "true" }, "#");
  return el("a", {
    href: `#/${store.user}/${channel.name}`, class: `nav-item ${here ? "here" : ""} ${channel.unread ? "unread" : ""} ${channel.is_member ? "" : "not-in"}`,
    "aria-current": here ? "page" : null, testid: `channel-${channel.name}`,
  }, mark, el("span", { class: "nav-name" }, channel.name), channel.mentions ? el("span", { class: "count", "aria-label": `${channel.mentions} mentions` }, String(channel.mentions))
    : channel.unread ? el("span", { class: "dot", "aria-label": "unread messages" }) : null);
}

function appLink(direct) {
  const bot = store.workspace.users.find((user) => user.is_bot);
  const connected = store.workspace.app.connected;
  return el("a", { href: `#/${store.user}/app/home`, class: `nav-item ${isApp() ? "here" : ""} ${direct?.unread ? "unread" : ""}`, testid: "app-link", "aria-current": isApp() ? "page" : null },
    avatar(bot, "tiny"), el("span", { class: "nav-name" }, "ALB Incident"),
    direct?.unread ? el("span", { class: "count" }, String(direct.unread)) : null,
    el("span", { class: `state ${connected ? "on" : "off"}`, title: connected ? "The bot is connected" : "The bot is not connected" }, connected ? "on" : "off"));
}

export function drawSidebar(node) {
  const channels = store.workspace.channels;
  const group = (title, ...items) => el("section", {}, el("h2", {}, title), ...items);
  node.replaceChildren(
    el("header", { class: "team" }, el("span", { class: "team-mark", "aria-hidden": "true" }, "S"), el("h1", {}, store.workspace.team.name),
      el("button", { type: "button", class: "plain only-narrow", "aria-label": "Close the channel list", onclick: () => { store.sidebarOpen = false; document.body.classList.remove("with-sidebar"); } }, icon("close", 20))),
    switcher(),
    el("div", { class: "nav" },
      group("Channels", channels.filter((channel) => ["public", "private"].includes(channel.kind)).map(channelLink)),
      group("Apps", appLink(channels.find((channel) => channel.kind === "im")))),
    el("footer", { class: "side-note" }, "A local sandbox. Nothing here reaches Slack."));
  node.classList.toggle("open", store.sidebarOpen);
}
