// Starts the real demo, or the server alone, in a folder of its own and finds its address and the
// host's one-time code in what it prints. Ends it, and its children, by asking.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const kStart_ms = 180_000;
const kStop_ms = 30_000;
const root = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../../..");

export const programDefault = join(root, "build/release/bin/vitrine");

// With `kafka` (kafka://HOST:PORT) the demo's server is a gateway, and two processes run the
// topologies.
export async function startDemo({ program, viewers, web, kafka }) {
  const demo = ["demo", "--viewers", String(viewers)];
  if (!kafka) return start(program, web, demo);
  const topologies = [1, 2].map(() =>
    spawn(program, ["serve", "--roles", "topologies", "--log", kafka], { stdio: "ignore" }));
  const end = () => Promise.all(topologies.map((child) => {
    const exited = new Promise((done) => child.once("exit", done));
    child.kill("SIGTERM");
    return exited;
  }));
  try {
    const gateway = await start(program, web, [...demo, "--kafka", kafka, "--roles", "gateway"]);
    return { ...gateway, stop: async () => { await gateway.stop(); await end(); } };
  } catch (error) {
    await end();
    throw error;
  }
}
// Nobody there: what a test does is all that happens.
export const startServer = ({ program, web }) => start(program, web, ["serve"]);

async function start(program, web, command) {
  const what = `start \`${command[0]}\``;
  if (!existsSync(program)) throw new Error(`${what}: ${program} is missing; build it`);
  const folder = mkdtempSync(join(process.env.TMPDIR ?? tmpdir(), "vitrine-browser-"));
  const pages = web ?? join(root, "web/dist");
  const child = spawn(
    program,
    [...command, "--port", "0", "--log", join(folder, "shop"), "--data", join(root, "data"),
      "--web", pages],
    { cwd: root, stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  child.stdout.on("data", (text) => (output += text));
  child.stderr.on("data", (text) => (output += text));
  const exited = new Promise((done) => child.once("exit", (code, signal) => done(code ?? signal)));
  const stop = async () => {
    child.kill("SIGINT");
    const late = setTimeout(() => child.kill("SIGKILL"), kStop_ms);
    await exited;
    clearTimeout(late);
    rmSync(folder, { recursive: true, force: true });
  };
  const until = Date.now() + kStart_ms;
  while (Date.now() < until) {
    const code = /#code=([^\s]+)/.exec(output)?.[1];
    const url = /https?:\/\/[\d.a-z[\]:]+:\d+/.exec(output)?.[0];
    if (code && url) return { url, code, stop, output: () => output };
    const ended = await Promise.race([exited, new Promise((go) => setTimeout(go, 50, "alive"))]);
    if (ended !== "alive") throw new Error(`${what}: it ended with ${ended}\n${output}`);
  }
  await stop();
  throw new Error(`${what}: no address and host code within ${kStart_ms} ms\n${output}`);
}
