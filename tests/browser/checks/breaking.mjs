// The line is cut, the plug is pulled, sockets are forbidden: nothing is missed or doubled.
import { expect, heard, live, newPage, join, playing, rest, say, viewer } from "../lib/pages.mjs";
import { startProxy } from "../lib/proxy.mjs";

const kCut_ms = 10_000;

// Every number of the chat's total order from the first one the page has to the last, once. An
// answer stands beside the message it answers and has its number.
async function expectDense(page) {
  const numbers = await page.evaluate(() =>
    __vitrine.chat.messages.filter((m) => m.number > 0 && !m.answers).map((m) => m.number));
  const missing = numbers.flatMap((n, i) => {
    const before = numbers[i - 1];
    return i > 0 && n !== before + 1 ? [`${before}→${n}`] : [];
  });
  expect(numbers.length > 0 && missing.length === 0, `holes or doubles in the chat: ${missing}`);
  return numbers.length;
}

export const checks = [
  {
    name: "a connection cut for 10 s resumes with nothing missed and nothing doubled",
    async run({ browser, url, ben, errors }) {
      const proxy = await startProxy(url);
      try {
        const page = await viewer(browser, proxy.url, "Tunnel Tom", { width: 390, errors });
        await say(page, `before the tunnel ${Date.now()}`);
        proxy.cut();
        await page.waitForFunction(() => __vitrine.line.state === "waiting");
        const begun = Date.now();
        const said = [];
        for (let i = 0; i < 5; i++) {
          said.push(`while Tom is away, ${"abcde"[i]}: ${begun}`);  // "4 179…" could be a card
          await say(ben, said.at(-1));
          await heard(ben, said.at(-1));
        }
        const own = `said in the tunnel ${begun}`;
        await say(page, own);
        await page.locator(".messages .pending", { hasText: own }).waitFor();
        await page.getByText("Connection lost").waitFor();
        await rest(kCut_ms - (Date.now() - begun));
        proxy.heal();
        const healed = Date.now();
        await live(page);
        const back_ms = Date.now() - healed;
        for (const text of [...said, own]) await heard(page, text);
        await heard(ben, own);
        for (const reader of [page, ben]) {
          const copies = await reader.evaluate(
            (text) => __vitrine.chat.messages.filter((m) => m.text === text).length, own);
          expect(copies === 1, `${copies} copies of the message said in the tunnel`);
        }
        const count = await expectDense(page);
        await page.context().close();
        return `back ${back_ms} ms after the tunnel, ${count} messages dense`;
      } finally {
        proxy.stop();
      }
    },
  },
  {
    name: "a resume works with not one event before the cut",
    async run({ browser, url, ben, errors }) {
      const proxy = await startProxy(url);
      try {
        const page = await viewer(browser, proxy.url, "Early Erin", { errors });
        proxy.cut();
        const text = `Erin was cut at once ${Date.now()}`;
        await say(ben, text);
        await heard(ben, text);
        proxy.heal();
        await live(page);
        await heard(page, text);
        await expectDense(page);
        await page.context().close();
      } finally {
        proxy.stop();
      }
    },
  },
  {
    name: "without WebSockets the page lives on server-sent events",
    async run({ browser, url, ben, errors }) {
      const page = await newPage(browser, { url: "about:blank", errors });
      await page.addInitScript(() => {
        globalThis.WebSocket = class extends EventTarget {
          constructor() {
            super();
            setTimeout(() => this.onclose?.(new Event("close")), 20);
          }
          send() {}
          close() {}
        };
      });
      await page.goto(`${url}/`);
      await page.getByRole("button", { name: "Just watch" }).click();
      await page.waitForFunction(() => __vitrine.line.state === "fallback", null,
        { timeout: 40_000 });
      const [there, back] = [`to the fallback ${Date.now()}`, `from the fallback ${Date.now()}`];
      await say(ben, there);
      await heard(page, there);
      await say(page, back);
      await heard(ben, back);
      await page.context().close();
    },
  },
  {
    name: "the plug is pulled: the pages resume, 0 lost, 0 doubled",
    async run({ browser, url, ada, ben, host, errors }) {
      const there = await fetch(`${url}/demo/counters`);
      if (!there.ok) return { skip: "not a demo" };
      const before = await there.json();
      const text = `said before the plug ${Date.now()}`;
      await say(ada, text);
      await heard(ada, text);
      const reconnects = await ada.evaluate(() => __vitrine.line.reconnects);
      await host.getByRole("button", { name: "Pull the plug" }).click();
      await ada.waitForFunction((n) => __vitrine.line.reconnects > n, reconnects);
      for (const page of [ada, ben, host]) await live(page, 60_000);
      const outage_ms = await ada.evaluate(() => __vitrine.line.outage_ms);
      await host.getByText(/server back in \d+ ms/).waitFor();
      const after = `said after the plug ${Date.now()}`;
      await say(ben, after);
      await heard(ada, after);
      await expectDense(ada);
      const late = await viewer(browser, url, "Late Lea", { errors });
      await heard(late, text);
      await late.context().close();
      await playing(ada);
      const played_s = await ada.evaluate(() => document.querySelector("video").currentTime);
      await ada.waitForFunction(
        (s) => document.querySelector("video").currentTime > s + 1, played_s, { timeout: 40_000 });
      const counters = await (await fetch(`${url}/demo/counters`)).json();
      expect(counters.restarts > before.restarts, "the restart is counted");
      expect(!counters.lost && !counters.doubled, `counters ${JSON.stringify(counters)}`);
      return `back in ${Math.round(outage_ms)} ms, ${counters.acknowledged} acknowledged`;
    },
  },
];
