// The HTTP side of docs/api.md. Every failure becomes a `Problem`, also when the network is gone,
// so that callers have one way to say no.
import { clock } from "./clock";
import { newId } from "./ids";
import type { ProblemBody } from "./types";

export class Problem extends Error {
  constructor(readonly body: ProblemBody) {
    super(body.detail || body.title || body.code);
  }
  get code(): string { return this.body.code; }
  get status(): number { return this.body.status; }
}

export interface Call {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  body?: unknown;
  token?: string | undefined;
  key?: string; // Idempotency-Key: the same for every try of the same wish
  tries?: number;
}

const kTimeout_ms = 12_000;
const kWait_ms = 400;

export async function call<T>(path: string, options: Call = {}): Promise<T> {
  const safe = !options.method || options.method === "GET" || options.method === "PUT";
  const tries = options.tries ?? (safe || options.key ? 4 : 1);
  for (let attempt = 1; ; attempt++) {
    try {
      return await callOnce<T>(path, options);
    } catch (error) {
      const problem = error as Problem;
      const again = ["network", "in-progress", "overloaded"].includes(problem.code);
      if (!again || attempt >= tries) throw error;
      const wait = (problem.body.retry_after ?? 0) * 1000 || kWait_ms * 2 ** (attempt - 1);
      await new Promise((done) => setTimeout(done, wait * (0.75 + Math.random() / 2)));
    }
  }
}

async function callOnce<T>(path: string, { method = "GET", body, token, key }: Call): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (token) headers["Authorization"] = `Bearer ${token}`;
  if (key) headers["Idempotency-Key"] = key;
  const sent_at = Date.now();
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, {
      method, headers, cache: "no-store", signal: AbortSignal.timeout(kTimeout_ms),
      ...(body !== undefined ? { body: JSON.stringify(body) } : {}),
    });
    const told = response.headers.get("X-Server-Time");
    if (told) clock.sample(Date.parse(told), sent_at, Date.now());
    text = await response.text();
  } catch {
    throw new Problem({
      status: 0, code: "network", title: "No connection",
      detail: "We could not reach the show. Your connection may be down.",
    });
  }
  const value = parse(text);
  if (response.ok) return value as T;
  throw new Problem({
    code: "unknown", title: response.statusText, ...(value as Partial<ProblemBody> | undefined),
    status: response.status,
  });
}

function parse(text: string): unknown {
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const newKey = newId;
