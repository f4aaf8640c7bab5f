// What the models tell the host: each with its reason.
import { expect, say } from "../lib/pages.mjs";

export const checks = [
  {
    name: "people who hear nothing are an alert with its reason and what they said",
    async run({ url, host }) {
      // Five people by the API: one page can say it only once.
      const show = await host.evaluate(() => __vitrine.show());
      const call = async (path, body, token) => {
        const answer = await fetch(`${url}${path}`, {
          method: "POST",
          headers: {
            "Content-Type": "application/json",
            ...(token && { Authorization: `Bearer ${token}` }),
          },
          body: JSON.stringify(body),
        });
        expect(answer.ok, `${path} was answered ${answer.status}`);
        return answer.json();
      };
      const begun = Date.now();
      for (let i = 0; i < 5; i++) {
        const { token } = await call("/v1/auth/guest", { nickname: `Listener ${i}` });
        const text = `no sound here ${begun}`;
        await call(`/v1/store/shows/${show}/chat`, { id: `s${begun}-${i}`, text }, token);
      }
      const alert = host.locator('[data-concern="technical"]').first();
      await alert.waitFor();
      const told = await alert.textContent();
      expect(/sound/i.test(told) && /people within/.test(told), `the alert says "${told}"`);
      await alert.locator("summary").click();
      await alert.getByText(`no sound here ${begun}`).first().waitFor();
      return `${Date.now() - begun} ms`;
    },
  },
  {
    name: "viewers who ask the same are one question with its reason, which the host answers",
    async run({ ada, ben, host }) {
      const thing = `zeppelin${Date.now()}`;
      const begun = Date.now();
      await say(ada, `does the ${thing} fly?`);
      const row = host.locator("[data-question]", { hasText: thing });
      // Many are asked at once by the simulated viewers; the list shows those of most people.
      await host.waitForFunction(
        (t) => __vitrine.insights().some(({ group }) => group.text.includes(t)), thing);
      await say(ben, `can the ${thing} fly`);
      await host.waitForFunction(
        (t) => __vitrine.insights().find(({ group }) => group.text.includes(t))?.group.people === 2,
        thing);
      const told_ms = Date.now() - begun;
      const { group } = await host.evaluate(
        (t) => __vitrine.insights().find((one) => one.group.text.includes(t)), thing);
      expect(/^2 viewers asked/.test(group.why), `its reason is "${group.why}"`);
      const first = host.locator("[data-question]").first();
      await first.waitFor();
      const why = await first.locator("[data-why]").textContent();
      expect(why.includes("asked"), `the reason shown is "${why}"`);
      const asked = await first.getAttribute("data-question");
      await first.getByRole("button", { name: "Answer" }).click();
      await host.getByLabel("Answer for all who asked").fill("It is as you see it here");
      await host.getByRole("button", { name: "Send answer" }).click();
      await host.waitForFunction(
        (id) => __vitrine.insights().some(
          ({ group, answered }) => group.id === id && answered?.source === "host"),
        asked);
      return `${told_ms} ms for both${(await row.count()) ? "" : ", below the list"}`;
    },
  },
];
