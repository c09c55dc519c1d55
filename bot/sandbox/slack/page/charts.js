// data_visualization blocks as SVG.
import { el, svg } from "./dom.js";

const COLOURS = ["var(--c1)", "var(--c2)", "var(--c3)", "var(--c4)", "var(--c5)", "var(--c6)"];
const W = 560, H = 220, LEFT = 46, RIGHT = 10, TOP = 12, BOTTOM = 34;

const short = (value) => (Math.abs(value) >= 1e6 ? `${+(value / 1e6).toFixed(1)}M` : Math.abs(value) >= 1e4 ? `${+(value / 1e3).toFixed(1)}k` : `${+value.toFixed(2)}`);

function niceTop(value) {
  const size = 10 ** Math.floor(Math.log10(value || 1));
  return [1, 2, 2.5, 5, 10].map((step) => step * size).find((step) => step >= value) ?? value;
}

function axes(chart) {
  const { categories, x_label: xLabel, y_label: yLabel } = chart.axis_config;
  const values = chart.series.flatMap((series) => series.data.map((point) => point.value));
  const top = niceTop(Math.max(...values, 0.0001)), bottom = Math.min(0, ...values);
  const y = (value) => TOP + (H - TOP - BOTTOM) * (1 - (value - bottom) / (top - bottom));
  const slot = (W - LEFT - RIGHT) / categories.length;
  const x = (index) => LEFT + slot * (index + 0.5);
  const nodes = [0, 0.25, 0.5, 0.75, 1].map((part) => bottom + (top - bottom) * part).flatMap((value) => [
    svg("line", { x1: LEFT, x2: W - RIGHT, y1: y(value), y2: y(value), class: "grid" }),
    svg("text", { x: LEFT - 6, y: y(value) + 4, class: "tick", "text-anchor": "end" }, short(value))]);
  const every = Math.ceil(categories.length / 8);
  categories.forEach((name, index) => { if (index % every === 0) nodes.push(svg("text", { x: x(index), y: H - 16, class: "tick", "text-anchor": "middle" }, name)); });
  if (xLabel) nodes.push(svg("text", { x: (LEFT + W) / 2, y: H - 2, class: "axis", "text-anchor": "middle" }, xLabel));
  if (yLabel) nodes.push(svg("text", { x: 4, y: 9, class: "axis" }, yLabel));
  return { nodes, x, y, slot, zero: y(Math.max(0, bottom)), categories };
}

const ordered = (series, categories) => categories.map((name) => series.data.find((point) => point.label === name)?.value ?? 0);

function plotted(chart) {
  const { nodes, x, y, slot, zero, categories } = axes(chart);
  chart.series.forEach((series, n) => {
    const values = ordered(series, categories), colour = COLOURS[n % 6];
    const hint = (index) => svg("title", {}, `${series.name}, ${categories[index]}: ${values[index]}`);
    if (chart.type === "bar") {
      const width = Math.min(28, (slot * 0.72) / chart.series.length);
      values.forEach((value, index) => nodes.push(svg("rect", {
        x: x(index) - (width * chart.series.length) / 2 + width * n, y: Math.min(y(value), zero), width: width - 1,
        height: Math.max(Math.abs(zero - y(value)), 0.5), rx: 2, style: `fill:${colour}`,
      }, hint(index))));
      return;
    }
    const path = values.map((value, index) => `${index ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`).join("");
    if (chart.type === "area") nodes.push(svg("path", { d: `${path}L${x(values.length - 1)} ${zero}L${x(0)} ${zero}Z`, style: `fill:${colour};opacity:.22` }));
    nodes.push(svg("path", { d: path, fill: "none", style: `stroke:${colour}`, "stroke-width": 2.2, "stroke-linejoin": "round" }));
    values.forEach((value, index) => nodes.push(svg("circle", { cx: x(index), cy: y(value), r: 3, style: `fill:${colour}` }, hint(index))));
  });
  return nodes;
}

function pie(chart) {
  const total = chart.segments.reduce((sum, segment) => sum + segment.value, 0);
  let turn = -Math.PI / 2;
  return chart.segments.map((segment, n) => {
    const part = (segment.value / total) * 2 * Math.PI, end = turn + Math.min(part, 2 * Math.PI - 1e-4);
    const at = (angle) => `${W / 2 + 92 * Math.cos(angle)} ${H / 2 + 92 * Math.sin(angle)}`;
    const node = svg("path", { d: `M${W / 2} ${H / 2}L${at(turn)}A92 92 0 ${part > Math.PI ? 1 : 0} 1 ${at(end)}Z`, style: `fill:${COLOURS[n % 6]}`, class: "slice" },
      svg("title", {}, `${segment.label}: ${segment.value}`));
    turn += part;
    return node;
  });
}

export function chartNode(block) {
  const { chart, title } = block;
  const names = (chart.segments ?? chart.series).map((item) => (chart.segments ? `${item.label} ${short(item.value)}` : item.name));
  return el("figure", { class: "chart", testid: "chart" },
    el("figcaption", {}, title),
    svg("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": `${title}: ${names.join(", ")}` }, chart.type === "pie" ? pie(chart) : plotted(chart)),
    el("div", { class: "legend" }, names.map((name, n) => el("span", {}, el("i", { style: { background: COLOURS[n % 6] } }), name))));
}
