import { mount } from "svelte";
import "../ui/base.css";
import { clock } from "../lib/clock";
import { ConsoleModel } from "./console.svelte";
import Host from "./Host.svelte";

const model = new ConsoleModel();
void model.start();
mount(Host, { target: document.getElementById("app")!, props: { model } });

// What the browser tests measure by; the page itself does not use it.
Object.assign(window, {
  __vitrine: {
    kpiAges: model.kpi_ages_ms,
    server_ms: () => clock.now(),
    line: model.line,
    held: () => model.moderation.held,
    offers: () => model.insights.offers,
    autopilot: () => model.insights.autopilot,
    actions: () => model.insights.actions,
    insights: () => model.insights.questions,
    assistant: () => model.insights.assistant,
    show: () => model.show?.id,
  },
});
