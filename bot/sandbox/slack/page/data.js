// Tables, data tables with sorting and pages, plans and task cards.
import { el, icon } from "./dom.js";
import { elementNode } from "./elements.js";
import { withEmoji } from "./emoji.js";
import { link } from "./mrkdwn.js";
import { richText } from "./richtext.js";

function cell(place, block, item) {
  if (item.type === "rich_text") return richText(item);
  if (item.type === "action_cell") return el("span", { class: "cell-actions" }, item.elements.map((element) => elementNode(place, block, element)));
  return withEmoji(item.text ?? item.value ?? "");
}

export function tableNode(place, block) {
  const [head, ...body] = block.rows;
  const aligned = (index) => ({ style: { textAlign: block.column_settings?.[index]?.align ?? "left", whiteSpace: block.column_settings?.[index]?.is_wrapped ? "normal" : null } });
  return el("div", { class: "table-wrap" }, el("table", { testid: "table" },
    el("thead", {}, el("tr", {}, head.map((item, index) => el("th", aligned(index), cell(place, block, item))))),
    el("tbody", {}, body.map((row) => el("tr", {}, row.map((item, index) => el("td", aligned(index), cell(place, block, item))))))));
}

const plain = (item) => (item.type === "raw_number" ? item.value ?? Number(item.text) : item.text ?? JSON.stringify(item.elements ?? ""));

export function dataTableNode(place, block) {
  const [head, ...body] = block.rows;
  const size = block.page_size ?? 5;
  let rows = body, page = 0, sorted = -1, up = true;
  const table = el("table", { testid: "data-table" }), pager = el("div", { class: "pager" });

  function sort(index) {
    up = sorted === index ? !up : true;
    sorted = index;
    const order = new Intl.Collator("en", { numeric: true });
    rows = [...body].sort((a, b) => (up ? 1 : -1) * order.compare(String(plain(a[index])), String(plain(b[index]))));
    page = 0;
    draw();
  }

  function draw() {
    const pages = Math.ceil(rows.length / size), shown = rows.slice(page * size, page * size + size);
    table.replaceChildren(el("caption", {}, block.caption),
      el("thead", {}, el("tr", {}, head.map((item, index) => el("th", { "aria-sort": sorted === index ? (up ? "ascending" : "descending") : "none" },
        el("button", { type: "button", class: "sort", onclick: () => sort(index) }, item.text ?? "", el("span", { "aria-hidden": "true" }, sorted === index ? (up ? " ▴" : " ▾") : "")))))),
      el("tbody", {}, shown.map((row) => el("tr", {}, row.map((item, index) => el(index === (block.row_header_column_index ?? 0) ? "th" : "td", index === (block.row_header_column_index ?? 0) ? { scope: "row" } : {}, cell(place, block, item)))))));
    pager.hidden = pages < 2;
    const step = (by, label, off) => el("button", { type: "button", class: "btn tiny", disabled: off, onclick: () => { page += by; draw(); } }, label);
    pager.replaceChildren(step(-1, "Previous", page === 0), el("span", {}, `${page + 1} of ${pages} · ${rows.length} rows`), step(1, "Next", page >= pages - 1));
  }
  draw();
  return el("div", { class: "table-wrap data-table" }, table, pager);
}

const STATES = { complete: ["✓", "Done"], error: ["!", "Failed"], in_progress: ["", "Running"], pending: ["", "Waiting"] };

export function taskNode(task) {
  const state = task.status ?? "pending";
  const [mark, word] = STATES[state] ?? STATES.pending;
  const more = [task.details, task.output].filter(Boolean).map(richText);
  const sources = (task.sources ?? []).map((source) => el("span", { class: "source" }, icon("reply", 11), link(source.url, source.text)));
  return el("div", { class: `task ${state}`, testid: "task", role: "listitem" },
    el("span", { class: "task-mark", role: "img", "aria-label": word, title: word }, mark),
    el("div", { class: "task-body" }, el("div", { class: "task-title" }, withEmoji(task.title)), ...more, sources.length ? el("div", { class: "sources" }, sources) : null));
}

export function planNode(block) {
  const tasks = block.tasks ?? [];
  const done = tasks.filter((task) => ["complete", "error"].includes(task.status)).length;
  return el("div", { class: "plan", testid: "plan" },
    el("div", { class: "plan-head" }, el("strong", {}, withEmoji(block.title)), el("span", { class: "plan-count" }, `${done} of ${tasks.length}`)),
    el("div", { class: "plan-bar", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": tasks.length, "aria-valuenow": done, "aria-label": block.title }, el("i", { style: { width: `${(100 * done) / Math.max(tasks.length, 1)}%` } })),
    el("div", { role: "list" }, tasks.map(taskNode)));
}
