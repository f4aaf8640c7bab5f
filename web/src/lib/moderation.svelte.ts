// The moderators' desk of a show: what waits, and what they decide about messages and people. A
// decision shows when the server tells it, like everybody else's.
import { call } from "./api";
import type {
  ChatHeld, ModerationEvent, ModerationView, PersonActed, PersonView,
} from "./types";

const kActionsMax = 50;

export class Moderation {
  held = $state.raw<ChatHeld[]>([]); // oldest first
  actions = $state.raw<PersonActed[]>([]); // newest first
  slow_mode_s = $state(0);
  decisions = $state(0);
  person = $state.raw<PersonView>(); // who is looked at

  private show = "";

  constructor(private readonly token: () => string | undefined) {}

  put(show: string, view: ModerationView): void {
    const { held = [], actions = [], slow_mode_s = 0, decisions = 0 } = view;
    Object.assign(this, { show, held, actions, slow_mode_s, decisions });
  }

  event({ held, decided, acted, slow_mode }: ModerationEvent): void {
    if (held) this.held = [...this.held.filter((one) => one.held !== held.held), held];
    if (decided) {
      this.held = this.held.filter((one) => one.held !== decided.held);
      this.decisions = Math.max(this.decisions, decided.decisions ?? 0);
    }
    if (acted) this.actions = [acted, ...this.actions].slice(0, kActionsMax);
    if (slow_mode) this.slow_mode_s = slow_mode.seconds ?? 0;
  }

  async decide(held: string, verdict: "release" | "reject"): Promise<void> {
    await this.tell("POST", `held/${held}/${verdict}`, {});
  }

  async setSlowMode(seconds: number): Promise<void> {
    await this.tell("PUT", "slow-mode", { seconds });
  }

  async look(person: string): Promise<void> {
    this.person = await call<PersonView>(this.path(`people/${person}`), { token: this.token() });
  }

  async act(
    action: "mute" | "ban" | "shadow" | "pardon",
    minutes: number,
    reason: string,
  ): Promise<void> {
    const body = action === "pardon" ? { reason } : { minutes, reason };
    const path = `people/${this.person!.person}/${action}`;
    this.person = await this.tell<PersonView>("POST", path, body);
  }

  private tell<T>(method: "POST" | "PUT", path: string, body: unknown): Promise<T> {
    return call<T>(this.path(path), { method, body, token: this.token() });
  }

  private path(path: string): string {
    return `/v1/host/shows/${this.show}/${path}`;
  }
}
