// The search box: a list that opens below it, worked by arrows, Enter and Escape, or by a click.

import { Problem } from "./api.js";
import { draw, fill, get, make } from "./make.js";
import { brief, title } from "./words.js";

const PAUSE_MS = 160;
const MOST = 12;

export class Search {
  #asking = null;
  #timer = null;
  #hits = [];
  #at = -1;

  /** `ask(words, limit, signal)` brings entities, `choose(entity)` hears of the one that was chosen. */
  constructor({ ask, choose, look, failed }) {
    Object.assign(this, { ask, choose, look, failed });
    this.box = get("find");
    this.list = get("found");
    this.box.addEventListener("input", () => this.#soon());
    this.box.addEventListener("focus", () => { if (this.box.value.trim()) this.#soon(); });
    this.box.addEventListener("keydown", (event) => this.#press(event));
    document.addEventListener("pointerdown", ({ target }) => { if (!target.closest(".search")) this.close(); });
    this.box.addEventListener("blur", () => setTimeout(() => { if (!this.list.contains(document.activeElement)) this.close(); }, 150));
  }

  close() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.list.hidden = true;
    this.box.setAttribute("aria-expanded", "false");
    this.box.removeAttribute("aria-activedescendant");
    this.#at = -1;
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#search(), PAUSE_MS);
  }

  async #search() {
    const words = this.box.value.trim();
    this.#asking?.abort();
    if (!words) {
      this.close();
      return;
    }
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    try {
      const answer = await this.ask(words, MOST, signal);
      if (!signal.aborted) this.#show(answer);
    } catch (problem) {
      if (signal.aborted) return;
      this.close();
      if (problem instanceof Problem) this.failed(problem);
      else throw problem;
    }
  }

  #show({ entities, after, truncated }) {
    this.#hits = entities;
    this.#at = -1;
    const rows = entities.map((entity, index) => make("li", { id: `hit-${index}`, role: "option", "aria-selected": "false", onclick: () => this.#take(index) },
      draw(this.look(entity.kind)), make("span", { class: "name" }, title(entity)), make("span", { class: "faint" }, brief(entity.kind)), make("span", { class: "faint id" }, entity.id)));
    const rest = entities.length === 0 ? "Nothing is called that." : after || truncated ? "There are more: add a word." : null;
    fill(this.list, rows, rest && make("li", { class: "rest faint", role: "option", "aria-disabled": "true", "aria-selected": "false" }, rest));
    this.list.hidden = false;
    this.box.setAttribute("aria-expanded", "true");
  }

  #press(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") {
      if (this.list.hidden) this.box.value = "";
      this.close();
    } else if (step && !this.list.hidden && this.#hits.length) this.#go((this.#at + step + this.#hits.length) % this.#hits.length);
    else if (step) this.#search();
    else if (event.key === "Enter" && !this.list.hidden && this.#hits.length) this.#take(Math.max(this.#at, 0));
    else if (event.key === "Enter") this.#search();
    else return;
    event.preventDefault();
  }

  #go(index) {
    this.list.children[this.#at]?.setAttribute("aria-selected", "false");
    this.#at = index;
    const row = this.list.children[index];
    row.setAttribute("aria-selected", "true");
    row.scrollIntoView({ block: "nearest" });
    this.box.setAttribute("aria-activedescendant", row.id);
  }

  #take(index) {
    const entity = this.#hits[index];
    this.close();
    this.box.value = "";
    this.choose(entity);
  }
}
