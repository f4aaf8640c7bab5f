// The chat as a page shows it: the newest messages in the show's total order, and the reader's own
// ones that the server has not confirmed yet at the end. Bounded; arrivals are painted together,
// at most once a frame, however fast the room talks.
import { Problem } from "./api";
import { Answers } from "./answers";
import { newId } from "./ids";
import { sentence } from "./problem";
import type { Answer, LiveLine } from "./socket";
import type { AnswerEvent, AnswersView, ChatEvent, ChatPosted } from "./types";

export const kShownMax = 500;
// Old messages leave many at once: with each removal the others change their place in the list.
const kShownAfterTrim = 300;
const kHiddenPaint_ms = 250;

export interface Message {
  id: string; author: string; nickname: string; role: string; text: string; number: number;
  own: boolean; state: "sent" | "pending" | "held" | "failed" | "removed" | "withdrawn";
  why?: string;
  // Of an answer: its source, where the shop's state was read, the number of what it answers.
  from?: string; shop_position?: number; answers?: number;
}

export class ChatLog {
  messages = $state.raw<Message[]>([]);
  received = 0; // events that reached the page, for tests and the freshness line

  private arrived = new Map<string, Message>(); // by id: a message is there once
  private pending = new Map<string, Message>();
  private answers = new Answers();
  private painting = false;

  constructor(private readonly me: () => string | undefined) {}

  event({ posted, removed }: ChatEvent): void {
    this.received++;
    if (posted) this.add(posted);
    if (removed) this.remove(removed.message);
    this.paint();
  }

  add(posted: ChatPosted): void {
    this.pending.delete(posted.id);
    const known = this.arrived.get(posted.id);
    if (known && (!known.own || known.state === "removed")) return;
    this.arrived.set(posted.id, {
      id: posted.id, author: posted.author, nickname: posted.nickname || "Guest",
      role: posted.role, text: posted.text, number: posted.number,
      own: posted.author === this.me(), state: "sent",
    });
    if (this.arrived.size > kShownMax) {
      const oldest = [...this.arrived.keys()].slice(0, kShownMax - kShownAfterTrim);
      for (const id of oldest) this.arrived.delete(id);
    }
    this.paint();
  }

  putAnswers(view: AnswersView): void {
    this.answers.put(view);
    this.paint();
  }

  answered(event: AnswerEvent): void {
    const isOwn = (number: number) =>
      [...this.arrived.values()].some((one) => one.own && one.number === number);
    if (this.answers.event(event, isOwn)) this.paint();
  }

  // Shows the message at once, as pending, and sends it until the server has answered.
  async send(line: LiveLine, show: string, text: string, media_time_ms: number, nickname: string) {
    const id = newId();
    const message: Message =
      { id, author: this.me() ?? "", nickname, role: "viewer", text, number: 0, own: true,
        state: "pending" };
    this.pending.set(id, message);
    this.paint();
    try {
      const data = media_time_ms > 0 ? { text, media_time_ms } : { text };
      this.acknowledged(message, await line.command("chat", show, data, id));
    } catch (error) {
      const why = error instanceof Problem ? sentence(error) : "";
      if (this.pending.has(id)) this.pending.set(id, { ...message, state: "failed", why });
      this.paint();
    }
  }

  // The answer's number is its place; its event may have come already.
  private acknowledged(message: Message, { number = 0, held = false }: Answer): void {
    if (!this.pending.has(message.id)) return;
    if (held) this.pending.set(message.id, { ...message, state: "held" });
    else {
      this.pending.delete(message.id);
      if (!this.arrived.has(message.id))
        this.arrived.set(message.id, { ...message, number, state: "sent" });
    }
    this.paint();
  }

  clear(): void {
    this.arrived.clear();
    this.paint();
  }

  discard(id: string): void {
    this.pending.delete(id);
    this.paint();
  }

  private remove(id: string): void {
    const message = this.arrived.get(id);
    if (message) this.arrived.set(id, { ...message, text: "", state: "removed" });
  }

  private paint(): void {
    if (this.painting) return;
    this.painting = true;
    // A hidden page gets no frames; it must not grow stale or pile up work either.
    const later = (paint: () => void) => setTimeout(paint, kHiddenPaint_ms);
    const schedule = document.hidden ? later : requestAnimationFrame;
    schedule(() => {
      this.painting = false;
      const said = [...this.arrived.values()];
      const from = said.reduce((least, { number }) => Math.min(least, number), Infinity);
      const answers = this.answers.lines(Number.isFinite(from) ? from : 0);
      const rank = (one: Message) => one.number + (one.answers ? 0.5 : 0);
      const sorted = [...said, ...answers].sort((a, b) => rank(a) - rank(b));
      this.messages = [...sorted, ...this.pending.values()];
    });
  }
}
