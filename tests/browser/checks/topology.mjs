// The live map, on a server where nobody else is: what is seen to flow is what a test has said.
import { expect, heard, join, live, newPage, say } from "../lib/pages.mjs";
import { startServer } from "../lib/server.mjs";
import { audit } from "./access.mjs";

const kWay = [
  "topic:chat.commands > audience/process chat",
  "audience/process chat > topic:show.chat",
  "topic:show.chat > audience/process kpi-chat",
  "audience/process kpi-chat > topic:kpi.facts",
];
const kNotTaken = [
  "shop/process shop > topic:payment.requests",
  "topic:show.reactions > audience/process kpi-reactions",
];

const totals = (map, ids) =>
  map.evaluate((wanted) => wanted.map((id) => __vitrine.total(id)), ids);
const warm = (map, id, is) =>
  map.waitForSelector(`[data-edge="${id}"][data-warm="${is}"]`, { state: "attached" });

// Opens the map with the host's link, and a live show through the same person's hands.
async function stage(browser, server, width, errors) {
  const map = await newPage(browser, { url: `${server.url}/topology#code=${server.code}`, width,
    errors });
  await live(map);
  await map.waitForFunction(() => __vitrine.frames() > 3);
  await map.evaluate(async () => {
    const { token } = JSON.parse(localStorage.getItem("vitrine.host"));
    const post = async (path, body) => {
      const headers = { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" };
      const answer = await fetch(`/v1/host/${path}`, {
        method: "POST", headers, body: JSON.stringify(body),
      });
      if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
      return answer.json();
    };
    const { id } = await post("shows", { title: "A quiet show" });
    await post(`shows/${id}/state`, { to: "live" });
  });
  return map;
}

export const checks = [
  {
    name: "a chat line lights the edges it passes on the live map, counted once each",
    async run({ browser, program, web, errors }) {
      const server = await startServer({ program, web });
      try {
        const map = await stage(browser, server, 1440, errors);
        const page = await newPage(browser, { url: `${server.url}/`, width: 390, errors });
        await join(page, "Quiet Quinn");
        for (const id of kWay) await warm(map, id, false);
        const before = await totals(map, [...kWay, ...kNotTaken]);
        const text = `Follow me ${Date.now()}`;
        const begun = Date.now();
        await say(page, text);
        await Promise.all(kWay.map((id) => warm(map, id, true)));
        const lit_ms = Date.now() - begun;
        await heard(page, text);
        const after = await totals(map, [...kWay, ...kNotTaken]);
        const grown = after.map((count, i) => count - before[i]);
        expect(grown.join() === "1,1,1,1,0,0", `the edges have grown by ${grown}`);
        for (const id of kWay) await warm(map, id, false); // it does not stay
        await page.context().close();
        await map.context().close();
        return `all four after ${lit_ms} ms`;
      } finally {
        await server.stop();
      }
    },
  },
  {
    name: "the live map is for the host, walks by arrow keys, and axe-core finds nothing serious",
    async run({ browser, url, host, errors }) {
      const out = await newPage(browser, { url: `${url}/topology`, errors });
      await out.getByRole("button", { name: "Sign in" }).waitFor();
      await out.context().close();
      // The console's link leads there, signed in as the console is.
      const map = await host.context().newPage();
      map.setDefaultTimeout(40_000);
      await map.goto(`${url}/topology`);
      await map.waitForFunction(() => __vitrine.frames() > 2);
      await map.locator('[data-node="topic:chat.commands"]').focus();
      await map.keyboard.press("ArrowRight");
      await map.keyboard.press("ArrowRight");
      const at = await map.evaluate(() => document.activeElement.dataset.node);
      expect(at === "topic:show.chat", `two steps to the right of chat.commands stands ${at}`);
      await map.keyboard.press("Enter");
      await map.getByRole("heading", { name: "show.chat" }).waitFor();
      await map.getByText("The same as a table").click();
      await map.getByRole("cell", { name: "kpi-chat" }).first().waitFor();
      await audit(map, "live topology");
      await map.setViewportSize({ width: 390, height: 844 });
      const wide = await map.evaluate(() => document.documentElement.scrollWidth);
      expect(wide <= 390, `at 390 px the page is ${wide} px wide; only the map may scroll`);
      await audit(map, "live topology, 390 px");
      await map.close();
    },
  },
  {
    name: "a hidden map asks for nothing",
    async run({ browser, program, web, errors }) {
      const server = await startServer({ program, web });
      try {
        const map = await stage(browser, server, 390, errors);
        const subscriptions = async () =>
          (await (await fetch(`${server.url}/healthz`)).json()).subscriptions ?? 0;
        expect((await subscriptions()) === 1, "the map listens to one channel");
        await map.evaluate(() => {
          Object.defineProperty(document, "hidden", { value: true, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        });
        for (const until = Date.now() + 10_000; (await subscriptions()) !== 0;)
          expect(Date.now() < until, "a hidden map still listens");
        await map.context().close();
      } finally {
        await server.stop();
      }
    },
  },
];
