// The steps that several checks share, in the words of somebody who uses the pages.
import { chromium } from "playwright-core";

export const kSizes = { 390: 844, 768: 1024, 1440: 900 };
const kPatience_ms = 40_000;

export function openBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

export async function newPage(browser, { width = 1440, url, errors = [], scale = 0.5 }) {
  const context = await browser.newContext({
    viewport: { width, height: kSizes[width] },
    // Painted by the processor, so at a quarter of the pixels: several videos share two cores.
    deviceScaleFactor: scale,
    hasTouch: width < 700,
    reducedMotion: "no-preference",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(kPatience_ms);
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    // A refused or cut request is logged by the browser itself; those are part of the checks.
    const text = message.text();
    if (message.type() === "error" && !/Failed to load resource|WebSocket connection/.test(text)) {
      errors.push(text);
    }
  });
  await page.goto(url);
  return page;
}

export async function join(page, nickname) {
  await page.getByLabel("Your name").fill(nickname);
  await page.getByRole("button", { name: "Join", exact: true }).click();
  await live(page);
}

export const live = (page, timeout = kPatience_ms) =>
  page.waitForFunction(() => globalThis.__vitrine?.line.state === "live", null, { timeout });

export const playing = (page) =>
  page.waitForFunction(() => globalThis.__vitrine?.playing_ms() !== undefined, null, {
    timeout: 40_000,
  });

export async function viewer(browser, url, nickname, options = {}) {
  const page = await newPage(browser, { url: `${url}/`, ...options });
  await join(page, nickname);
  return page;
}

export async function say(page, text) {
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.getByLabel("Message", { exact: true }).press("Enter");
}

export async function heard(page, text, timeout = kPatience_ms) {
  try {
    await page.waitForFunction(
      (wanted) =>
        __vitrine.chat.messages.some((m) => m.text === wanted && m.state === "sent") &&
        [...document.querySelectorAll(".messages p span")].some((e) => e.textContent === wanted),
      text, { timeout },
    );
  } catch {
    const told = await page.evaluate((wanted) => {
      const { state, why = "" } = __vitrine.chat.messages.find((m) => m.text === wanted) ?? {};
      const here = state ? `it is ${state} ${why}` : "not there";
      return `${here}, the line is ${__vitrine.line.state}`;
    }, text);
    throw new Error(`"${text}" was not heard: ${told}`);
  }
}

// The host's desk, without any pins left by somebody else.
export async function clearTable(host) {
  const unpin = host.getByRole("button", { name: /^Unpin / });
  for (let left = await unpin.count(); left > 0; left = await unpin.count()) {
    await unpin.first().click();
    await host.waitForFunction(
      (n) => document.querySelectorAll("#products .pinned [data-sku]").length < n, left,
    );
  }
}

// Pins a product of which there are plenty; gives its sku and the media time the page sent.
export async function pinPlenty(host, least = 20) {
  const sku = await host.evaluate((min) => {
    for (const row of document.querySelectorAll("#products .scroll [data-sku]")) {
      const stock = row.querySelector(".stock")?.textContent; // none while it is edited
      const left = Number(stock?.replace(/\D/g, ""));
      if (left >= min) return row.dataset.sku;
    }
  }, least);
  if (!sku) throw new Error(`no product with ${least} pieces on the host's list`);
  const sent = host.waitForRequest((r) => r.method() === "PUT" && r.url().endsWith(`/pins/${sku}`));
  await host.locator(`#products .scroll [data-sku="${sku}"] .pin`).click();
  const { media_time_ms } = (await sent).postDataJSON();
  await host.waitForSelector(`#products .pinned [data-sku="${sku}"]`);
  return { sku, media_time_ms };
}

export const onTable = (page, sku) =>
  page.waitForSelector(`.card[data-sku="${sku}"]`, { timeout: 40_000 });

export const percentile = (values, share) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];
};

export function expect(holds, message) {
  if (!holds) throw new Error(message);
}

export const rest = (ms) => new Promise((done) => setTimeout(done, ms));
