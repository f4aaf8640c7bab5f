// The apps' maps joined to one graph: a topic that two apps name is one node. Every node and edge
// knows which counters of a frame of figures are its own.
import type { AppFigures, TopologyMap, TopologyTopic, Way } from "./api_types";

// A number in a frame: apps[app][list][index].
type List = "topics" | "waiting" | "edges" | "states";
export interface Place { app: number; list: List; index: number }

export interface StateRow { name: string; types: string; changes: Place }
export interface Node {
  id: string;
  kind: "topic" | "operator";
  app: number; // whose band it stands in
  name: string;
  word: string; // what it is: "process", "topic"
  detail: string;
  topic?: TopologyTopic;
  states: StateRow[];
  records: Place[]; // a topic's, committed
  waiting: Place[];
  dead_letters: Place[]; // an operator's
}
export interface Edge { id: string; from: string; to: string; way: Way; records: Place[] }
export interface Graph { apps: string[]; nodes: Node[]; edges: Edge[] }

export const sum = (apps: AppFigures[] | undefined, places: Place[]): number =>
  places.reduce((all, { app, list, index }) => all + (apps?.[app]?.[list]?.[index] ?? 0), 0);

// Topics of dead letters are no nodes: an operator says how many there were.
export function graphOf(map: TopologyMap): Graph {
  const apps = map.apps ?? [];
  const nodes = new Map<string, Node>();
  const letters = new Set<string>();
  const edges: Edge[] = [];
  apps.forEach(({ operators = [], topics = [], edges: ways = [] }, app) => {
    let state = 0;
    for (const { id, kind, detail = "", states = [] } of operators) {
      const rows = states.map(({ name, key_type, value_type }) => ({
        name, types: `${key_type} → ${value_type}`,
        changes: { app, list: "states" as const, index: state++ },
      }));
      nodes.set(id, {
        id, kind: "operator", app, word: kind, states: rows, records: [], waiting: [],
        name: kind === "process" && detail ? detail : (states[0]?.name ?? kind),
        detail: kind === "process" ? "" : detail, dead_letters: [],
      });
    }
    const writes = new Set(ways.filter(({ way }) => way === "writes").map(({ to }) => to));
    topics.forEach((topic, index) => {
      if (topic.dead_letters) letters.add(topic.id);
      const known = nodes.get(topic.id);
      const node: Node = known ?? {
        id: topic.id, kind: "topic", app, name: topic.name, word: "topic", detail: "", topic,
        states: [], records: [], waiting: [], dead_letters: [],
      };
      if (writes.has(topic.id)) node.app = app;
      node.records.push({ app, list: "topics", index });
      node.waiting.push({ app, list: "waiting", index });
      nodes.set(topic.id, node);
    });
    ways.forEach(({ id, from, to, way }, index) => {
      const records: Place[] = [{ app, list: "edges", index }];
      if (way === "dead_letters") nodes.get(from)?.dead_letters.push(...records);
      else edges.push({ id, from, to, way, records });
    });
  });
  for (const id of letters) nodes.delete(id);
  return {
    apps: apps.map(({ name }) => name),
    nodes: [...nodes.values()],
    edges: edges.filter(({ from, to }) => nodes.has(from) && nodes.has(to)),
  };
}
