// For everybody: the keyboard alone is enough, and axe-core finds nothing serious.
import { createRequire } from "node:module";
import { clearTable, expect, newPage, onTable, pinPlenty, viewer } from "../lib/pages.mjs";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

export async function audit(page, where) {
  // The page's policy forbids foreign scripts; the devtools protocol may run them all the same.
  const { readFileSync } = await import("node:fs");
  await page.evaluate(readFileSync(axe, "utf8"));
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document);
    return violations
      .filter((v) => ["serious", "critical"].includes(v.impact))
      .map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).slice(0, 3).join("; ")}`);
  });
  expect(found.length === 0, `${where}: ${found.join(" | ")}`);
}

export const checks = [
  {
    name: "axe-core finds nothing serious on the viewer page, its dialogs, and the host console",
    async run({ browser, url, host, errors }) {
      await clearTable(host);
      const { sku } = await pinPlenty(host);
      const page = await newPage(browser, { url: `${url}/`, width: 390, errors });
      await page.getByLabel("Your name").waitFor();
      await page.waitForTimeout(500); // the opening's fade would be read as low contrast
      await audit(page, "join dialog");
      await page.getByRole("button", { name: "Just watch" }).click();
      await onTable(page, sku);
      await page.waitForTimeout(800);
      await audit(page, "viewer page, 390 px");
      await page.setViewportSize({ width: 1440, height: 900 });
      await audit(page, "viewer page, 1440 px");
      await page.locator(`.card[data-sku="${sku}"] .buy`).click();
      await page.locator(".confirm:enabled").waitFor();
      await page.waitForTimeout(500);
      await audit(page, "buy sheet");
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: /^Cart/ }).click();
      await page.waitForTimeout(500);
      await audit(page, "cart");
      await page.context().close();
      await audit(host, "host console");
      const out = await newPage(browser, { url: `${url}/host`, errors });
      await out.getByRole("button", { name: "Sign in" }).waitFor();
      await audit(out, "sign in");
      await out.context().close();
    },
  },
  {
    name: "a whole purchase by keyboard alone",
    async run({ browser, url, host, errors }) {
      await clearTable(host);
      const { sku } = await pinPlenty(host);
      const page = await newPage(browser, { url: `${url}/`, errors });
      const focused = (selector) =>
        page.waitForFunction((s) => document.activeElement?.matches(s), selector);
      await focused("dialog input");
      await page.keyboard.type("Keyboard Kim");
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => !document.querySelector("dialog[open]"));
      await onTable(page, sku);
      await page.waitForSelector(`.card[data-sku="${sku}"] .buy:enabled`);
      let tabs = 0;
      const at = () => page.evaluate((s) => document.activeElement?.matches(s),
        `.card[data-sku="${sku}"] .buy`);
      while (!(await at())) {
        expect(++tabs <= 40, "Buy is not reached within 40 tabs");
        await page.keyboard.press("Tab");
      }
      const outline = await page.evaluate(
        () => getComputedStyle(document.activeElement).outlineStyle);
      expect(outline !== "none", "the focus cannot be seen");
      await page.keyboard.press("Enter");
      await focused("dialog[open] .confirm");
      await page.keyboard.press("Enter");
      await page.locator("dialog[open]").getByText("is confirmed").waitFor();
      await page.keyboard.press("Escape");
      await page.waitForFunction(() => !document.querySelector("dialog[open]"));
      expect(await at(), "the focus is back on Buy");
      await page.context().close();
      return `${tabs} tabs to Buy`;
    },
  },
  {
    name: "dialogs keep the focus, and the skip link leads to the products",
    async run({ browser, url, errors }) {
      const page = await viewer(browser, url, "Focus Fay", { errors });
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      const skipped = await page.evaluate(() => location.hash === "#shelf");
      expect(skipped, "the first stop of the keyboard is the skip link");
      await page.getByRole("button", { name: /^Cart/ }).click();
      for (let i = 0; i < 8; i++) {
        await page.keyboard.press("Tab");
        const inside = await page.evaluate(() =>
          document.activeElement === document.body || !!document.activeElement.closest("dialog"));
        expect(inside, "the focus left the open dialog");
      }
      await page.context().close();
    },
  },
];
