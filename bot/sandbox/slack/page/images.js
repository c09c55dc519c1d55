// Images of messages: only this server's are loaded; anything else is named, not fetched.
import { lightbox } from "./dialogs.js";
import { el, icon } from "./dom.js";
import { link } from "./mrkdwn.js";

function inside(url) {
  try { const target = new URL(url, location.href); return target.origin === location.origin || target.protocol === "data:" ? target : null; } catch { return null; }
}

function source(block) {
  const file = block.slack_file;
  const id = file?.id ?? file?.url?.match(/files-pri\/(\w+)\//)?.[1] ?? block.image_url?.match(/\/files-pri\/(\w+)\//)?.[1];
  if (id) return `/sandbox/files/${id}/image`;
  return inside(block.image_url)?.href ?? "";
}

export function imageNode(block, className = "block-image") {
  const url = source(block);
  const alt = block.alt_text ?? "";
  if (!url) return el("span", { class: "image-outside" }, icon("eye", 14), " ", link(block.image_url ?? "", alt || "image outside the sandbox"));
  return zoomable(url, alt, className);
}

export function zoomable(url, alt, className) {
  const image = el("img", { src: url, alt, class: className, loading: "lazy" });
  const node = el("button", { type: "button", class: "image-button", "aria-label": `Open image: ${alt || "picture"}`, onclick: () => lightbox(url, alt) }, image);
  image.addEventListener("error", () => node.replaceWith(el("span", { class: "image-outside" }, `Image could not be loaded: ${alt}`)));
  return node;
}

export function fileNode(file) {
  if (/^image\/(png|jpeg|gif|webp)$/.test(file.mimetype)) {
    return el("figure", { class: "file-image", testid: "file" }, el("figcaption", {}, file.title, " ", el("a", { href: `${file.url}?download`, class: "file-get", download: file.name }, "Download")), zoomable(file.url, file.title, "file-picture"));
  }
  const size = file.size < 1024 ? `${file.size} B` : file.size < 1048576 ? `${Math.round(file.size / 1024)} kB` : `${(file.size / 1048576).toFixed(1)} MB`;
  return el("a", { class: "file-card", href: `${file.url}?download`, download: file.name, testid: "file" },
    el("span", { class: "file-icon" }, icon("file", 22)),
    el("span", { class: "file-text" }, el("strong", {}, file.title), el("small", {}, `${file.name} · ${size}`)));
}
