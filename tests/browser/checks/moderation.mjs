// What is held is shown to who moderates, with its reason, and to nobody else before its release.
import { expect, live, newPage, say, viewer } from "../lib/pages.mjs";

export const checks = [
  {
    name: "a held message is shown to the host with its why, and to other viewers once released",
    async run({ browser, url, ben, host, errors }) {
      // Somebody new, so that a second try begins as the first did.
      const sue = await viewer(browser, url, "Sue", { errors });
      const text = `this is a scam ${Date.now()}`;
      await say(sue, text);
      await sue.locator(".held", { hasText: text }).getByText("held for review").waitFor();
      await host.waitForFunction(
        (t) => __vitrine.held().some(({ message }) => message.text === t), text);
      const { held, why } = await host.evaluate(
        (t) => __vitrine.held().find(({ message }) => message.text === t), text);
      expect(/^It says "scam"/.test(why), `its reason is "${why}"`);
      expect((await ben.getByText(text).count()) === 0, "another viewer saw it before its release");
      const row = host.locator(`[data-held="${held}"]`);
      await row.waitFor();
      const shown = await row.locator("[data-why]").textContent();
      expect(shown.includes("scam"), `the reason shown is "${shown}"`);
      const begun = Date.now();
      await row.getByRole("button", { name: "Release" }).click();
      await ben.getByText(text).waitFor();
      await sue.context().close();
      return `${Date.now() - begun} ms from release to another viewer`;
    },
  },
  {
    name: "who was muted for three held messages may speak once one of them is released",
    async run({ browser, url, ben, host, errors }) {
      const tom = await viewer(browser, url, "Tom", { errors });
      const begun = Date.now();
      for (const n of ["one", "two", "three"]) {
        const text = `this is a scam ${n} ${begun}`;
        await say(tom, text);
        await tom.locator(".held", { hasText: text }).getByText("held for review").waitFor();
      }
      await say(tom, "am I heard?");
      await tom.getByText("You cannot take part in this chat.").first().waitFor();
      const row = host.locator("[data-held]", { hasText: `scam three ${begun}` });
      await row.getByRole("button", { name: "Release" }).click();
      await ben.getByText(`scam three ${begun}`).waitFor();
      const again = `thank you ${begun}`;
      await say(tom, again);
      await ben.getByText(again).waitFor();
      await tom.context().close();
      return `${Date.now() - begun} ms`;
    },
  },
  {
    name: "a moderator opens a person's history from a held message, mutes, and pardons",
    async run({ browser, url, host, errors }) {
      await host.getByLabel("Moderator's name").fill("Mo");
      await host.getByRole("button", { name: "Invite" }).click();
      const link = await host.locator("code", { hasText: "#mod=" }).last().textContent();
      const mo = await newPage(browser, { url: url + link.slice(link.indexOf("/#")), errors });
      await live(mo);
      const rex = await viewer(browser, url, "Rex", { errors });
      const text = `shut up ${Date.now()}`;
      await say(rex, text);
      await mo.getByRole("button", { name: /^Moderation, [1-9]/ }).click();
      await mo.locator("[data-held]", { hasText: text }).locator(".name").click();
      const history = mo.getByRole("list", { name: "Their messages" });
      await history.getByText(text).waitFor();
      const begun = Date.now();
      await mo.getByRole("button", { name: "Mute" }).click();
      await mo.locator("[data-states]").getByText("muted for 10 min").waitFor();
      await say(rex, "am I heard?");
      await rex.getByText("You cannot take part in this chat.").first().waitFor();
      const muted_ms = Date.now() - begun;
      await mo.getByRole("button", { name: "Pardon" }).click();
      await mo.locator("[data-states]").getByText("may speak").waitFor();
      const again = `thank you ${Date.now()}`;
      await say(rex, again);
      await host.getByText(again).waitFor();
      for (const page of [mo, rex]) await page.context().close();
      return `muted and told within ${muted_ms} ms`;
    },
  },
];
