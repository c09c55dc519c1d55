// One combobox for every select menu: static, external, users, channels; single or multi.
import { el, icon, placeNear } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { mrkdwnInline } from "./mrkdwn.js";
import { store } from "./store.js";

let serial = 0;
const asOption = (value, text, note) => ({ value, text: { text }, ...(note ? { description: { text: note } } : {}) });
const label = (option) => withEmoji(option.text.text);

function localGroups(element) {
  if (element.type.includes("users")) return [{ options: store.workspace.users.filter((user) => !user.is_bot).map((user) => asOption(user.id, user.real_name, user.profile.title)) }];
  if (/channels|conversations/.test(element.type)) return [{ options: store.workspace.channels.filter((channel) => channel.kind !== "im").map((channel) => asOption(channel.id, `#${channel.name}`)) }];
  return element.option_groups ?? [{ options: element.options ?? [] }];
}

export function select(place, block, element, { onChoose, name }) {
  const many = element.type.startsWith("multi_");
  const external = element.type.includes("external");
  const keepsOption = /static|external/.test(element.type);
  const least = element.min_query_length ?? 3;
  const listId = `options-${(serial += 1)}`;
  const placeholder = element.placeholder?.text ?? (many ? "Select options" : "Select an option");
  let chosen = [place.value(block, element) ?? []].flat().map((value) => known(value)).filter(Boolean);
  let shown = [], active = -1, popup = null, timer = 0, asked = 0;

  function known(value) {
    if (value && typeof value === "object") return value;
    return localGroups(element).flatMap((group) => group.options).find((option) => option.value === value);
  }

  const chips = el("span", { class: "chips" });
  const input = el("input", {
    type: "text", class: "select-input", role: "combobox", autocomplete: "off", spellcheck: false,
    "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": listId, "aria-label": name ?? placeholder,
    testid: `select-${element.action_id}`,
  });
  const box = el("span", { class: `select ${many ? "many" : ""}` }, chips, input, el("span", { class: "select-arrow" }, icon("down", 14)));
  box.addEventListener("pointerdown", (event) => { if (event.target !== input && !event.target.closest(".chip")) { event.preventDefault(); input.focus(); open(); } });

  function paint() {
    chips.replaceChildren(...(many ? chosen.map((option) => el("span", { class: "chip" }, label(option),
      el("button", { type: "button", "aria-label": `Remove ${label(option)}`, onclick: () => { chosen = chosen.filter((one) => one.value !== option.value); settle(); } }, icon("close", 11)))) : []));
    input.placeholder = many && chosen.length ? "" : placeholder;
    if (document.activeElement !== input || !popup) input.value = many || !chosen.length ? "" : label(chosen[0]);
  }

  function settle() {
    const values = chosen.map((option) => (keepsOption ? option : option.value));
    const value = many ? values : values[0] ?? null;
    place.set(block, element, value);
    paint();
    onChoose?.(value);
  }

  function choose(option) {
    if (many) {
      const has = chosen.some((one) => one.value === option.value);
      if (!has && element.max_selected_items && chosen.length >= element.max_selected_items) return;
      chosen = has ? chosen.filter((one) => one.value !== option.value) : [...chosen, option];
      input.value = "";
      settle();
      draw(shown);
      return;
    }
    chosen = [option];
    close();
    settle();
  }

  function draw(groups, message = "") {
    if (!popup) return;
    shown = groups;
    const flat = groups.flatMap((group) => group.options);
    active = Math.min(Math.max(active, 0), flat.length - 1);
    let index = -1;
    popup.replaceChildren(...(flat.length ? groups.flatMap((group) => [
      group.label && el("div", { class: "option-group" }, group.label.text),
      ...group.options.map((option) => {
        index += 1;
        const mine = index, on = chosen.some((one) => one.value === option.value);
        const node = el("div", { class: `option ${mine === active ? "active" : ""}`, role: "option", id: `${listId}-${mine}`, "aria-selected": on ? "true" : "false", testid: "option" },
          el("span", { class: "option-check", "aria-hidden": "true" }, on ? "✓" : ""),
          el("span", { class: "option-body" }, el("span", {}, label(option)), option.description && el("small", {}, option.description.text)));
        node.addEventListener("pointerdown", (event) => { event.preventDefault(); choose(option); });
        return node;
      })]).filter(Boolean) : [el("div", { class: "option-none" }, message || "No results")]));
    if (active >= 0) { input.setAttribute("aria-activedescendant", `${listId}-${active}`); popup.querySelector(".active")?.scrollIntoView({ block: "nearest" }); }
    placeNear(popup, box, { width: box.offsetWidth });
  }

  async function search(query) {
    if (!popup) return;
    if (!external) {
      const wanted = query.toLowerCase();
      const groups = localGroups(element).map((group) => ({ ...group, options: group.options.filter((option) => label(option).toLowerCase().includes(wanted)) }));
      draw(groups.filter((group) => group.options.length));
      return;
    }
    if (query.length < least) { draw([], `Type at least ${least} character${least === 1 ? "" : "s"} to see options`); return; }
    const turn = (asked += 1);
    draw([], "Loading…");
    const answer = await place.options(block, element, query);
    if (turn !== asked) return;
    draw(answer.option_groups ?? [{ options: answer.options ?? [] }], answer.ok ? "No results" : "Could not load options");
  }

  function open() {
    if (popup) return;
    popup = el("div", { class: "options", role: "listbox", id: listId, "aria-label": placeholder, "aria-multiselectable": many ? "true" : null });
    (box.closest("dialog") ?? document.body).append(popup);
    input.setAttribute("aria-expanded", "true");
    input.select();
    active = 0;
    document.addEventListener("scroll", onScroll, true);
    search("");
  }

  const onScroll = (event) => { if (popup && !popup.contains(event.target)) placeNear(popup, box, { width: box.offsetWidth }); };

  function close() {
    clearTimeout(timer);
    popup?.remove();
    popup = null;
    asked += 1;
    document.removeEventListener("scroll", onScroll, true);
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    paint();
  }

  input.addEventListener("click", open);
  input.addEventListener("blur", () => close());
  input.addEventListener("input", () => {
    open();
    clearTimeout(timer);
    active = 0;
    timer = setTimeout(() => search(input.value), external ? 140 : 0);
  });
  input.addEventListener("keydown", (event) => {
    const flat = shown.flatMap((group) => group.options);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      open();
      active = (active + (event.key === "ArrowDown" ? 1 : flat.length - 1)) % Math.max(flat.length, 1);
      draw(shown);
    } else if (event.key === "Enter" && popup) {
      event.preventDefault();
      if (flat[active]) choose(flat[active]);
    } else if (event.key === "Escape" && popup) {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Backspace" && many && !input.value && chosen.length) {
      chosen = chosen.slice(0, -1);
      settle();
    }
  });
  paint();
  return box;
}

export const optionLabel = (option) => [option.text.type === "mrkdwn" ? mrkdwnInline(option.text.text) : withEmoji(option.text.text),
  option.description && el("small", { class: "option-note" }, withEmoji(option.description.text))];
