// The pictures of the docs: the pages at their widths, from the running demo.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { clearTable, kSizes, onTable, pinPlenty, playing, rest, viewer } from "./lib/pages.mjs";

const kFilled_ms = 6_000; // the chat fills and the charts draw

// The live map, wide with all that is below it and narrow, while the demo's viewers shop and talk.
export async function takeTopology({ url, host }, folder) {
  mkdirSync(folder, { recursive: true });
  const taken = [];
  const map = await host.context().newPage();
  for (const width of [1440, 390]) {
    await map.setViewportSize({ width, height: kSizes[width] });
    await map.goto(`${url}/topology`);
    await map.waitForFunction(
      () => __vitrine.total("topic:chat.commands > audience/process chat") > 20 &&
        document.querySelectorAll('[data-warm="true"]').length > 8 &&
        !document.querySelector(".banner p"),
      null, { timeout: 120_000 });
    taken.push(`topology-${width}.png`);
    await map.screenshot({ path: join(folder, taken.at(-1)), fullPage: width > 700 });
  }
  await map.close();
  return taken;
}

export async function takeScreenshots({ browser, url, host }, folder) {
  mkdirSync(folder, { recursive: true });
  await clearTable(host);
  const pins = [];
  for (let i = 0; i < 3; i++) pins.push(await pinPlenty(host));
  const taken = [];
  for (const width of Object.keys(kSizes).map(Number)) {
    const page = await viewer(browser, url, "Robin", { width, scale: 1 });
    await playing(page);
    for (const { sku } of pins) await onTable(page, sku);
    await rest(kFilled_ms);
    const shot = async (of, name) => {
      taken.push(name);
      await of.screenshot({ path: join(folder, name) });
    };
    await shot(page, `viewer-${width}.png`);
    if (width === 390) {
      await page.locator(`.card[data-sku="${pins[0].sku}"] .buy`).click();
      await page.locator(".confirm:enabled").waitFor();
      await rest(600);
      await shot(page, `buy-${width}.png`);
    }
    await page.context().close();
    await host.setViewportSize({ width, height: kSizes[width] });
    await rest(800);
    await shot(host, `host-${width}.png`);
  }
  return [...taken, ...(await takeTopology({ url, host }, folder))];
}
