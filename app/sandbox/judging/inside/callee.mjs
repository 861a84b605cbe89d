// Runs inside, beside a JavaScript program under test: loads it and calls what the judge asks for. As callee.py.
import fs from "node:fs";
import { createRequire } from "node:module";
import vm from "node:vm";

const DEPTH_MAX = 150;
const kept = [];
let incoming = Buffer.alloc(0);

class Unsendable extends Error {}

function encode(value, depth = 0) {
  if (value === undefined || value === null) return null;
  if (typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : { float: String(value).replace("Infinity", "inf").replace("NaN", "nan") };
  if (typeof value === "bigint") return { int: (value < 0n ? "-0x" : "0x") + (value < 0n ? -value : value).toString(16) };
  if (depth > DEPTH_MAX) throw new Unsendable("it is nested too deeply");
  const inner = (one) => encode(one, depth + 1);
  if (Array.isArray(value)) return value.map(inner);
  if (value instanceof Set) return { set: [...value].map(inner) };
  if (value instanceof Map) return { dict: [...value].map(([key, one]) => [inner(key), inner(one)]) };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("hex") };
  const isPlain = typeof value === "object" && [Object.prototype, null].includes(Object.getPrototypeOf(value));
  if (isPlain) return { dict: Object.entries(value).map(([key, one]) => [key, inner(one)]) };
  if (typeof value === "object" && typeof value[Symbol.iterator] === "function") return [...value].map(inner);
  kept.push(value);
  return { object: kept.length - 1, class: typeof value === "object" ? value.constructor.name : typeof value };
}

function decode(value) {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(decode);
  const [tag, content] = Object.entries(value)[0];
  switch (tag) {
    case "object": return kept[content];
    case "int": return content.startsWith("-") ? -BigInt(content.slice(1)) : BigInt(content);
    case "float": return { nan: NaN, inf: Infinity, "-inf": -Infinity }[content];
    case "bytes": return Uint8Array.from(Buffer.from(content, "hex"));
    case "tuple": return content.map(decode);
    case "set": case "frozenset": return new Set(content.map(decode));
    case "dict": {
      const pairs = content.map(([key, one]) => [decode(key), decode(one)]);
      return pairs.every(([key]) => typeof key === "string") ? Object.fromEntries(pairs) : new Map(pairs);
    }
    default: throw new Unsendable("JavaScript has no value of this kind: " + tag);
  }
}

function described(error) {
  const isError = error instanceof Error || (error && typeof error.stack === "string");
  const name = isError ? String(error.name) : "Exception";
  const stack = isError ? String(error.stack).split("\n").filter((line) => !line.includes("callee.mjs") && !line.includes("node:")).join("\n") : "";
  return { names: [name, "Exception"], message: String(isError ? error.message : error).slice(0, 300), trace: stack.slice(0, 2000) };
}

function receive() {
  const part = Buffer.alloc(1 << 16);
  let end;
  while ((end = incoming.indexOf(10)) < 0) {
    const size = fs.readSync(0, part, 0, part.length, null);
    if (size === 0) return null;
    incoming = Buffer.concat([incoming, part.subarray(0, size)]);
  }
  const line = incoming.subarray(0, end).toString();
  incoming = incoming.subarray(end + 1);
  return JSON.parse(line);
}

function send(message) {
  let rest = Buffer.from(JSON.stringify(message) + "\n");
  while (rest.length) {
    try {
      rest = rest.subarray(fs.writeSync(1, rest));
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

function lookedUp(name) {
  return vm.runInThisContext(`typeof ${name} === "undefined" ? undefined : ${name}`) ?? globalThis.module.exports[name];
}

async function answer(request) {
  try {
    let owner = "of" in request ? kept[request.of] : undefined;
    const target = request.name === undefined ? owner : owner === undefined ? lookedUp(request.name) : owner[request.name];
    if (target === undefined && owner === undefined) return { raised: { names: ["AttributeError"], message: "no " + request.name, trace: "" } };
    if (request.do === "get") return { value: encode(target) };
    if (request.do === "set") {
      target[request.member] = decode(request.to);
      return { value: null };
    }
    const args = request.args.map(decode);
    const began = process.cpuUsage();
    let value = target.apply(owner, args);
    if (value !== null && typeof value === "object" && typeof value.then === "function") value = await value;
    const used = process.cpuUsage(began);
    return { value: encode(value), cpu: (used.user + used.system) / 1e6 + 1e-9 };
  } catch (error) {
    return error instanceof Unsendable ? { unsendable: error.message } : { raised: described(error) };
  }
}

export async function main() {
  // What the program prints must not get between our messages.
  const toErrors = (text) => (fs.writeSync(2, text), true);
  process.stdout.write = toErrors;
  process.stderr.write = toErrors;
  globalThis.require = createRequire("/box/program.js");
  globalThis.module = { exports: {} };
  globalThis.exports = globalThis.module.exports;
  let loaded = { value: null };
  try {
    vm.runInThisContext(fs.readFileSync("program.js", "utf8"), { filename: "program.js" });
  } catch (error) {
    loaded = { raised: described(error) };
  }
  send({ id: "load", ...loaded });
  for (let request = receive(); request !== null; request = receive()) send({ id: request.id, ...(await answer(request)) });
  process.exit(0);
}
