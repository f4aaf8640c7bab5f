// The pages in a real browser against the real server. See README.md.
//
//   node run.mjs [--program FILE | --url URL --host-code CODE] [--web DIR] [--viewers N]
//                [--only WORDS]
//                [--groups watching,buying,insights,answers,recommend,moderation,access,topology,
//                 breaking]
//                [--screenshots DIR] [--kafka kafka://HOST:PORT | --on-kafka]
// --on-kafka takes the address from VITRINE_KAFKA, as tools/kafka/broker.py sets it.
import { parseArgs } from "node:util";
import { checks as access } from "./checks/access.mjs";
import { checks as answers } from "./checks/answers.mjs";
import { checks as breaking } from "./checks/breaking.mjs";
import { checks as buying } from "./checks/buying.mjs";
import { checks as insights } from "./checks/insights.mjs";
import { checks as moderation } from "./checks/moderation.mjs";
import { checks as recommend } from "./checks/recommend.mjs";
import { checks as topology } from "./checks/topology.mjs";
import { checks as watching } from "./checks/watching.mjs";
import { live, newPage, openBrowser, viewer } from "./lib/pages.mjs";
import { programDefault, startDemo } from "./lib/server.mjs";
import { takeScreenshots, takeTopology } from "./screenshots.mjs";

const kCheck_ms = 150_000;

const { values: options } = parseArgs({
  options: {
    "program": { type: "string", default: programDefault },
    "url": { type: "string" },
    "host-code": { type: "string" },
    "web": { type: "string" },
    "viewers": { type: "string", default: "20" },
    "only": { type: "string" },
    "groups": {
      type: "string",
      default: "watching,buying,insights,answers,recommend,moderation,access,topology,breaking",
    },
    "screenshots": { type: "string" },
    "kafka": { type: "string" },
    "on-kafka": { type: "boolean", default: false },
    "help": { type: "boolean", default: false },
  },
});
if (options.help) {
  console.log("node run.mjs [--program FILE | --url URL --host-code CODE] [--web DIR]\n" +
    "             [--viewers N] [--only WORDS] [--screenshots DIR]");
  process.exit(0);
}
if (options["on-kafka"] && !process.env.VITRINE_KAFKA) {
  console.log(`skip: no Kafka broker: ${process.env.VITRINE_KAFKA_MISSING ?? "none was started"}`);
  process.exit(77);
}
const kafka = options["on-kafka"] ? `kafka://${process.env.VITRINE_KAFKA}` : options.kafka;
if (options.url && !options["host-code"]) {
  console.error("--url needs --host-code, the one-time code of /host#code=…");
  process.exit(2);
}

async function within(ms, work) {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`not done within ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

const groups = {
  watching, buying, insights, answers, recommend, moderation, access, topology, breaking,
};
const wanted = options.groups.split(",").flatMap((name) => groups[name] ?? [])
  .filter(({ name }) => !options.screenshots && name.includes(options.only ?? ""));
const counts = { passed: 0, failed: 0, skipped: 0 };
// A check that fails is tried once more on the same pages, and both are printed: two cores paint
// several pages with video while the server and its viewers work.
async function check({ name, run }, world, again = false) {
  const begun = Date.now();
  const told = (word, more) => {
    const took = ((Date.now() - begun) / 1000).toFixed(1);
    console.log(`${word} ${name} (${took} s)${more ? `: ${more}` : ""}`);
  };
  try {
    const note = await within(kCheck_ms, run(world));
    if (note?.skip) {
      counts.skipped++;
      return told("skip  ", note.skip);
    }
    counts.passed++;
    told("pass  ", note);
  } catch (error) {
    if (!again && !/thrown or logged/.test(name)) {
      told("again ", String(error?.message ?? error).split("\n")[0]);
      return check({ name, run }, world, true);
    }
    counts.failed++;
    told("FAIL  ", String(error?.message ?? error).split("\n").slice(0, 6).join("\n        "));
  }
}

async function runAll(world) {
  if (options.screenshots) {
    const take = options.only === "topology" ? takeTopology : takeScreenshots;
    const run = async () => (await take(world, options.screenshots)).join(", ");
    return check({ name: "screenshots", run }, world);
  }
  for (const one of wanted.filter(({ alone }) => !alone)) await check(one, world);
  const none = async () => {
    if (world.errors.length > 0) throw new Error(world.errors.slice(0, 5).join("\n"));
  };
  await check({ name: "no page has thrown or logged an error", run: none }, world);
}

const demo = options.url
  ? { url: options.url.replace(/\/$/, ""), code: options["host-code"], stop: async () => {} }
  : await startDemo({
    program: options.program, viewers: options.viewers, web: options.web, kafka });
const browser = await openBrowser();
try {
  const errors = [];
  const { url, code } = demo;
  // What is timed with a slowed processor runs before the pages of the others take their share.
  for (const one of wanted.filter(({ alone }) => alone)) await check(one, { browser, url });
  const scale = options.screenshots ? 1 : undefined;
  const host = await newPage(browser, { url: `${url}/host#code=${code}`, errors, scale });
  await live(host);
  const ada = await viewer(browser, url, "Ada", { width: 390, errors });
  const ben = await viewer(browser, url, "Ben", { width: 1440, errors });
  const { program, web } = options;
  await runAll({ browser, url, host, ada, ben, errors, program, web });
} catch (error) {
  counts.failed++;
  console.log(`FAIL   open the pages: ${error.stack}`);
} finally {
  await browser.close();
  await demo.stop();
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0);
