// What the explorer asks of /graph/v1, and what may come back instead of an answer.

const BASE = "/graph/v1";
const KEEP = 200;
const KEEP_MS = 5 * 60_000;
const PATIENCE_MS = 60_000;
const TRIES = 3;
const LONGEST_WAIT_MS = 5_000;

/** Why there is no answer, in words. `status` 0: the service was not reached. */
export class Problem extends Error {
  constructor(status, title, detail, requestId = null) {
    super(detail || title);
    Object.assign(this, { status, title, detail, requestId });
  }

  /** The token is of no use: none, expired, or refused. */
  get unknownCaller() { return this.status === 401; }
}

/** When a token ends, in milliseconds since 1970; null where it does not say. The service judges, this only tells. */
export function readExpiry(token) {
  try {
    const middle = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const { exp } = JSON.parse(atob(middle));
    return typeof exp === "number" ? exp * 1000 : null;
  } catch {
    return null;
  }
}

export class Client {
  #token;
  #kept = new Map();

  constructor(token) { this.#token = token; }

  get expiry() { return readExpiry(this.#token); }

  /** Asks anew from now on. */
  forget() { this.#kept.clear(); }

  /** The answer to a question; the same question within five minutes is answered from memory. */
  async get(path, parameters = {}, signal = undefined) {
    const pairs = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "" && value.length !== 0);
    const query = pairs.map(([key, value]) => `${key}=${Array.isArray(value) ? value.map(encodeURIComponent).join(",") : encodeURIComponent(value)}`);
    const url = `${BASE}${path}${query.length ? `?${query.join("&")}` : ""}`;
    const kept = this.#kept.get(url);
    if (kept && Date.now() - kept.at < KEEP_MS) return kept.answer;
    const answer = await this.#send(url, signal);
    this.#kept.delete(url);
    this.#kept.set(url, { answer, at: Date.now() });
    if (this.#kept.size > KEEP) this.#kept.delete(this.#kept.keys().next().value);
    return answer;
  }

  async #send(url, signal) {
    for (let tried = 1; ; tried += 1) {
      const response = await this.#reach(url, signal);
      if (response.ok) return response.json();
      const wait = Number(response.headers.get("retry-after") ?? 1) * 1000;
      const again = [429, 503].includes(response.status) && tried < TRIES && wait <= LONGEST_WAIT_MS;
      if (!again) throw await this.#explain(response);
      await new Promise((resolve) => { setTimeout(resolve, Math.max(wait, 200)); });
    }
  }

  async #reach(url, signal) {
    const bound = AbortSignal.timeout(PATIENCE_MS);
    const stops = signal ? AbortSignal.any([signal, bound]) : bound;
    const headers = { Accept: "application/json", Authorization: `Bearer ${this.#token}` };
    try {
      return await fetch(url, { headers, signal: stops, credentials: "omit", cache: "no-store" });
    } catch (error) {
      if (signal?.aborted) throw error;
      if (bound.aborted) throw new Problem(0, "No answer yet", "The service has not answered for a minute. Ask for less: fewer steps, fewer types.");
      throw new Problem(0, "Not reached", "The service does not answer. Is it still running? What is shown stays; try again when it is back.");
    }
  }

  async #explain(response) {
    let told = {};
    try { told = await response.json(); } catch { /* a proxy's page: the status says enough */ }
    const expired = response.status === 401 && this.expiry !== null && this.expiry <= Date.now();
    if (expired) {
      return new Problem(401, "The token has expired", "Get a new one (uv run tercet token prints one) and paste it. The view stays as it is.", told.requestId);
    }
    return new Problem(response.status, told.title ?? `The service answered ${response.status}`, told.detail ?? "", told.requestId);
  }
}
