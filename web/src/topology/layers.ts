// Which column each node stands in: everything flows to the right, and ways are short.

export interface Way { from: string; to: string }

// Turns ways that close a circle around, so that columns exist.
function acyclic(ids: string[], ways: Way[]): Way[] {
  const out = new Map(ids.map((id) => [id, [] as Way[]]));
  for (const way of ways) if (way.from !== way.to) out.get(way.from)?.push(way);
  const state = new Map<string, "open" | "done">();
  const kept: Way[] = [];
  const visit = (id: string): void => {
    state.set(id, "open");
    for (const way of out.get(id) ?? []) {
      const met = state.get(way.to);
      kept.push(met === "open" ? { from: way.to, to: way.from } : way);
      if (!met) visit(way.to);
    }
    state.set(id, "done");
  };
  for (const id of ids) if (!state.has(id)) visit(id);
  return kept;
}

export function layersOf(ids: string[], all: Way[]): Map<string, number> {
  const ways = acyclic(ids, all);
  const before = new Map(ids.map((id) => [id, [] as string[]]));
  const after = new Map(ids.map((id) => [id, [] as string[]]));
  for (const { from, to } of ways) {
    after.get(from)!.push(to);
    before.get(to)!.push(from);
  }
  // As late as possible: the longest way to an end.
  const height = new Map<string, number>();
  const heightOf = (id: string): number => {
    const known = height.get(id);
    if (known !== undefined) return known;
    height.set(id, 0);
    const most = Math.max(-1, ...after.get(id)!.map(heightOf)) + 1;
    height.set(id, most);
    return most;
  };
  const deepest = Math.max(0, ...ids.map(heightOf));
  const layer = new Map(ids.map((id) => [id, deepest - height.get(id)!]));
  // Then each goes where its ways are shortest, as long as that helps.
  for (let again = true, round = 0; again && round < ids.length; round++) {
    again = false;
    for (const id of ids) {
      const low = Math.max(-1, ...before.get(id)!.map((b) => layer.get(b)!)) + 1;
      const high = Math.min(deepest + 1, ...after.get(id)!.map((a) => layer.get(a)!)) - 1;
      const pull = after.get(id)!.length - before.get(id)!.length;
      const wanted = pull < 0 ? low : pull > 0 ? high : layer.get(id)!;
      if (wanted === layer.get(id) || wanted < 0 || wanted > deepest) continue;
      layer.set(id, wanted);
      again = true;
    }
  }
  return layer;
}
