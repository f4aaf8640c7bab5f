// Rates from counters that only grow. A restart begins them anew: then there is no rate until two
// frames of the new run are there.

const kWindow_ms = 2_000;
const kFramesMax = 16;

export class Rates {
  private frames: { at_ms: number; counts: number[] }[] = [];

  // Gives what each counter has grown by since the frame before; empty at first and after a
  // restart.
  put(at_ms: number, counts: number[]): number[] {
    const last = this.frames.at(-1);
    const restarted = last && counts.some((count, i) => count < (last.counts[i] ?? 0));
    if (restarted || (last && (at_ms < last.at_ms || counts.length !== last.counts.length))) {
      this.frames = [];
    }
    const before = this.frames.at(-1);
    this.frames.push({ at_ms, counts });
    const old = () => this.frames.length > 2 && at_ms - this.frames[1]!.at_ms >= kWindow_ms;
    while (this.frames.length > kFramesMax || old()) this.frames.shift();
    return before ? counts.map((count, i) => count - before.counts[i]!) : [];
  }

  perSecond(index: number): number {
    const first = this.frames[0];
    const last = this.frames.at(-1);
    if (!first || !last || last.at_ms <= first.at_ms) return 0;
    const grown = (last.counts[index] ?? 0) - (first.counts[index] ?? 0);
    return (grown * 1000) / (last.at_ms - first.at_ms);
  }
}

export function rateText(perSecond: number): string {
  if (perSecond <= 0) return "0";
  if (perSecond < 9.95) return perSecond.toFixed(1);
  if (perSecond < 999.5) return Math.round(perSecond).toString();
  if (perSecond < 99_950) return `${(perSecond / 1000).toFixed(1)}k`;
  return `${Math.round(perSecond / 1000)}k`;
}
