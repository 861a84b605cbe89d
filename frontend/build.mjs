/** Bundle frontend/*.ts and frontend/styles/*.css into app/static/dist/ with hashed names, a manifest and compressed twins. */
import { build, context } from "esbuild";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = join(root, "frontend");
const dist = join(root, "app/static/dist");
const stylesheets = ["app", "instrument"];
const isText = (name) => /\.(js|css|svg|txt|json|map)$/.test(name);

/** An entry has a one-word name: `editor.ts` is one, `editor-keys.ts` and everything in a folder are modules. */
export async function findEntries() {
  const names = await readdir(sources);
  const scripts = names.filter((name) => /^[a-z]+\.ts$/.test(name)).map((name) => join(sources, name));
  const styles = stylesheets.map((name) => join(sources, "styles", `${name}.css`)).filter((path) => existsSync(path));
  return [...scripts, ...styles];
}

/** Map what a template asks for ("app.js", a font's file name) to what was built. */
export function manifestOf(outputs) {
  const manifest = {};
  for (const [path, output] of Object.entries(outputs)) {
    const file = basename(path);
    const inputs = Object.keys(output.inputs);
    if (output.entryPoint) {
      const extension = file.endsWith(".css") ? ".css" : ".js";
      manifest[basename(output.entryPoint).replace(/\.(ts|mjs|css)$/, extension)] = file;
    } else if (/\.(woff2|svg|png)$/.test(file) && inputs.length === 1) {
      manifest[basename(inputs[0])] = file;
    }
  }
  return Object.fromEntries(Object.entries(manifest).sort(([a], [b]) => a.localeCompare(b)));
}

/** Collect the licences of every package that went into the bundles, for the people who receive them. */
async function licences(inputs) {
  const packages = new Set();
  for (const path of Object.keys(inputs)) {
    const found = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path);
    if (found) packages.add(found[1]);
  }
  const parts = [];
  for (const name of [...packages].sort()) {
    const folder = join(root, "node_modules", name);
    const { version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file ? await readFile(join(folder, file), "utf8") : "";
    parts.push(`${name} ${version} (${license})\n\n${text.trim()}\n`);
  }
  return parts.join(`\n${"-".repeat(72)}\n\n`);
}

/** Write the .br and .gz twins; a name carries the hash of its content, so an existing twin is still right. */
async function compress(names) {
  const brotli = promisify(brotliCompress);
  const gz = promisify(gzip);
  await Promise.all(
    names.filter(isText).map(async (name) => {
      const path = join(dist, name);
      if (existsSync(`${path}.br`) && existsSync(`${path}.gz`)) return;
      const bytes = await readFile(path);
      const params = { [constants.BROTLI_PARAM_QUALITY]: bytes.length > 200_000 ? 10 : 11 };
      const [br, zipped] = await Promise.all([brotli(bytes, { params }), gz(bytes, { level: 9 })]);
      await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, zipped)]);
    }),
  );
}

/** Finish a build: twins first, the manifest by one atomic move, stale files last, so that a running server never misses one. */
async function finish({ outputs, inputs }) {
  const names = Object.keys(outputs).map((path) => relative(dist, join(root, path)));
  await compress(names);
  await writeFile(join(dist, "THIRD-PARTY.txt"), await licences(inputs));
  await writeFile(join(dist, "manifest.json.new"), `${JSON.stringify(manifestOf(outputs), null, 2)}\n`);
  await rename(join(dist, "manifest.json.new"), join(dist, "manifest.json"));
  const wanted = new Set(["manifest.json", "THIRD-PARTY.txt", ...names, ...names.flatMap((name) => [`${name}.br`, `${name}.gz`])]);
  const stale = (await readdir(dist)).filter((name) => !wanted.has(name));
  await Promise.all(stale.map((name) => rm(join(dist, name), { recursive: true, force: true })));
}

const common = {
  absWorkingDir: root,
  outdir: dist,
  bundle: true,
  minify: true,
  metafile: true,
  format: "esm",
  target: ["chrome107", "firefox104", "safari16"],
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file", ".woff": "empty", ".ttf": "empty" },
  alias: { entities: "./frontend/slim/entities.ts", "linkify-it": "./frontend/slim/linkify.ts" },
  legalComments: "linked",
  logLevel: "warning",
};

/* What stands apart: one file for all bundles, each with the imports that lead to it; a later one uses those before.
   KaTeX and a grammar are fetched when a page first needs them; CodeMirror is what the editor and the grammars share. */
const apart = [
  ["node_modules/katex/dist/katex.mjs", /^katex$/],
  ["frontend/slim/codemirror.ts", /^@(codemirror\/(state|view|commands|language|autocomplete)|lezer\/(common|highlight))$/],
  ...["cpp", "javascript", "python"].map((name) => [`node_modules/@codemirror/lang-${name}/dist/index.js`, new RegExp(`^@codemirror/lang-${name}$`)]),
];

async function buildApart() {
  const parts = [];
  for (const [path, filter] of apart) {
    const { metafile } = await build({ ...common, entryPoints: [join(root, path)], plugins: parts.map(({ plugin }) => plugin) });
    const file = basename(Object.keys(metafile.outputs).find((name) => name.endsWith(".js")));
    parts.push({ metafile, plugin: { name: file, setup: (api) => api.onResolve({ filter }, () => ({ path: `./${file}`, external: true })) } });
  }
  return parts;
}

/* Each script is a bundle of its own, not split along what they share: a page loads one of them, and one request is
   cheaper than three. */
async function bundles(plugins) {
  const entries = await findEntries();
  const styles = entries.filter((path) => path.endsWith(".css"));
  const scripts = entries.filter((path) => path.endsWith(".ts"));
  return [
    { ...common, entryPoints: styles },
    ...scripts.map((path) => ({ ...common, entryPoints: [path], plugins })),
  ];
}

function merge(metafiles) {
  const outputs = Object.assign({}, ...metafiles.map((metafile) => metafile.outputs));
  const inputs = Object.assign({}, ...metafiles.map((metafile) => metafile.inputs));
  return { outputs, inputs };
}

async function watch(parts) {
  const done = new Map(parts.map(({ metafile, plugin }) => [plugin.name, metafile]));
  const wanted = await bundles(parts.map(({ plugin }) => plugin));
  const finishing = (key) => ({
    name: "finish",
    setup: (api) => api.onEnd(({ metafile }) => {
      if (metafile) done.set(key, metafile);
      return done.size === parts.length + wanted.length ? finish(merge([...done.values()])) : undefined;
    }),
  });
  for (const [key, options] of wanted.entries()) {
    const watching = await context({ ...options, plugins: [...(options.plugins ?? []), finishing(key)] });
    await watching.watch();
  }
}

async function main() {
  const started = performance.now();
  await mkdir(dist, { recursive: true });
  const parts = await buildApart();
  if (process.argv.includes("--watch")) return watch(parts);
  const built = await Promise.all((await bundles(parts.map(({ plugin }) => plugin))).map((options) => build(options)));
  const merged = merge([...parts, ...built].map(({ metafile }) => metafile));
  await finish(merged);
  console.log(`Built ${Object.keys(merged.outputs).length} files in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
