// What viewers are offered, with its reason, and what came of it on the host's page.
import { expect, viewer } from "../lib/pages.mjs";

// A guest who is not of the group that is offered nothing; one in ten is.
async function offeredViewer(browser, url) {
  for (let i = 0; i < 4; i++) {
    const page = await viewer(browser, url, `Curious ${i}`);
    try {
      await page.waitForSelector("[data-offer]", { timeout: 15_000 });
      return page;
    } catch {
      await page.context().close();
    }
  }
  throw new Error("four guests in a row were offered nothing");
}

export const checks = [
  {
    name: "somebody who comes is offered products with their reason",
    async run(world) {
      const begun = Date.now();
      world.curious = await offeredViewer(world.browser, world.url);
      const card = world.curious.locator("[data-offer]").first();
      const why = await card.locator("[data-why]").textContent();
      expect(/show|shop/.test(why) && why.endsWith("."), `the reason is "${why}"`);
      return `${Date.now() - begun} ms, "${why}"`;
    },
  },
  {
    name: "who looks at a product is offered what others went on to, and why",
    async run(world) {
      const page = world.curious;
      const begun = Date.now();
      // The simulated viewers look and buy; what they went on to is learnt as they do.
      for (let i = 0; i < 20; i++) {
        const open = page.locator("[data-offer] .open").first();
        const asked = page.waitForResponse((r) => r.url().endsWith("/views"));
        await open.click();
        expect((await asked).status() === 202, "the look was not taken");
        await page.getByRole("button", { name: "Close" }).click();
        const kinds = await page.evaluate(() => __vitrine.offers().items?.map((i) => i.kind) ?? []);
        if (kinds.some((kind) => kind === "similar" || kind === "together")) break;
        await page.waitForTimeout(2_000);
      }
      const card = page.locator('[data-kind="similar"], [data-kind="together"]').first();
      await card.waitFor();
      const why = await card.locator("[data-why]").textContent();
      expect(/^Viewers who looked at .+ also looked at this, in \d+ similar visit|^In \d+ cart/
        .test(why), `the reason is "${why}"`);
      return `${Date.now() - begun} ms, "${why}"`;
    },
  },
  {
    name: "what is sold out is offered to nobody",
    async run({ host, curious: page }) {
      const search = host.getByLabel("Search products");
      const row = (sku) => host.locator(`#products [data-sku="${sku}"]`);
      // True when it was taken: what others hold at this moment cannot be taken back from them.
      const set = async (sku, pieces) => {
        await row(sku).locator(".stock").click();
        await row(sku).getByLabel("Pieces on hand").fill(String(pieces));
        await row(sku).getByRole("button", { name: "Save" }).click();
        await row(sku).locator("form button:disabled").waitFor({ state: "detached" });
        const refused = (await row(sku).locator("form").count()) > 0;
        if (refused) await row(sku).getByRole("button", { name: "Cancel" }).click();
        return !refused;
      };
      for (let i = 0; i < 20; i++) {
        const offers = page.locator("[data-offer]");
        const sku = await offers.nth(i % (await offers.count())).getAttribute("data-offer");
        await search.fill(sku); // the host's list shows the first sixty
        const stock = await row(sku).locator(".stock").textContent();
        const begun = Date.now();
        if (!(await set(sku, 0))) continue;
        await page.waitForSelector(`[data-offer="${sku}"]`, { state: "detached" });
        const took_ms = Date.now() - begun;
        await set(sku, Number(stock.replace(/\D/g, "")) || 100);
        await search.fill("");
        return `${took_ms} ms`;
      }
      throw new Error("others hold pieces of every product on offer");
    },
  },
  {
    name: "the host sees what came of the offers, and lets a product sell first",
    async run({ host, curious }) {
      await host.waitForFunction(() => (__vitrine.offers().shown?.offered ?? 0) > 0);
      const pane = host.locator("[data-offers]");
      const why = await pane.locator("[data-why]").textContent();
      expect(/^Bought within half an hour: \d+ of \d+ offers shown/.test(why), `it says "${why}"`);
      const offered = await curious.evaluate(() => __vitrine.offers().items.map((i) => i.sku));
      const sku = await pane.locator("option").evaluateAll(
        (options, known) => options.map((o) => o.value).find((v) => v && !known.includes(v)),
        offered);
      await pane.getByLabel("Stock to clear").selectOption(sku);
      await pane.getByRole("button", { name: "Offer it first" }).click();
      await pane.locator(`[data-clearing="${sku}"]`).waitFor();
      await pane.locator(`[data-clearing="${sku}"]`).getByRole("button", { name: "Stop" }).click();
      await pane.locator(`[data-clearing="${sku}"]`).waitFor({ state: "detached" });
      await curious.context().close();
      return why;
    },
  },
];
