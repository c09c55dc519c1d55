// Where elements stand (a message or a view), what was typed there, and telling the app about it.
import { post } from "./api.js";
import { store } from "./store.js";

const typed = new Map();

export class Place {
  constructor(key, where, values = {}) {
    this.key = key;
    this.where = where;
    this.values = values;
    if (!typed.has(key)) typed.set(key, {});
  }

  get typed() { return typed.get(this.key); }

  /** What the input holds now: typed here, else what Slack remembers. */
  value(block, element) {
    const mine = this.typed[block.block_id]?.[element.action_id];
    if (mine !== undefined) return mine;
    return fromState(this.values[block.block_id]?.[element.action_id]) ?? initial(element);
  }

  set(block, element, value) {
    (this.typed[block.block_id] ??= {})[element.action_id] = value;
  }

  async act(block, element, value) {
    return post("act", {
      ...this.where, user: store.user, block_id: block.block_id, action_id: element.action_id, value, state: this.typed,
    });
  }

  async options(block, element, query) {
    return post("options", { ...this.where, user: store.user, block_id: block.block_id, action_id: element.action_id, query });
  }

  static forget(key) { typed.delete(key); }
}

function fromState(state) {
  if (!state) return undefined;
  const found = Object.entries(state).find(([key]) => key !== "type");
  return found?.[1] ?? undefined;
}

function initial(element) {
  const found = Object.entries(element).find(([key]) => key.startsWith("initial_"));
  return found?.[1];
}
