// When a pin shows. The timeline arrives by socket seconds before the picture it belongs to, so a
// change waits until the player's `playingDate` has reached its media time. Changes are applied in
// the order of the log, whatever their media times say.
//
// Without a program date there is nothing to wait for: the change shows at its media time by the
// server's clock. A player that stands still (blocked autoplay, a stall) must not hide the shop
// for ever: after kStandstillMax_ms of server time past the media time the change shows anyway.

export interface PinChange { media_time_ms: number; pins: string[] }
export interface PinClock {
  playing_ms(): number | undefined; // the picture's program date-time, when there is one
  server_ms(): number;
}

const kStandstillMax_ms = 15_000;

export class PinSchedule {
  private waiting: PinChange[] = [];

  constructor(
    private readonly clock: PinClock,
    private readonly show: (change: PinChange) => void,
  ) {}

  // The state of now: nothing to wait for.
  replace(pins: string[]): void {
    this.waiting = [];
    this.show({ media_time_ms: 0, pins });
  }

  add(change: PinChange): void {
    this.waiting.push(change);
    this.tick();
  }

  get pending(): number {
    return this.waiting.length;
  }

  tick(): void {
    for (let next = this.waiting[0]; next && this.due(next); next = this.waiting[0]) {
      this.waiting.shift();
      this.show(next);
    }
  }

  private due({ media_time_ms }: PinChange): boolean {
    const playing_ms = this.clock.playing_ms();
    const server_ms = this.clock.server_ms();
    if (playing_ms === undefined) return server_ms >= media_time_ms;
    return playing_ms >= media_time_ms || server_ms > media_time_ms + kStandstillMax_ms;
  }
}
