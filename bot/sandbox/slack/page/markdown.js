// Standard Markdown of the `markdown` block to DOM nodes.
import { el } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { link } from "./mrkdwn.js";

const INLINE = /`([^`]+)`|\[([^\]]+)\]\(([^)\s]+)\)|\*\*(.+?)\*\*|__(.+?)__|~~(.+?)~~|\*([^*\s][^*]*)\*|\b_([^_]+)_\b|(https?:\/\/[^\s<>)]+)/g;

function inline(text) {
  const nodes = [];
  let last = 0;
  for (const found of text.matchAll(INLINE)) {
    const [whole, code, label, url, bold, bold2, gone, italic, italic2, bare] = found;
    if (found.index > last) nodes.push(withEmoji(text.slice(last, found.index)));
    last = found.index + whole.length;
    if (code !== undefined) nodes.push(el("code", {}, code));
    else if (label !== undefined) nodes.push(link(url, ...inline(label)));
    else if (bare !== undefined) nodes.push(link(bare, bare));
    else if (bold ?? bold2) nodes.push(el("strong", {}, ...inline(bold ?? bold2)));
    else if (gone !== undefined) nodes.push(el("s", {}, ...inline(gone)));
    else nodes.push(el("em", {}, ...inline(italic ?? italic2)));
  }
  if (last < text.length) nodes.push(withEmoji(text.slice(last)));
  return nodes;
}

const cells = (row) => row.replace(/^\s*\||\|\s*$/g, "").split("|").map((cell) => cell.trim());
const isRule = (row) => /^\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*$/.test(row ?? "");

function table(rows) {
  const [head, , ...body] = rows;
  return el("div", { class: "table-wrap" }, el("table", {},
    el("thead", {}, el("tr", {}, cells(head).map((cell) => el("th", {}, ...inline(cell))))),
    el("tbody", {}, body.map((row) => el("tr", {}, cells(row).map((cell) => el("td", {}, ...inline(cell))))))));
}

function list(rows) {
  const ordered = /^\s*\d/.test(rows[0]);
  return el(ordered ? "ol" : "ul", {}, rows.map((row) => {
    const text = row.replace(/^\s*(?:[-*+]|\d+[.)])\s+/, "");
    const task = text.match(/^\[([ xX])\]\s+(.*)$/);
    return el("li", {}, task ? [task[1] === " " ? "☐ " : "☑ ", ...inline(task[2])] : inline(text));
  }));
}

const KINDS = [
  ["list", (row) => /^\s*(?:[-*+]|\d+[.)])\s+/.test(row), list],
  ["quote", (row) => /^>/.test(row), (rows) => el("blockquote", {}, markdown(rows.map((row) => row.replace(/^>\s?/, "")).join("\n")))],
];

export function markdown(text) {
  const box = el("div", { class: "markdown" });
  const rows = String(text).split("\n");
  for (let i = 0; i < rows.length; i += 1) {
    const take = (test) => { const from = i; while (i + 1 < rows.length && test(rows[i + 1])) i += 1; return rows.slice(from, i + 1); };
    const kind = KINDS.find(([, test]) => test(rows[i]));
    if (/^```/.test(rows[i])) {
      const end = rows.findIndex((row, index) => index > i && /^```/.test(row));
      const stop = end < 0 ? rows.length : end;
      box.append(el("pre", {}, rows.slice(i + 1, stop).join("\n")));
      i = stop;
    } else if (rows[i].includes("|") && isRule(rows[i + 1])) box.append(table(take((row) => row.includes("|"))));
    else if (/^#{1,6}\s/.test(rows[i])) box.append(el("div", { class: `heading h${rows[i].match(/^#+/)[0].length}`, role: "heading", "aria-level": rows[i].match(/^#+/)[0].length }, ...inline(rows[i].replace(/^#+\s+/, ""))));
    else if (/^\s*([-*_])\s*\1\s*\1[\s\-*_]*$/.test(rows[i])) box.append(el("hr"));
    else if (kind) box.append(kind[2](take(kind[1])));
    else if (rows[i].trim()) box.append(el("p", {}, ...inline(rows[i])));
  }
  return box;
}
