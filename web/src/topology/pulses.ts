// Light that runs along an edge when records have gone along it. At most one a way: what comes
// meanwhile sends the next one off when it has arrived, so that a busy edge costs no more.
const kRun_ms = 720;
const kStep_ms = 130; // a column later, so much later: the eye can follow what took milliseconds
const kStepsMax = 8;

interface Way { path: SVGPathElement; running: boolean; again: boolean }

export class Pulses {
  private ways = new Map<string, Way>();

  // For `use:`; the path has pathLength 100 and a dash that is hidden while it stands.
  register = (path: SVGPathElement, id: string) => {
    this.ways.set(id, { path, running: false, again: false });
    return { destroy: () => this.ways.delete(id) };
  };

  send(moved: { id: string; layer: number }[]): void {
    if (document.hidden || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const first = Math.min(...moved.map(({ layer }) => layer));
    for (const { id, layer } of moved) {
      const way = this.ways.get(id);
      if (way?.running) way.again = true;
      else if (way) this.run(way, Math.min(layer - first, kStepsMax) * kStep_ms);
    }
  }

  private run(way: Way, delay: number): void {
    way.running = true;
    way.again = false;
    const light = way.path.animate(
      [{ strokeDashoffset: 9, opacity: 1 }, { strokeDashoffset: -100, opacity: 1 }],
      { duration: kRun_ms, delay, easing: "cubic-bezier(0.35, 0, 0.65, 1)" },
    );
    light.onfinish = light.oncancel = () => {
      way.running = false;
      if (way.again) this.run(way, 0);
    };
  }
}
