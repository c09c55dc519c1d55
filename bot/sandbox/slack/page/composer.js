// The message box: Enter sends, / lists commands, @ lists people, files can be attached.
import { post, upload } from "./api.js";
import { el, icon, placeNear } from "./dom.js";
import { store } from "./store.js";
import { toast } from "./toast.js";

const drafts = new Map();

function suggestionsFor(text, caret, inThread) {
  if (text.startsWith("/") && !text.includes(" ") && !inThread) {
    return store.workspace.commands.filter((command) => command.name.startsWith(text)).map((command) => ({
      title: command.name, hint: command.usage_hint, note: command.description, insert: () => `${command.name} `,
    }));
  }
  const typing = text.slice(0, caret).match(/(?:^|\s)@([\w.-]*)$/);
  if (!typing) return [];
  const put = (name) => `${text.slice(0, caret - typing[1].length)}${name} ${text.slice(caret)}`;
  const people = store.workspace.users.map((user) => ({ title: `@${user.name}`, note: user.real_name, insert: () => put(user.name) }));
  const groups = store.workspace.groups.map((group) => ({ title: `@${group.handle}`, note: group.name, insert: () => put(group.handle) }));
  return [...people, ...groups].filter((item) => item.title.slice(1).startsWith(typing[1].toLowerCase())).slice(0, 8);
}

export function composer({ channel, label, threadTs = "" }) {
  const key = `${store.user}/${channel.id}/${threadTs}`;
  let items = [], active = 0, popup = null, attached = null;
  const text = el("textarea", { class: "composer-text", rows: 1, placeholder: label, "aria-label": label, value: drafts.get(key) ?? "", testid: threadTs ? "thread-composer" : "composer" });
  const file = el("input", { type: "file", hidden: true, testid: threadTs ? "thread-file" : "file-input" });
  const chip = el("div", { class: "attached", hidden: true });
  const send = el("button", { type: "button", class: "send", "aria-label": "Send", title: "Send (Enter)" }, icon("send", 17));
  const clip = el("button", { type: "button", class: "plain", "aria-label": "Attach a file", title: "Attach a file", onclick: () => file.click() }, icon("attach", 17));
  const box = el("div", { class: "composer" }, chip, text, el("div", { class: "composer-bar" }, clip, el("span", { class: "composer-hint" }, threadTs ? "Enter to reply" : "Type / for commands"), send), file);

  const grow = () => { text.style.height = "auto"; text.style.height = `${Math.min(text.scrollHeight, 220)}px`; send.classList.toggle("ready", Boolean(text.value.trim() || attached)); };

  function attach(chosen) {
    attached = chosen;
    chip.hidden = !chosen;
    chip.replaceChildren(...(chosen ? [icon("file", 16), el("span", {}, chosen.name), el("button", { type: "button", class: "plain", "aria-label": "Remove the file", onclick: () => attach(null) }, icon("close", 13))] : []));
    grow();
  }

  function suggest() {
    items = suggestionsFor(text.value, text.selectionStart, Boolean(threadTs));
    if (!items.length) { popup?.remove(); popup = null; return; }
    active = Math.min(active, items.length - 1);
    if (!popup) document.body.append((popup = el("div", { class: "menu suggestions", role: "listbox", "aria-label": "Suggestions", testid: "suggestions" })));
    popup.replaceChildren(...items.map((item, index) => {
      const node = el("div", { class: `suggestion ${index === active ? "active" : ""}`, role: "option", "aria-selected": index === active ? "true" : "false" },
        el("div", {}, el("strong", {}, item.title), item.hint ? el("span", { class: "usage" }, ` ${item.hint}`) : null), el("small", {}, item.note));
      node.addEventListener("pointerdown", (event) => { event.preventDefault(); take(index); });
      return node;
    }));
    placeNear(popup, box, { above: true, width: Math.min(box.offsetWidth, 460) });
  }

  function take(index) {
    text.value = items[index].insert();
    changed();
    text.focus();
  }

  function changed() { drafts.set(key, text.value); grow(); suggest(); }

  async function submit() {
    const typed = text.value.trim();
    if (!typed && !attached) return;
    const picture = attached;
    text.value = "";
    attach(null);
    changed();
    const fields = { user: store.user, channel: channel.id, text: typed, thread_ts: threadTs };
    const answer = picture ? await upload(fields, picture) : await post("send", fields);
    if (!answer.ok && answer.error && typed.startsWith("/")) { text.value = typed; changed(); }
    else if (!answer.ok) toast("This could not be sent.");
  }

  text.addEventListener("input", () => { active = 0; changed(); });
  text.addEventListener("blur", () => { popup?.remove(); popup = null; });
  text.addEventListener("keydown", (event) => {
    const exact = items.length === 1 && items[0].insert().trim() === text.value.trim();
    if (popup && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      active = (active + (event.key === "ArrowDown" ? 1 : items.length - 1)) % items.length;
      suggest();
    } else if (popup && event.key === "Escape") { event.stopPropagation(); popup.remove(); popup = null; }
    else if (popup && (event.key === "Tab" || (event.key === "Enter" && !exact))) { event.preventDefault(); take(active); }
    else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); submit(); }
  });
  text.addEventListener("paste", (event) => { const pasted = event.clipboardData?.files?.[0]; if (pasted) { event.preventDefault(); attach(pasted); } });
  file.addEventListener("change", () => { attach(file.files[0] ?? null); file.value = ""; });
  send.addEventListener("click", submit);
  queueMicrotask(grow);
  return box;
}
