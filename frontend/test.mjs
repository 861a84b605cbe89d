/** Transpile frontend/tests/*.test.ts to a temporary folder and run them with Node's own test runner. */
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL("tests", import.meta.url));
const wanted = process.argv.slice(2);
const tests = (await readdir(here)).filter((name) => name.endsWith(".test.ts") && (wanted.length === 0 || wanted.some((part) => name.includes(part))));
const folder = await mkdtemp(join(tmpdir(), "workings-front-"));
try {
  await build({
    entryPoints: tests.map((name) => join(here, name)),
    outdir: folder,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    outExtension: { ".js": ".mjs" },
    loader: { ".woff2": "empty", ".woff": "empty", ".ttf": "empty", ".css": "empty" },
    logLevel: "warning",
  });
  const files = (await readdir(folder)).filter((name) => name.endsWith(".mjs")).map((name) => join(folder, name));
  const run = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit", env: { ...process.env, TZ: "UTC" } });
  process.exitCode = run.status ?? 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
