// The assistant: what it answers reaches the viewers, labelled, with its source, and the host is in
// charge of it.
import { expect, say } from "../lib/pages.mjs";

const read = async (url) => (await fetch(url)).json();

// One that nobody has asked for yet, as far as the answers tell.
async function anyProduct(url, host) {
  const show = await host.evaluate(() => __vitrine.show());
  const { answers = [] } = await read(`${url}/v1/store/shows/${show}/answers`);
  const { items } = await read(`${url}/v1/store/products?limit=200`);
  const fresh = items.map(({ product }) => product)
    .filter(({ title }) => !answers.some(({ text }) => text?.includes(title)));
  return fresh[Math.floor(Math.random() * fresh.length)];
}

export const checks = [
  {
    name: "the simulated viewers get answers without anybody's doing, each with its source",
    async run({ url, host }) {
      const show = await host.evaluate(() => __vitrine.show());
      const begun = Date.now();
      let answers = [];
      while (answers.length === 0 && Date.now() - begun < 60_000) {
        ({ answers = [] } = await read(`${url}/v1/store/shows/${show}/answers`));
        await new Promise((done) => setTimeout(done, 200));
      }
      const own = answers.filter(({ by_assistant }) => by_assistant);
      expect(own.length > 0, "nobody was answered within a minute");
      expect(own.every(({ from, withdrawn }) => from || withdrawn), "an answer has no source");
      return `${own.length}, "${own[0].text}" from: ${own[0].from}`;
    },
  },
  {
    name: "a viewer's question is answered in the chat of all, as the assistant's, with its source",
    async run({ url, ada, ben, host }) {
      const product = await anyProduct(url, host);
      const begun = Date.now();
      await say(ada, `how much is the ${product.title}?`);
      const price = `£${(product.price.amount / 100).toFixed(2)}`;
      const line = (page) =>
        page.locator('[data-answer="assistant"]', { hasText: `${product.title} costs ${price}` });
      await line(ada).first().waitFor();
      const took_ms = Date.now() - begun;
      await line(ben).first().waitFor();
      const told = await line(ben).first().textContent();
      expect(told.includes("assistant"), `the line says "${told}"`);
      expect(told.includes(`from: catalogue: ${product.title}`), `the line says "${told}"`);
      expect(/to Ada/.test(told), `it is for nobody: "${told}"`);
      // Who asks again has it behind her own message.
      await say(ben, `what does the ${product.title} cost`);
      await ben.waitForFunction(
        (text) => __vitrine.chat.messages.filter((one) => one.text === text).length === 2,
        `${product.title} costs ${price}.`);
      expect((await line(ada).count()) === 1, "the answer was told to all again");
      expect(took_ms < 2_000, `the answer took ${took_ms} ms`);
      return `${took_ms} ms`;
    },
  },
  {
    name: "the host sees what was answered and why, takes it back, and the viewers see that",
    async run({ url, ada, ben, host }) {
      const product = await anyProduct(url, host);
      await say(ada, `what does the ${product.title} cost?`);
      const answered = await host.waitForFunction(
        (title) => __vitrine.insights().find(({ answered }) => answered?.text.includes(title)),
        product.title);
      const { group } = await answered.jsonValue();
      const row = host.locator(`[data-question="${group.id}"]`);
      await row.waitFor();
      const why = await row.locator("[data-why]").last().textContent();
      expect(/covers \d+ % .* position \d+/.test(why), `its reason is "${why}"`);
      const saved = Number(await host.locator("[data-saved]").getAttribute("data-saved"));
      expect(saved > 0, "no second was saved");
      const line = ben.locator(`[data-id="answer:${group.id}"]`);
      await line.getByText("costs").waitFor();
      await row.getByRole("button", { name: "Take back" }).click();
      await line.getByText("answer withdrawn").waitFor();
      expect(!(await line.textContent()).includes("costs"), "the text is still there");
      return `${saved} s saved before`;
    },
  },
  {
    name: "what the assistant may only suggest the host sends by one press, with its source",
    async run({ url, ada, host }) {
      const mode = host.getByLabel("The assistant");
      await mode.selectOption("suggest");
      try {
        await host.waitForFunction(() => __vitrine.assistant().mode === "suggest");
        const product = await anyProduct(url, host);
        await say(ada, `how much are the ${product.title}?`);
        const asked = await host.waitForFunction(
          (title) => __vitrine.insights().find(
            ({ group }) => group.suggestion?.text.includes(title)), product.title);
        const { group } = await asked.jsonValue();
        expect(!(await ada.locator(`[data-id="answer:${group.id}"]`).count()), "it spoke");
        const row = host.locator(`[data-question="${group.id}"]`);
        await row.getByRole("button", { name: "Send", exact: true }).click();
        await host.waitForFunction(
          (id) => __vitrine.insights().find((one) => one.group.id === id)?.answered, group.id);
        await ada.locator(`[data-id="answer:${group.id}"]`, { hasText: "from: catalogue" })
          .waitFor();
      } finally {
        await mode.selectOption("auto");
        await host.waitForFunction(() => __vitrine.assistant().mode === "auto");
      }
    },
  },
  {
    name: "what the host adds to the shop's texts is answered with, under its title",
    async run({ ada, host }) {
      await host.getByRole("button", { name: "What the shop says" }).click();
      const sheet = host.getByRole("dialog", { name: "What the shop says" });
      const title = `engraving ${Date.now() % 1000}`;
      await sheet.getByRole("button", { name: "Add" }).click();
      await sheet.getByLabel("Title, shown as the source").fill(title);
      await sheet.getByLabel("The answer").fill("Initials are engraved within two days, for free.");
      await sheet.getByLabel("Other words for it, never shown").fill("engrave initials monogram");
      await sheet.getByRole("button", { name: "Save" }).click();
      const remove = sheet.getByRole("button", { name: `Remove ${title}` });
      await remove.waitFor();
      const begun = Date.now();
      await say(ada, "do you engrave initials, a monogram?");
      await ada.locator('[data-answer="assistant"]', { hasText: `from: ${title}` }).waitFor();
      const took_ms = Date.now() - begun;
      await remove.click();
      await remove.waitFor({ state: "detached" });
      await host.keyboard.press("Escape");
      return `${took_ms} ms`;
    },
  },
  {
    name: "a question about health is left to the host, with the reason",
    async run({ ada, host }) {
      await say(ada, `is this safe for babies ${Date.now()}?`);
      const left = await host.waitForFunction(
        () => __vitrine.insights().find(
          ({ group, answered }) => group.topic === "health" && !answered)?.group.left);
      const why = await left.jsonValue();
      expect(/health is always left to a person/.test(why), `its reason is "${why}"`);
    },
  },
];
