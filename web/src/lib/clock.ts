// The server's clock as this page knows it. Countdown, pins and ages use it; the device's own
// clock is never trusted. Each sample is the middle of one round trip (Cristian's method); the one
// with the shortest round trip of the last few wins, because it can be wrong by half of it at most.

const kSamplesMax = 12;

interface Sample { offset_ms: number; rtt_ms: number }

class ServerClock {
  private samples: Sample[] = [];
  private best: Sample = { offset_ms: 0, rtt_ms: Infinity };

  // `sent_at` and `received_at` are Date.now() around the exchange.
  sample(server_ms: number, sent_at: number, received_at: number): void {
    if (!Number.isFinite(server_ms) || received_at < sent_at) return;
    const sample = {
      offset_ms: server_ms - (sent_at + received_at) / 2,
      rtt_ms: received_at - sent_at,
    };
    this.samples.push(sample);
    if (this.samples.length > kSamplesMax) this.samples.shift();
    this.best = this.samples.reduce((a, b) => (b.rtt_ms <= a.rtt_ms ? b : a));
  }

  // After a sleep or a change of the device's clock old samples lie.
  forget(): void {
    this.samples = [];
  }

  now(): number {
    return Date.now() + this.best.offset_ms;
  }

  // Half the best round trip: how wrong now() may be.
  uncertainty_ms(): number {
    return this.best.rtt_ms / 2;
  }
}

export const clock = new ServerClock();
