// The real server, with the trained model, for what a stand-in cannot show.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const HELPLINE = join(ROOT, ".venv/bin/helpline");
const PATIENCE = 300_000; // milliseconds; it trains first where the model is missing

/** Start a server of its own: without limits, its conversations in a folder that goes with it. */
export async function startReal(settings = {}) {
  if (!existsSync(HELPLINE)) throw new Error(`NO ${HELPLINE}: THE PAGE IS NOT TESTED WITH ITS SERVER. Run: scripts/setup dev`);
  const state = await mkdtemp(join(tmpdir(), "helpline-"));
  const port = await freePort();
  const environment = { ...process.env, RASA_TELEMETRY_ENABLED: "false", HELPLINE_LIMITS: "off", HELPLINE_STATE: state, ...settings };
  const process_ = spawn(HELPLINE, ["serve", "--port", String(port)], { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  const end = () => process_.kill("SIGTERM");
  process.once("exit", end); // it does not outlive us, whatever happens here
  const close = async () => {
    process.off("exit", end);
    if (process_.exitCode === null) {
      end();
      await new Promise((resolve) => process_.once("exit", resolve));
    }
    await rm(state, { recursive: true, force: true });
  };
  try {
    await ready(process_);
  } catch (error) {
    await close();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}/`, close };
}

function ready(process_) {
  return new Promise((resolve, reject) => {
    let said = "";
    const timer = setTimeout(() => reject(new Error(`the server was not ready in time: ${said}`)), PATIENCE);
    const hear = (piece) => {
      said += piece;
      if (/is ready/.test(said)) settle(resolve);
    };
    const settle = (end, value) => {
      clearTimeout(timer);
      end(value);
    };
    process_.stdout.on("data", hear);
    process_.stderr.on("data", hear);
    process_.once("exit", (code) => settle(reject, new Error(`the server ended with code ${code}: ${said}`)));
  });
}

/** A port of this machine that nobody listens on. */
export function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
