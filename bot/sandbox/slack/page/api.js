// Talks to the sandbox's own JSON interface.
import { toast } from "./toast.js";

async function answer(response) {
  const body = await response.json();
  if (!response.ok) toast(`The sandbox refused this: ${body.error ?? response.status}`);
  return body;
}

export async function get(path, params = {}) {
  return answer(await fetch(`/sandbox/${path}?${new URLSearchParams(params)}`));
}

export async function post(path, body) {
  return answer(await fetch(`/sandbox/${path}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  }));
}

export async function upload(fields, file) {
  const form = new FormData();
  for (const [key, value] of Object.entries(fields)) form.append(key, value);
  form.append("file", file, file.name);
  return answer(await fetch("/sandbox/upload", { method: "POST", body: form }));
}
