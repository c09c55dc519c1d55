// Builds DOM nodes; text always goes in as text, never as markup.

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") node.className = value;
    else if (key === "testid") node.dataset.testid = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "dataset") Object.assign(node.dataset, value);
    else if (key === "style") Object.assign(node.style, value);
    else if (key in node && !key.startsWith("aria") && key !== "list") node[key] = value;
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.append(...children.flat());
  return node;
}

const PATHS = {
  close: "M6 6l12 12M18 6 6 18",
  menu: "M4 7h16M4 12h16M4 17h16",
  send: "M4 12l16-8-6 16-3-6.5L4 12z",
  attach: "M20 11.5 12 19.5a5 5 0 0 1-7-7l8.5-8.5a3.4 3.4 0 0 1 4.8 4.8l-8.4 8.4a1.7 1.7 0 0 1-2.4-2.4l7.7-7.7",
  reply: "M20 5H4v11h4v4l5-4h7V5z",
  smile: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 14a4 4 0 0 0 7 0M9 9.5v.01M15 9.5v.01",
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  pin: "M9 4h6l-1 6 4 3v2H6v-2l4-3-1-6zM12 15v6",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  down: "M6 9l6 6 6-6",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M5.5 11h13v9h-13z",
  flask: "M9 3h6M10 3v6l-5 9a2 2 0 0 0 1.800 3h10.400a2 2 0 0 0 1.800-3l-5-9V3M7.500 15h9",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  home: "M4 11l8-7 8 7v9h-5v-6H9v6H4z",
};

export function icon(name, size = 18) {
  const path = svg("path", { d: PATHS[name], fill: "none", stroke: "currentColor", "stroke-width": name === "more" ? 2.6 : 1.8, "stroke-linecap": "round", "stroke-linejoin": "round" });
  return svg("svg", { viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true", class: "icon" }, path);
}

/** Puts a floating box next to an anchor, inside the window, above dialogs too. */
export function placeNear(box, anchor, { width = 0, above = false, align = "left" } = {}) {
  const at = anchor.getBoundingClientRect();
  if (width) box.style.width = `${Math.max(width, 120)}px`;
  const { offsetWidth: w, offsetHeight: h } = box;
  const left = align === "right" ? at.right - w : at.left;
  const roomBelow = window.innerHeight - at.bottom;
  const up = above || (roomBelow < h + 8 && at.top > roomBelow);
  box.style.left = `${Math.max(8, Math.min(left, window.innerWidth - w - 8))}px`;
  box.style.top = `${Math.max(8, up ? at.top - h - 4 : at.bottom + 4)}px`;
}

/** A floating menu; returns a function that closes it. */
export function openMenu(anchor, items, { label = "Menu", align = "left", className = "" } = {}) {
  const host = anchor.closest("dialog") ?? document.body;
  const menu = el("div", { class: `menu ${className}`, role: "menu", "aria-label": label });
  const close = () => {
    menu.remove();
    document.removeEventListener("pointerdown", outside, true);
    document.removeEventListener("keydown", key, true);
    anchor.setAttribute("aria-expanded", "false");
  };
  const outside = (event) => { if (!menu.contains(event.target) && !anchor.contains(event.target)) close(); };
  const key = (event) => {
    const buttons = [...menu.querySelectorAll("button")];
    const index = buttons.indexOf(document.activeElement);
    if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); close(); anchor.focus(); }
    else if (event.key === "ArrowDown") { event.preventDefault(); buttons[(index + 1) % buttons.length]?.focus(); }
    else if (event.key === "ArrowUp") { event.preventDefault(); buttons.at(index - 1)?.focus(); }
  };
  for (const item of items) {
    if (!item) continue;
    if (item instanceof Node) { menu.append(item); continue; }
    menu.append(el("button", {
      type: "button", role: "menuitem", class: `menu-item ${item.class ?? ""}`, testid: item.testid,
      onclick: () => { close(); item.run(); },
    }, item.content ?? item.label));
  }
  menu.closeMenu = close;
  host.append(menu);
  placeNear(menu, anchor, { align });
  anchor.setAttribute("aria-expanded", "true");
  document.addEventListener("pointerdown", outside, true);
  document.addEventListener("keydown", key, true);
  menu.querySelector("button")?.focus({ preventScroll: true });
  return close;
}
