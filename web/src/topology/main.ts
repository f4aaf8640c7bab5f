import { mount } from "svelte";
import "../ui/base.css";
import { TopologyModel } from "./model.svelte";
import Topology from "./Topology.svelte";

const model = new TopologyModel();
void model.start();
mount(Topology, { target: document.getElementById("app")!, props: { model } });

// What the browser tests measure by; the page itself does not use it.
Object.assign(window, {
  __vitrine: {
    line: model.line, total: (id: string) => model.totals[id], frames: () => model.seen,
  },
});
