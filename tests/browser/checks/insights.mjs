// What the models tell the host: each with its reason.
import { clearTable, expect, onTable, pinPlenty, say } from "../lib/pages.mjs";

// Several people by the API: one page can say something only once.
async function everybody(url, host, name, text, people = 5) {
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
  for (let i = 0; i < people; i++) {
    const { token } = await call("/v1/auth/guest", { nickname: `${name} ${i}` });
    await call(`/v1/store/shows/${show}/chat`, { id: `s${Date.now()}-${i}`, text }, token);
  }
}

// Lets alerts of a kind act by themselves, after so many seconds.
async function letAct(host, kind, veto_s) {
  const row = host.locator(`[data-autopilot="${kind}"]`);
  await row.getByRole("spinbutton").fill(String(veto_s));
  await row.getByRole("spinbutton").press("Enter");
  await row.getByRole("checkbox").check();
  await host.waitForFunction(
    ([of, seconds]) => __vitrine.autopilot().some(
      (one) => one.kind === of && one.on && one.veto_s === seconds),
    [kind, veto_s]);
}

async function actionOf(host, kind) {
  const found = await host.waitForFunction(
    (of) => __vitrine.actions().find((one) => one.kind === of), kind);
  return found.jsonValue();
}

export const checks = [
  {
    name: "people who hear nothing are an alert with its reason and what they said",
    async run({ url, host }) {
      const begun = Date.now();
      await everybody(url, host, "Listener", `no sound here ${begun}`);
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
    name: "a raid is about to slow the chat down: it counts down with its reason, the host says no",
    async run({ url, host }) {
      await letAct(host, "abuse", 60);
      const begun = Date.now();
      await everybody(url, host, "Raider", `this is a scam ${begun}`, 8);
      const { id } = await actionOf(host, "abuse");
      const row = host.locator(`[data-action="${id}"]`);
      const left = await row.locator("[data-left]").textContent();
      expect(/in [1-9][0-9]? s/.test(left), `the countdown shows "${left}"`);
      const why = await row.locator("[data-why]").textContent();
      expect(/^A raid or a wave of abuse.*people within/.test(why), `its reason is "${why}"`);
      const told_ms = Date.now() - begun;
      await row.getByRole("button", { name: "Do not" }).click();
      await host.waitForSelector(`[data-action="${id}"][data-state="vetoed"]`);
      await host.locator('[data-autopilot="abuse"]').getByRole("checkbox").uncheck();
      return `${told_ms} ms from the first message`;
    },
  },
  {
    name: "a product they do not like is taken down by itself, and one press brings it back",
    async run({ url, host, ben }) {
      await clearTable(host);
      const { sku } = await pinPlenty(host);
      await onTable(ben, sku);
      await letAct(host, "dislike", 5);
      await everybody(url, host, "Critic", "way too expensive", 8);  // longer is a raid
      const { id } = await actionOf(host, "dislike");
      await host.waitForSelector(`[data-action="${id}"][data-state="done"]`);
      await ben.waitForSelector(`.card[data-sku="${sku}"]`, { state: "detached" });
      const begun = Date.now();
      await host.locator(`[data-action="${id}"]`).getByRole("button", { name: "Undo" }).click();
      await onTable(ben, sku);
      await host.waitForSelector(`[data-action="${id}"][data-state="undone"]`);
      await host.locator('[data-autopilot="dislike"]').getByRole("checkbox").uncheck();
      return `${Date.now() - begun} ms from the press to a viewer`;
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
