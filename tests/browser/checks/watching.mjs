// Joining, talking, voting, and the picture's clock.
import {
  clearTable, expect, heard, newPage, onTable, pinPlenty, playing, rest, say,
} from "../lib/pages.mjs";

export const checks = [
  {
    name: "the page is soon usable on a device four times slower",
    alone: true,
    async run({ browser, url }) {
      const page = await newPage(browser, { url: "about:blank", width: 390 });
      const session = await page.context().newCDPSession(page);
      await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
      await page.goto(`${url}/`, { waitUntil: "commit" });
      // Usable: the show is named, the question has the focus, and a frame was painted since.
      const usable_ms = await page.evaluate(
        () =>
          new Promise((done) => {
            const look = () => {
              const asked = document.activeElement?.matches("dialog[open] input");
              const named = document.querySelector("h1")?.textContent !== "Vitrine";
              const painted = () => setTimeout(() => done(performance.now()));
              requestAnimationFrame(asked && named ? painted : look);
            };
            look();
          }),
      );
      await page.context().close();
      console.log(`figure page_usable_at_4x_slowdown_ms ${Math.round(usable_ms)} ms`);
      expect(usable_ms <= 20_000, `usable after ${Math.round(usable_ms)} ms`);
      return `${Math.round(usable_ms)} ms`;
    },
  },
  {
    name: "a message is seen by another browser",
    async run({ ada, ben }) {
      const text = `Hello from Ada ${Date.now()}`;
      const begun = Date.now();
      await say(ada, text);
      await heard(ben, text);
      await heard(ada, text);
      const copies = await ada.locator(".messages p", { hasText: text }).count();
      expect(copies === 1, `the author sees her message ${copies} times`);
      return `${Date.now() - begun} ms`;
    },
  },
  {
    name: "the host removes a message and everybody sees it gone",
    async run({ ada, ben, host }) {
      const text = `Please remove me ${Date.now()}`;
      await say(ada, text);
      await heard(ben, text);
      const row = host.locator(".message", { hasText: text });
      await row.hover();
      await row.getByRole("button", { name: /^Remove/ }).click();
      await ben.waitForFunction(
        (t) => !document.querySelector(".messages").textContent.includes(t), text);
    },
  },
  {
    name: "reactions are counted exactly for everybody",
    async run({ ada, ben }) {
      const love = ada.getByRole("button", { name: "Love" });
      const total = (page) => page.evaluate(() => __vitrine.totals().love ?? 0);
      const before = await total(ben);
      for (let i = 0; i < 7; i++) await love.click();
      await ben.waitForFunction((n) => (__vitrine.totals().love ?? 0) >= n, before + 7);
    },
  },
  {
    name: "a poll opens, takes one vote, and the host sees it",
    async run({ ada, host }) {
      const close = host.getByRole("button", { name: "Close", exact: true });
      if (await close.count()) await close.click();
      await host.getByRole("button", { name: "New poll" }).click();
      const question = `Which one? ${Date.now()}`;
      await host.getByLabel("Question").fill(question);
      await host.getByLabel("Answer 1").fill("The red one");
      await host.getByLabel("Answer 2").fill("The blue one");
      await host.getByRole("button", { name: "Ask the room" }).click();
      const poll = ada.locator(".poll", { hasText: question });
      await poll.getByRole("button", { name: "The blue one" }).click();
      await poll.locator(".mine").waitFor();
      const row = host.locator("li", { hasText: "The blue one" });
      await host.waitForFunction(
        () => [...document.querySelectorAll("li")].some(
          (li) => li.textContent.includes("The blue one") &&
            Number(li.querySelector(".num")?.textContent) >= 1),
      );
      expect((await row.count()) === 1, "the host sees the poll once");
      await close.click();
      await poll.getByText("closed").waitFor();
    },
  },
  {
    name: "the stream's program date-time is the server's time, within 250 ms",
    async run({ ada }) {
      await playing(ada);
      // A segment appears in the playlist when its last picture was "taken": at that moment its
      // begin plus its length is the server's now.
      const errors_ms = await ada.evaluate(async () => {
        const read = async () => {
          const text = await (await fetch(__vitrine.stream(), { cache: "no-store" })).text();
          const dates = [...text.matchAll(/PROGRAM-DATE-TIME:(\S+)/g)].map((m) => Date.parse(m[1]));
          const lengths = [...text.matchAll(/EXTINF:([\d.]+)/g)].map((m) => Number(m[1]) * 1000);
          return dates.at(-1) + lengths.at(-1);
        };
        // It appeared between two reads; how far its date lies outside of that moment is the error.
        const found = [];
        let last = await read();
        let since_ms = __vitrine.server_ms();
        while (found.length < 3) {
          const end_ms = await read();
          const now_ms = __vitrine.server_ms();
          const outside = Math.max(0, since_ms - end_ms, end_ms - now_ms);
          if (end_ms !== last && now_ms - since_ms <= 300) found.push(outside);
          last = end_ms;
          since_ms = now_ms;
          await new Promise((go) => setTimeout(go, 20));
        }
        return found;
      });
      const worst = Math.max(...errors_ms);
      expect(worst <= 250, `${errors_ms.map(Math.round)} ms apart`);
      return `${Math.round(worst)} ms`;
    },
  },
  {
    name: "the player's date is that of the picture it shows",
    async run({ ada }) {
      await playing(ada);
      // Independent of hls.js's own figure: two reads must move with the video's own clock.
      const [drift_ms, behind_ms] = await ada.evaluate(async () => {
        const video = document.querySelector("video");
        const read = () => [__vitrine.playing_ms(), video.currentTime * 1000];
        const [date, time] = read();
        await new Promise((go) => setTimeout(go, 3_000));
        const [date2, time2] = read();
        return [date2 - date - (time2 - time), __vitrine.server_ms() - date2];
      });
      expect(Math.abs(drift_ms) <= 250, `date and picture drift by ${drift_ms} ms in 3 s`);
      expect(behind_ms > 0 && behind_ms < 15_000, `the picture is ${behind_ms} ms behind`);
      return `${(behind_ms / 1000).toFixed(1)} s behind`;
    },
  },
  ...[["ada", 390], ["ben", 1440]].map(([who, width]) => ({
    name: `a pin appears at its media time and moves nothing (${width} px)`,
    async run(world) {
      const page = world[who];
      await playing(page);
      await clearTable(world.host);
      await page.waitForFunction(() => !document.querySelector(".card[data-sku]"), null,
        { timeout: 40_000 });
      await rest(600); // input within the last 500 ms would excuse a shift
      await page.evaluate(() => {
        globalThis.seen = { shift: 0, moved: {}, cards: {} };
        new PerformanceObserver((list) => {
          for (const e of list.getEntries().filter(({ hadRecentInput }) => !hadRecentInput)) {
            seen.shift += e.value;
            for (const { node } of e.sources) {
              const name = node?.className || node?.parentElement?.className || "?";
              seen.moved[name] = (seen.moved[name] ?? 0) + 1;
            }
          }
        }).observe({ type: "layout-shift" });
        new MutationObserver(() => {
          for (const card of document.querySelectorAll(".card[data-sku]"))
            seen.cards[card.dataset.sku] ??=
              { playing_ms: __vitrine.playing_ms(), server_ms: __vitrine.server_ms() };
        }).observe(document.querySelector(".shelf"), { childList: true, subtree: true });
      });
      const { sku, media_time_ms } = await pinPlenty(world.host);
      await onTable(page, sku);
      await rest(1_500); // the arrival's animation ends
      const { shift, moved, cards } = await page.evaluate(() => seen);
      const late_ms = cards[sku].playing_ms - media_time_ms;
      console.log(`figure pin_from_its_picture_${width}_ms ${Math.round(late_ms)} ms`);
      const shown = `shown ${Math.round(late_ms)} ms from its picture`;
      expect(late_ms >= -50 && late_ms <= 1_000, shown);
      expect(shift <= 0.05, `layout shift ${shift.toFixed(3)} by ${JSON.stringify(moved)}`);
      const waited_ms = cards[sku].server_ms - media_time_ms;
      return `${Math.round(late_ms)} ms from its picture, which was ${Math.round(waited_ms)} ms ` +
        `behind; shift ${shift.toFixed(4)}`;
    },
  })),
];
