// What the page knows: who is looking, where, and the last answers of the sandbox.
import { get } from "./api.js";

export const store = {
  user: "ana", place: "incidents", threadTs: "", tab: "messages",
  workspace: null, messages: [], thread: [], views: [], home: null,
  panelOpen: window.innerWidth > 900, sidebarOpen: false, clockSkew: 0, noticeId: null,
};

export const now = () => new Date(Date.now() + store.clockSkew);
export const me = () => store.workspace.me;
export const users = () => store.workspace.users;
export const userById = (id) => users().find((user) => user.id === id);
export const groupById = (id) => store.workspace.groups.find((group) => group.id === id);
export const channelById = (id) => store.workspace.channels.find((channel) => channel.id === id);
export const isApp = () => store.place === "app";

export function currentChannel() {
  const channels = store.workspace?.channels ?? [];
  if (isApp()) return channels.find((channel) => channel.kind === "im");
  return channels.find((channel) => channel.name === store.place || channel.id === store.place) ?? channels[0];
}

/** The address bar keeps who and where: #/ana/incidents/1763733900.000100 */
export function readAddress() {
  const archive = location.pathname.match(/^\/archives\/(\w+)\/p(\d+)(\d{6})$/);
  if (archive) {
    const parent = new URLSearchParams(location.search).get("thread_ts");
    history.replaceState(null, "", `/#/${store.user}/${archive[1]}/${parent ?? `${archive[2]}.${archive[3]}`}`);
  }
  const [user, place, thread] = location.hash.replace(/^#\//, "").split("/");
  store.user = user || sessionStorage.getItem("user") || store.user;
  store.place = place || "incidents";
  store.tab = isApp() && thread === "home" ? "home" : "messages";
  store.threadTs = thread && thread !== "home" ? thread : "";
  sessionStorage.setItem("user", store.user);
}

export function go({ user = store.user, place = store.place, thread = "" } = {}) {
  const hash = `#/${user}/${place}${thread ? `/${thread}` : ""}`;
  if (location.hash === hash) window.dispatchEvent(new HashChangeEvent("hashchange"));
  else location.hash = hash;
}

export async function load() {
  const user = store.user;
  const workspace = await get("workspace", { user });
  if (workspace.ok === false) return go({ user: "ana" });
  if (user !== store.user) return undefined;
  store.workspace = workspace;
  store.clockSkew = workspace.now * 1000 - Date.now();
  const channel = currentChannel();
  const [messages, thread, views, home] = await Promise.all([
    get("messages", { user, channel: channel.id }),
    store.threadTs ? get("messages", { user, channel: channel.id, thread_ts: store.threadTs }) : { messages: [] },
    get("views", { user }),
    get("home", { user }),
  ]);
  if (user !== store.user) return undefined;
  Object.assign(store, {
    messages: messages.messages, thread: thread.messages, views: views.views, home: home.view,
  });
  return undefined;
}
