import { mount } from "svelte";
import "../ui/base.css";
import { clock } from "../lib/clock";
import { ShowModel } from "./show.svelte";
import Viewer from "./Viewer.svelte";

const model = new ShowModel();
void model.load();
mount(Viewer, { target: document.getElementById("app")!, props: { model } });

// What the browser tests measure by; the page itself does not use it.
Object.assign(window, {
  __vitrine: {
    server_ms: () => clock.now(),
    clock_uncertainty_ms: () => clock.uncertainty_ms(),
    playing_ms: () => model.player.playing_ms(),
    latency_s: () => model.player.latency(),
    stream: () => model.stream,
    offers: () => model.offers,
    me: () => model.keeper.identity?.id,
    totals: () => model.totals,
    line: model.line,
    chat: model.chat,
  },
});
