// Who this browser is. A viewer is a guest with a nickname, kept in localStorage so that a reload
// is the same person; a host or a moderator comes by a one-time link whose code is in the hash, and
// is kept apart so that trying the viewer page does not sign the host out.
import { call } from "./api";
import type { Identity } from "./types";

export class Keeper {
  identity = $state<Identity>();

  constructor(private readonly slot: string) {
    this.identity = this.read();
  }

  get token(): string | undefined {
    return this.identity?.token;
  }

  async join(nickname: string): Promise<void> {
    const body = { nickname };
    this.keep(await call<Identity>("/v1/auth/guest", { method: "POST", body, tries: 4 }));
  }

  // Uses a code of the form `#host=…`, `#mod=…` or `#code=…` in the address, and takes it out of
  // the address before anything else may read or share it.
  async redeem(role: "host" | "moderator", param: string): Promise<boolean> {
    const code = new URLSearchParams(location.hash.slice(1)).get(param);
    if (!code) return false;
    history.replaceState(null, "", location.pathname + location.search);
    const path = `/v1/auth/${role}`;
    this.keep(await call<Identity>(path, { method: "POST", body: { code }, tries: 1 }));
    return true;
  }

  forget(): void {
    this.identity = undefined;
    localStorage.removeItem(this.slot);
  }

  private keep(identity: Identity): void {
    this.identity = identity;
    try {
      localStorage.setItem(this.slot, JSON.stringify(identity));
    } catch {
      // Private mode without storage: the identity lives as long as the page.
    }
  }

  private read(): Identity | undefined {
    try {
      const kept = JSON.parse(localStorage.getItem(this.slot) ?? "null") as Identity | null;
      return kept && kept.token && kept.expires_at_ms > Date.now() ? kept : undefined;
    } catch {
      return undefined;
    }
  }
}

const kAdjectives = ["Amber", "Brisk", "Calm", "Clever", "Coral", "Golden", "Lucky", "Merry",
  "Mint", "Quiet", "Silver", "Sunny", "Swift", "Velvet", "Witty"];
const kAnimals = ["Badger", "Finch", "Fox", "Hare", "Heron", "Koala", "Lynx", "Otter", "Owl",
  "Panda", "Puffin", "Robin", "Seal", "Swan", "Wren"];

export function suggestedNickname(): string {
  const pick = (words: string[]) => words[Math.floor(Math.random() * words.length)]!;
  return `${pick(kAdjectives)} ${pick(kAnimals)}`;
}
