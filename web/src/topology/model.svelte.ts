// What the page knows: the map, read once, and the newest frame of figures, which come over the
// live line while somebody looks.
import { Problem, call } from "../lib/api";
import { Keeper } from "../lib/identity.svelte";
import { LiveLine, type LineState } from "../lib/socket";
import type { AppFigures, Topology, TopologyFigures } from "./api_types";
import { graphOf, sum, type Graph } from "./graph";
import { layoutOf, type Layout } from "./layout";
import { Rates } from "./rates";

const kChannel = "ops.topology";
const kSparkMax = 60; // a quarter of a minute at four a second
const kWarm_ms = 1_600; // an edge glows for so long after its last record

export interface Live { perSecond: number; total: number; warm: boolean }
const kNothing: Live = { perSecond: 0, total: 0, warm: false };

export class TopologyModel {
  readonly keeper = new Keeper("vitrine.host");
  readonly line: LiveLine;

  phase = $state<"loading" | "signed-out" | "ready" | "failed">("loading");
  problem = $state.raw<unknown>();
  graph = $state.raw<Graph>({ apps: [], nodes: [], edges: [] });
  layout = $state.raw<Layout>({ width: 0, height: 0, boxes: [], lines: [], bands: [] });
  figures = $state.raw<AppFigures[]>([]);
  live = $state.raw<Record<string, Live>>({}); // by id of node, edge, state
  app_rates = $state.raw<{ epochs: number; records: number; history: number[] }[]>([]);
  moved = $state.raw<string[]>([]); // edges that records went along since the frame before
  at_ms = $state(0);
  seen = $state(0); // frames
  line_state = $state<LineState>("connecting");
  outage_ms = $state(0);
  selected = $state<string>();

  private map = "";
  private counters: { id: string; count(apps: AppFigures[]): number; edge: boolean }[] = [];
  private rates = new Rates();
  private warm_until = new Map<string, number>();
  private leave: (() => void) | undefined;

  constructor() {
    this.line = new LiveLine({
      token: () => this.keeper.token,
      changed: (state) => {
        this.line_state = state;
        this.outage_ms = this.line.outage_ms;
      },
      unauthenticated: async () => {
        this.signOut();
        throw new Error("signed out");
      },
    });
    // Nobody looks: nothing is sent.
    document.addEventListener("visibilitychange", () => this.listen(!document.hidden));
  }

  get totals(): Record<string, number> {
    return Object.fromEntries(Object.entries(this.live).map(([id, { total }]) => [id, total]));
  }
  of(id: string): Live {
    return this.live[id] ?? kNothing;
  }

  async start(): Promise<void> {
    try {
      await this.keeper.redeem("host", "code");
    } catch (error) {
      this.problem = error;
    }
    if (!this.keeper.token) {
      this.phase = "signed-out";
      return;
    }
    await this.load();
  }

  async load(): Promise<void> {
    this.phase = "loading";
    try {
      await this.readMap();
      this.line.start();
      this.listen(!document.hidden);
      this.phase = "ready";
    } catch (error) {
      this.problem = error;
      if (error instanceof Problem && [401, 403].includes(error.status)) this.signOut();
      else this.phase = "failed";
    }
  }

  private signOut(): void {
    this.keeper.forget();
    this.line.close();
    this.phase = "signed-out";
  }

  private async readMap(): Promise<void> {
    const { map, figures } = await call<Topology>("/v1/ops/topology", { token: this.keeper.token });
    const graph = graphOf(map);
    this.map = figures.map;
    this.rates = new Rates();
    this.counters = [
      ...graph.nodes.map((node) => ({
        id: node.id, edge: false,
        count: (apps: AppFigures[]) =>
          sum(apps, node.kind === "topic" ? node.records : node.dead_letters),
      })),
      ...graph.edges.map(({ id, records }) => ({
        id, edge: true, count: (apps: AppFigures[]) => sum(apps, records),
      })),
      ...graph.nodes.flatMap(({ id, states }) =>
        states.map(({ name, changes }) => ({
          id: `${id}|${name}`, edge: false, count: (apps: AppFigures[]) => sum(apps, [changes]),
        }))),
      ...graph.apps.flatMap((app, i) => [
        { id: `${app}|epochs`, edge: false, count: (a: AppFigures[]) => a[i]?.epochs ?? 0 },
        { id: `${app}|records`, edge: false, count: (a: AppFigures[]) => a[i]?.records ?? 0 },
      ]),
    ];
    this.graph = graph;
    this.layout = layoutOf(graph);
    if (this.selected && !graph.nodes.some(({ id }) => id === this.selected)) {
      this.selected = undefined;
    }
    this.put(figures);
  }

  private listen(on: boolean): void {
    if (on === Boolean(this.leave) || this.phase === "signed-out") return;
    this.leave?.();
    this.leave = undefined;
    if (!on) return;
    const put = (figures: TopologyFigures) => {
      // The server runs another build now: its map is another one.
      if (figures.map === this.map) this.put(figures);
      else void this.readMap().catch((error) => (this.problem = error));
    };
    this.leave = this.line.subscribe<TopologyFigures, TopologyFigures>(kChannel, {
      snapshot: put, event: put,
    });
  }

  private put({ at_ms, apps = [] }: TopologyFigures): void {
    const grown = this.rates.put(at_ms, this.counters.map(({ count }) => count(apps)));
    const moved: string[] = [];
    const live: Record<string, Live> = {};
    this.counters.forEach(({ id, count, edge }, i) => {
      if ((grown[i] ?? 0) > 0) {
        this.warm_until.set(id, at_ms + kWarm_ms);
        if (edge) moved.push(id);
      }
      const warm = (this.warm_until.get(id) ?? 0) > at_ms;
      live[id] = { perSecond: this.rates.perSecond(i), total: count(apps), warm };
    });
    this.app_rates = this.graph.apps.map((app, i) => {
      const records = live[`${app}|records`]?.perSecond ?? 0;
      const history = [...(this.app_rates[i]?.history ?? []), records].slice(-kSparkMax);
      return { epochs: live[`${app}|epochs`]?.perSecond ?? 0, records, history };
    });
    this.live = live;
    this.figures = apps;
    this.at_ms = at_ms;
    this.moved = moved;
    this.seen++;
  }
}
