// One live line to the show: a WebSocket that resumes where it stopped, and Server-Sent Events when
// three sockets in a row fail. Callers subscribe to channels and send commands; they never see a
// reconnect. Protocol: docs/api.md, "The socket".
//
// What holds: every event of a log-like channel reaches its handler once and in order, over any
// number of reconnects (cursor for where we are, seq against doubles and holes). A command is sent
// until the server has answered its id; the server knows the id, so sending twice does nothing.
import { Problem, call } from "./api";
import { clock } from "./clock";
import { newId } from "./ids";
import { EventLine } from "./sse";
import type { ProblemBody } from "./types";

export type LineState = "connecting" | "live" | "fallback" | "waiting" | "closed";

export interface Handlers<S, E> {
  snapshot?(data: S): void;
  event?(data: E, at_ms: number): void;
  reset?(reason: string): void;
}

export interface Frame {
  t: string; ch?: string; cursor?: string; seq?: number; at?: number; data?: unknown;
  id?: string; server_time?: number; retry_after?: number; code?: number; reason?: string;
  from?: string; number?: number; held?: boolean; off?: string; problem?: ProblemBody;
}

// held: a moderator looks at it first; it has no number yet.
export interface Answer { number?: number; held?: boolean }

interface Subscription {
  handlers: Handlers<any, any>;
  from: string | undefined; // where a first subscription starts
  cursor: string | undefined;
  seq: number;
  healed_seq: number; // a hole behind this seq was asked for once already
}

interface Command {
  frame: { t: "cmd"; id: string; op: string; ch: string; data: Record<string, unknown> };
  done(answer: Answer): void;
  fail(problem: Problem): void;
}

const kCommandsMax = 200;
const kSync_ms = 10_000;
const kSilence_ms = 7_000; // no answer to a sync for this long: the line is dead
const kHello_ms = 6_000;
const kBeat_ms = 5_000;
const kBackoffFirst_ms = 200;
const kBackoffMax_ms = 8_000;
const kSocketTries = 3;

export class LiveLine {
  state: LineState = "connecting";
  outage_ms = 0; // how long the last break lasted, until the next hello
  reconnects = 0;
  doubles = 0; // events the dedupe dropped
  holes = 0; // holes in a log-like channel that were asked for again

  private socket: WebSocket | undefined;
  private sse: EventLine | undefined;
  private subscriptions = new Map<string, Subscription>();
  private commands = new Map<string, Command>();
  private syncs = new Map<string, number>();
  private beats = new Set<string>();
  private timers: ReturnType<typeof setInterval>[] = [];
  private retry: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private retry_after_s = 0;
  private lost_at = 0;
  private greeted = false;
  private stopped = false;

  constructor(
    private readonly options: {
      token(): string | undefined;
      changed(state: LineState): void;
      unauthenticated(): Promise<void>; // get a new token, or throw to give up
    },
  ) {
    addEventListener("online", this.hurry);
    document.addEventListener("visibilitychange", this.wake);
  }

  start(): void {
    void this.connect();
  }

  close(): void {
    this.stopped = true;
    removeEventListener("online", this.hurry);
    document.removeEventListener("visibilitychange", this.wake);
    clearTimeout(this.retry);
    this.drop();
    this.set("closed");
  }

  subscribe<S, E>(ch: string, handlers: Handlers<S, E>, from?: string): () => void {
    this.subscriptions.set(ch, { handlers, from, cursor: undefined, seq: 0, healed_seq: 0 });
    if (this.greeted) this.sendSub(ch);
    if (this.sse) this.openEvents();
    return () => {
      this.subscriptions.delete(ch);
      this.send({ t: "unsub", ch });
    };
  }

  // Resolves after the commit; rejects with the server's Problem. Survives reconnects.
  command(op: string, ch: string, data: Record<string, unknown>, id = newId()) {
    return new Promise<Answer>((done, fail) => {
      if (this.commands.size >= kCommandsMax) {
        fail(new Problem({ status: 0, code: "network", title: "Too much is waiting" }));
        return;
      }
      const command: Command = { frame: { t: "cmd", id, op, ch, data }, done, fail };
      this.commands.set(id, command);
      this.sendCommand(command);
    });
  }

  // Counts this page as watching `show` until the returned function is called.
  watch(show: string): () => void {
    this.beats.add(show);
    this.send({ t: "beat", show });
    return () => this.beats.delete(show);
  }

  private set(state: LineState): void {
    if (this.state === state) return;
    this.state = state;
    this.options.changed(state);
  }

  private async connect(): Promise<void> {
    clearTimeout(this.retry);
    if (this.stopped) return;
    if (this.state !== "waiting") this.set("connecting");
    try {
      const path = "/v1/auth/ticket";
      const token = this.options.token();
      const { ticket } = await call<{ ticket: string }>(path, { method: "POST", token, tries: 1 });
      if (this.stopped) return;
      if (this.failures >= kSocketTries) this.openEvents();
      else this.openSocket(ticket);
    } catch (error) {
      if (error instanceof Problem && error.code === "unauthenticated") {
        try {
          await this.options.unauthenticated();
        } catch {
          return this.close();
        }
      }
      // The server is away as a whole: no reason to give up on sockets.
      this.again(false);
    }
  }

  private openSocket(ticket: string): void {
    const url = new URL("/v1/socket", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url, ["vitrine.v1.json", `ticket.${ticket}`]);
    this.socket = socket;
    const patience = setTimeout(() => socket.close(), kHello_ms);
    socket.onmessage = (message) => {
      if (socket !== this.socket) return;
      const frame = JSON.parse(String(message.data)) as Frame;
      if (frame.t === "hello") clearTimeout(patience);
      this.receive(frame);
    };
    socket.onclose = () => {
      clearTimeout(patience);
      if (socket !== this.socket) return;
      const spoke = this.greeted;
      this.drop();
      this.again(!spoke);
    };
  }

  // The fallback: events come by SSE, commands go by HTTP.
  private openEvents(): void {
    this.sse?.close();
    const channels = [...this.subscriptions].map(([ch, s]) => ({ ch, cursor: s.cursor ?? s.from }));
    if (channels.length === 0) return;
    this.sse = new EventLine(channels, {
      open: () => {
        this.recovered();
        this.set("fallback");
        for (const command of this.commands.values()) this.sendCommand(command);
      },
      frame: (frame) => this.receive(frame),
      lost: () => {
        this.drop();
        this.failures = 0; // the next try is a socket again
        this.again(false);
      },
    });
  }

  private drop(): void {
    if (this.greeted || this.sse) this.lost_at = Date.now();
    for (const timer of this.timers) clearInterval(timer);
    this.timers = [];
    const socket = this.socket;
    this.socket = undefined;
    this.greeted = false;
    this.syncs.clear();
    socket?.close();
    this.sse?.close();
    this.sse = undefined;
  }

  private again(socket_failed: boolean): void {
    if (this.stopped) return;
    if (socket_failed) this.failures++;
    this.set("waiting");
    this.reconnects++;
    const tries = Math.min(this.attempts++, 6);
    const backoff = Math.min(kBackoffFirst_ms * 2 ** tries, kBackoffMax_ms);
    const wait = this.retry_after_s * 1000 + backoff * (0.5 + Math.random() / 2);
    this.retry_after_s = 0;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => void this.connect(), wait);
  }
  private attempts = 0;

  private hurry = (): void => {
    if (this.state !== "waiting") return;
    this.attempts = 0;
    void this.connect();
  };

  private wake = (): void => {
    if (document.hidden) return;
    this.hurry();
    if (this.greeted) this.sync();
  };

  private recovered(): void {
    this.outage_ms = this.lost_at ? Date.now() - this.lost_at : 0;
    this.lost_at = 0;
    this.attempts = 0;
  }

  private hello(frame: Frame): void {
    this.greeted = true;
    this.failures = 0;
    this.recovered();
    clock.forget();
    if (frame.server_time) clock.sample(frame.server_time, Date.now() - 200, Date.now());
    for (const [ch] of this.subscriptions) this.sendSub(ch);
    for (const command of this.commands.values()) this.sendCommand(command);
    this.beat();
    this.sync();
    setTimeout(() => this.sync(), 300);
    setTimeout(() => this.sync(), 900);
    this.timers = [
      setInterval(() => this.beat(), kBeat_ms),
      setInterval(() => this.sync(), kSync_ms),
      setInterval(() => this.checkAlive(), 1_000),
    ];
    this.set("live");
  }

  private beat(): void {
    for (const show of this.beats) this.send({ t: "beat", show });
  }

  private sync(): void {
    const id = newId();
    if (this.send({ t: "sync", id })) this.syncs.set(id, Date.now());
  }

  private checkAlive(): void {
    const oldest = Math.min(...this.syncs.values());
    if (Date.now() - oldest < kSilence_ms) return;
    this.drop();
    this.again(false);
  }

  private send(frame: object): boolean {
    if (!this.greeted || this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  private sendSub(ch: string): void {
    const subscription = this.subscriptions.get(ch);
    if (!subscription) return;
    const cursor = subscription.cursor ?? subscription.from;
    // Only a log-like channel numbers its events independently of the subscription.
    if (!isLog(ch)) subscription.seq = 0;
    this.send({ t: "sub", ch, ...(cursor ? { cursor } : {}) });
  }

  private sendCommand(command: Command): void {
    if (this.send(command.frame) || !this.sse) return;
    const { op, ch, id, data } = command.frame;
    const path = `/v1/store/shows/${ch}/${op === "chat" ? "chat" : "reactions"}`;
    const body = op === "chat" ? { id, ...data } : data;
    call<Answer>(path, { method: "POST", body, token: this.options.token() }).then(
      (answer) => this.answered({ t: "ack", id, ...answer }),
      (error: Problem) => {
        if (error.code !== "network") this.answered({ t: "nack", id, problem: error.body });
      },
    );
  }

  private receive(frame: Frame): void {
    switch (frame.t) {
      case "hello": return this.hello(frame);
      case "ack": case "nack": return this.answered(frame);
      case "sync": return this.synced(frame);
      case "bye": this.retry_after_s = frame.retry_after ?? 0; return;
    }
    const subscription = this.subscriptions.get(frame.ch ?? "");
    if (!subscription) return;
    switch (frame.t) {
      case "subbed": subscription.cursor ??= frame.cursor; return;
      case "snapshot":
        subscription.cursor = frame.cursor;
        subscription.handlers.snapshot?.(frame.data);
        return;
      case "evt": return this.event(frame, subscription);
      case "reset":
        subscription.cursor = undefined;
        subscription.seq = 0;
        subscription.handlers.reset?.(frame.reason ?? "");
        return;
      case "gap":
        this.holes++;
        subscription.cursor = frame.from;
        this.sendSub(frame.ch!);
    }
  }

  private event(frame: Frame, subscription: Subscription): void {
    const { ch = "", seq = 0 } = frame;
    if (seq > 0 && seq <= subscription.seq) {
      this.doubles++;
      return;
    }
    const hole = isLog(ch) && subscription.seq > 0 && seq > subscription.seq + 1;
    const asked = subscription.healed_seq === subscription.seq || !subscription.cursor;
    if (hole && !asked && this.greeted) {
      this.holes++;
      subscription.healed_seq = subscription.seq;
      this.sendSub(ch);
      return;
    }
    if (seq > 0) subscription.seq = seq;
    if (frame.cursor) subscription.cursor = frame.cursor;
    subscription.handlers.event?.(frame.data, frame.at ?? clock.now());
  }

  private answered(frame: Frame): void {
    const command = this.commands.get(frame.id ?? "");
    if (!command) return;
    this.commands.delete(frame.id!);
    const { number, held } = frame;
    if (frame.t === "ack")
      command.done({ ...(number === undefined ? {} : { number }), ...(held ? { held } : {}) });
    else command.fail(new Problem(frame.problem ?? { status: 0, code: "unknown" }));
  }

  private synced(frame: Frame): void {
    const id = frame.id ?? this.syncs.keys().next().value;
    const sent_at = id === undefined ? undefined : this.syncs.get(id);
    if (sent_at !== undefined && frame.server_time) {
      clock.sample(frame.server_time, sent_at, Date.now());
    }
    if (id !== undefined) this.syncs.delete(id);
  }
}

const isLog = (ch: string): boolean => ch.startsWith("show.chat:");
