// The page: loads what the viewer sees, draws it, and follows the sandbox's stream of changes.
import { get, post } from "./api.js";
import { composer } from "./composer.js";
import { el, icon } from "./dom.js";
import { drawHome } from "./home.js";
import { drawMessages, keepAtEnd } from "./messages.js";
import { drawModal } from "./modal.js";
import { drawPanel, hasPanel, loadPanel } from "./panel.js";
import { drawSidebar } from "./sidebar.js";
import { currentChannel, go, isApp, load, me, readAddress, store } from "./store.js";
import { toast } from "./toast.js";

const part = (id) => document.getElementById(id);
const shown = { main: "", thread: "" };

function header(channel) {
  const menu = el("button", { type: "button", class: "plain only-narrow", "aria-label": "Open the channel list", onclick: () => { store.sidebarOpen = true; document.body.classList.add("with-sidebar"); drawSidebar(part("sidebar")); } }, icon("menu", 20));
  const controls = hasPanel() ? el("button", { type: "button", class: "btn small sandbox-button", "aria-pressed": store.panelOpen && !store.threadTs ? "true" : "false", testid: "toggle-panel", onclick: () => { store.panelOpen = !store.panelOpen || Boolean(store.threadTs); if (store.threadTs) go({ place: store.place }); draw(); } }, icon("flask", 15), " Sandbox") : null;
  if (isApp()) {
    const tab = (name, label) => el("button", { type: "button", class: store.tab === name ? "on" : "", role: "tab", "aria-selected": store.tab === name ? "true" : "false", onclick: () => go({ place: "app", thread: name === "home" ? "home" : "" }) }, label);
    return el("header", { class: "main-head" }, menu, el("div", { class: "title" }, el("h2", {}, "ALB Incident"), el("div", { class: "tabs", role: "tablist" }, tab("home", "Home"), tab("messages", "Messages"))), controls);
  }
  const links = channel.bookmarks.map((mark) => el("a", { href: mark.link, target: "_blank", rel: "noopener noreferrer", class: "bookmark" }, mark.title));
  return el("header", { class: "main-head" }, menu,
    el("div", { class: "title" }, el("h2", {}, channel.kind === "private" ? icon("lock", 16) : "#", " ", channel.name), el("p", {}, channel.topic, links)),
    el("span", { class: "members", title: `${channel.members.length} members` }, `${channel.members.length} members`), controls);
}

function emptyChannel(channel) {
  return el("div", { class: "empty" }, el("span", { class: "empty-mark" }, isApp() ? "🚨" : "👋"),
    el("h3", {}, isApp() ? "Messages with ALB Incident" : `This is #${channel.name}`),
    el("p", {}, isApp() ? "What the app sends only to you appears here." : channel.topic),
    channel.kind === "public" ? el("p", { class: "hint" }, "Type ", el("code", {}, store.workspace.commands[0]?.name ?? "/"), " to begin.") : null);
}

function drawMain() {
  const main = part("main"), channel = currentChannel();
  const key = JSON.stringify([store.user, channel.id, isApp(), store.tab]);
  const fresh = key !== shown.main;
  if (fresh) {
    shown.main = key;
    const home = isApp() && store.tab === "home";
    const label = isApp() ? "Message ALB Incident" : `Message #${channel.name}`;
    main.replaceChildren(header(channel), el("div", { class: home ? "home" : "scroller", tabIndex: 0, testid: home ? "home" : "messages", role: home ? "region" : "log", "aria-label": home ? "Home" : "Messages" }, el("div", { class: home ? "home-body" : "list" })),
      home ? "" : composer({ channel, label }));
    if (home) post("home/open", { user: store.user });
  } else main.firstChild.replaceWith(header(channel));
  const home = main.querySelector(".home-body");
  if (home) { drawHome(home); return; }
  const scroller = main.querySelector(".scroller"), list = main.querySelector(".list");
  keepAtEnd(scroller, () => {
    list.querySelector(".empty")?.remove();
    drawMessages(list, store.messages);
    if (!store.messages.length) list.append(emptyChannel(channel));
  }, fresh);
}

function drawThread() {
  const pane = part("thread"), channel = currentChannel();
  const visible = Boolean(store.threadTs) && store.thread.length > 0;
  pane.hidden = !visible;
  document.body.classList.toggle("with-thread", visible);
  if (!visible) { shown.thread = ""; pane.replaceChildren(); return; }
  const key = JSON.stringify([store.user, channel.id, store.threadTs]);
  const fresh = key !== shown.thread;
  if (fresh) {
    shown.thread = key;
    pane.replaceChildren(
      el("header", { class: "pane-head" }, el("h2", {}, "Thread", el("small", {}, isApp() ? "ALB Incident" : `#${channel.name}`)), el("button", { type: "button", class: "plain", "aria-label": "Close thread", onclick: () => go({}) }, icon("close", 18))),
      el("div", { class: "scroller", tabIndex: 0, testid: "thread", role: "log", "aria-label": "Thread" }, el("div", { class: "list" })),
      composer({ channel, label: "Reply…", threadTs: store.threadTs }));
  }
  keepAtEnd(pane.querySelector(".scroller"), () => drawMessages(pane.querySelector(".list"), store.thread, { inThread: true }), fresh);
}

function drawControls() {
  const panel = part("panel");
  panel.hidden = !(store.panelOpen && hasPanel());
  document.body.classList.toggle("with-panel", !panel.hidden);
  if (!panel.hidden) drawPanel(panel, () => { store.panelOpen = false; draw(); });
}

function draw() {
  drawSidebar(part("sidebar"));
  drawMain();
  drawThread();
  drawControls();
  drawModal();
  document.title = `${isApp() ? "ALB Incident" : `#${currentChannel().name}`} · ${me().real_name} · Sandbox`;
}

async function notices() {
  const answer = await get("notices", { user: store.user, after: store.noticeId ?? 0 });
  const first = store.noticeId === null;
  for (const notice of answer.notices) {
    store.noticeId = Math.max(store.noticeId ?? 0, notice.id);
    if (!first) toast(notice.text, notice.tone);
  }
  store.noticeId ??= 0;
}

let running = false, again = false;

/** Reads and draws everything once; calls that come meanwhile cause one more round. */
async function refresh() {
  if (running) { again = true; return; }
  running = true;
  try {
    do {
      again = false;
      await load();
      if (store.workspace?.me.name !== store.user) { again = Boolean(store.workspace); continue; }
      draw();
      await notices();
      const channel = currentChannel();
      if (channel.unread && document.visibilityState === "visible" && !(isApp() && store.tab === "home")) await post("read", { user: store.user, channel: channel.id });
    } while (again);
  } finally { running = false; }
}

let stream = null;

function follow() {
  stream?.close();
  stream = new EventSource(`/sandbox/stream?user=${encodeURIComponent(store.user)}`);
  stream.onmessage = async (event) => {
    const change = JSON.parse(event.data);
    if (["controls", "reset", "hello"].includes(change.kind)) await loadPanel();
    refresh();
  };
}

async function arrive() {
  const before = store.user;
  readAddress();
  store.sidebarOpen = false;
  document.body.classList.remove("with-sidebar");
  if (before !== store.user || !stream) { store.noticeId = null; follow(); }
  await refresh();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !document.querySelector("dialog[open], .menu") && store.threadTs) go({});
});
window.addEventListener("hashchange", arrive);
setInterval(() => { if (store.workspace) drawSidebar(part("sidebar")); }, 60_000);
await loadPanel();
await arrive();
document.body.dataset.ready = "yes";
