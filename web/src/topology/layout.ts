// Where everything stands: columns by flow, a band for each app, rows so that ways cross little and
// run straight. A few dozen nodes, computed once a map: no library.
import type { Edge, Graph, Node } from "./graph";
import { layersOf } from "./layers";

export const kRow = 17; // of a state
export const kHead = 46; // of a node, above its states
const kGapX = 38;
const kGapY = 18;
const kBandHead = 34;
const kBandPad = 18;
const kPad = 8;
const kRounds = 24;

export interface Point { x: number; y: number }
export interface Box extends Point { node: Node; width: number; height: number; layer: number }
export interface Line { edge: Edge; path: string; layer: number; label: Point; head: string }
export interface Band { app: number; name: string; y: number; height: number }
export interface Layout {
  width: number; height: number; boxes: Box[]; lines: Line[]; bands: Band[];
}

// A place in a column: a node's box, or where a long way passes.
interface Cell {
  box?: Box; app: number; layer: number; height: number; y: number; next: Cell[]; before: Cell[];
}

const middle = (cell: Cell): number => cell.y + cell.height / 2;
const mean = (cells: Cell[], fallback: number): number =>
  cells.length ? cells.reduce((all, cell) => all + middle(cell), 0) / cells.length : fallback;

// Wide enough for its words, whose letters are guessed rather wide.
function widthOf({ kind, name, states }: Node): number {
  const head = name.length * 7.7 + (kind === "topic" ? 30 : 28);
  return Math.ceil(Math.max(96, head, ...states.map((row) => row.name.length * 6.5 + 62)));
}

function cellsOf(graph: Graph, layers: Map<string, number>) {
  const cells = new Map<string, Cell>();
  for (const node of graph.nodes) {
    const layer = layers.get(node.id)!;
    const width = Math.min(widthOf(node), 190);
    const rows = node.states.length;
    const height = kHead + (rows ? rows * kRow + 10 : 0);
    const box: Box = { node, x: 0, y: 0, width, height, layer };
    cells.set(node.id, { box, app: node.app, layer, height, y: 0, next: [], before: [] });
  }
  const all = [...cells.values()];
  const chains = new Map<string, Cell[]>(); // by edge: the places a long way passes
  for (const edge of graph.edges) {
    const from = cells.get(edge.from)!;
    const to = cells.get(edge.to)!;
    const chain: Cell[] = [];
    const step = Math.sign(to.layer - from.layer) || 1;
    for (let layer = from.layer + step; layer !== to.layer && from !== to; layer += step) {
      chain.push({ app: to.app, layer, height: 12, y: 0, next: [], before: [] });
    }
    chains.set(edge.id, chain);
    all.push(...chain);
    const way = step > 0 ? [from, ...chain, to] : [to, ...chain.slice().reverse(), from];
    for (let i = 1; i < way.length; i++) {
      way[i - 1]!.next.push(way[i]!);
      way[i]!.before.push(way[i - 1]!);
    }
  }
  return { cells, all, chains };
}

// One band: columns are sorted by what stands beside them, then pulled to it without overlaps.
function placeBand(columns: Cell[][], top: number): number {
  const stack = (column: Cell[]): void => {
    let y = top;
    for (const cell of column) {
      cell.y = y;
      y += cell.height + kGapY;
    }
  };
  columns.forEach(stack);
  for (let round = 0; round < kRounds; round++) {
    const back = round % 2 === 1;
    for (const column of back ? columns.slice().reverse() : columns) {
      const wish = new Map(
        column.map((cell) => {
          const beside = round < kRounds - 2 ? (back ? cell.next : cell.before)
            : [...cell.before, ...cell.next];
          const near = beside.filter(({ app }) => app === cell.app);
          return [cell, mean(near, middle(cell)) - cell.height / 2];
        }),
      );
      column.sort((a, b) => wish.get(a)! + a.height / 2 - (wish.get(b)! + b.height / 2));
      settle(column, wish, top);
    }
  }
  const bottom = Math.max(top, ...columns.flat().map((cell) => cell.y + cell.height));
  const first = Math.min(bottom, ...columns.flat().map((cell) => cell.y));
  for (const cell of columns.flat()) cell.y -= first - top;
  return bottom - (first - top);
}

// Cells that want the same place share the push evenly: neighbours that touch move as one block.
function settle(column: Cell[], wish: Map<Cell, number>, top: number): void {
  const blocks: { cells: Cell[]; y: number; wanted: number; height: number }[] = [];
  for (const cell of column) {
    let block = { cells: [cell], y: wish.get(cell)!, wanted: wish.get(cell)!, height: cell.height };
    for (let last = blocks.at(-1); last && last.y + last.height + kGapY > block.y;
      last = blocks.at(-1)) {
      blocks.pop();
      const wanted = last.wanted + block.wanted - block.cells.length * (last.height + kGapY);
      const cells = [...last.cells, ...block.cells];
      const height = last.height + kGapY + block.height;
      block = { cells, wanted, height, y: wanted / cells.length };
    }
    block.y = Math.max(block.y, top);
    blocks.push(block);
  }
  let least = top;
  for (const { cells, y } of blocks) {
    let at = Math.max(y, least);
    for (const cell of cells) {
      cell.y = at;
      at += cell.height + kGapY;
    }
    least = at;
  }
}

function lineOf(edge: Edge, way: Point[], layer: number): Line {
  let path = `M${way[0]!.x} ${way[0]!.y}`;
  for (let i = 1; i < way.length; i++) {
    const [a, b] = [way[i - 1]!, way[i]!];
    const bend = Math.max(16, Math.abs(b.x - a.x) / 2) * (b.x >= a.x ? 1 : -1);
    path += `C${a.x + bend} ${a.y} ${b.x - bend} ${b.y} ${b.x} ${b.y}`;
  }
  const [a, b, end] = [way[0]!, way[1]!, way.at(-1)!];
  const back = end.x >= way.at(-2)!.x ? -6 : 6;
  const head = `M${end.x + back} ${end.y - 3.5}L${end.x} ${end.y}L${end.x + back} ${end.y + 3.5}`;
  return { edge, path, layer, head, label: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } };
}

// Where ways leave or enter a box: spread over its head, in order of where they lead.
function ports(cell: Cell, way: Cell, beside: "next" | "before"): number {
  const sorted = cell[beside].slice().sort((a, b) => middle(a) - middle(b));
  const spread = Math.min(9, (kHead - 16) / Math.max(1, sorted.length - 1));
  const at = sorted.indexOf(way) - (sorted.length - 1) / 2;
  return cell.y + kHead / 2 + at * spread;
}

export function layoutOf(graph: Graph): Layout {
  const layers = layersOf(graph.nodes.map(({ id }) => id), graph.edges);
  const { cells, all, chains } = cellsOf(graph, layers);
  const count = Math.max(0, ...layers.values()) + 1;
  const xs: number[] = [];
  const widths: number[] = [];
  for (let layer = 0, x = kPad + kBandPad; layer < count; layer++) {
    const width = Math.max(0, ...all.map((c) => (c.layer === layer ? (c.box?.width ?? 0) : 0)));
    xs.push(x);
    widths.push(width);
    x += width + kGapX;
  }
  const bands: Band[] = [];
  let y = kPad;
  graph.apps.forEach((name, app) => {
    const columns = xs.map((_, layer) => all.filter((c) => c.layer === layer && c.app === app));
    const bottom = placeBand(columns, y + kBandHead + kBandPad / 2);
    bands.push({ app, name, y, height: bottom + kBandPad - y });
    y = bottom + kBandPad + kPad;
  });
  for (const { box, layer, y: top } of cells.values()) {
    if (box) Object.assign(box, { x: xs[layer]!, y: top, width: widths[layer]! });
  }
  const lines = graph.edges.map((edge) => {
    const from = cells.get(edge.from)!;
    const to = cells.get(edge.to)!;
    const chain = chains.get(edge.id)!;
    const forward = to.layer > from.layer;
    const [out, into] = forward ? (["next", "before"] as const) : (["before", "next"] as const);
    const way = [
      { x: from.box!.x + (forward ? from.box!.width : 0),
        y: ports(from, chain[0] ?? to, out) },
      ...chain.flatMap((cell) => [
        { x: xs[cell.layer]! + (forward ? 0 : widths[cell.layer]!), y: middle(cell) },
        { x: xs[cell.layer]! + (forward ? widths[cell.layer]! : 0), y: middle(cell) }]),
      { x: to.box!.x + (forward ? 0 : to.box!.width), y: ports(to, chain.at(-1) ?? from, into) },
    ];
    return lineOf(edge, way, from.layer);
  });
  const width = xs.at(-1)! + widths.at(-1)! + kPad + kBandPad;
  return { width, height: y, boxes: [...cells.values()].map(({ box }) => box!), lines, bands };
}
