import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readError } from "../lib/api";
import { FACES, GLYPHS } from "../lib/glyphs";
import { safeImage, safeLink } from "../lib/links";
import { ago, duration, leaseLeft } from "../lib/time";

test("the glyphs of the templates and of the scripts are the same", () => {
  const template = readFileSync("templates/components/icons.html", "utf8");
  const table = (name: string): unknown => {
    const body = new RegExp(`set ${name} = \\{([\\s\\S]*?)\\} -%\\}`).exec(template)?.[1] ?? "";
    return JSON.parse(`{${body.trim().replace(/,$/, "")}}`);
  };
  assert.deepEqual(table("glyphs"), GLYPHS);
  assert.deepEqual(table("faces"), FACES);
});

test("times are said as the server says them", () => {
  const now = new Date("2026-11-24T12:00:00Z");
  const since = (seconds: number): string => ago(new Date(now.getTime() - seconds * 1000), now);
  assert.deepEqual([-5, 0, 59, 60, 3599, 3600, 172_799, 172_800].map(since),
    ["0 s ago", "0 s ago", "59 s ago", "1 min ago", "59 min ago", "1 h ago", "47 h ago", "2 d ago"]);
});

test("a length of time has two units at most", () => {
  assert.deepEqual([0, 59, 60, 3600, 18_720, 86_400, 273_600].map(duration), ["0 s", "59 s", "1 min", "1 h", "5 h 12 min", "1 d", "3 d 4 h"]);
});

test("a lease is low under half an hour and over at its end", () => {
  const now = new Date("2026-11-24T12:00:00Z");
  const left = (minutes: number) => leaseLeft(new Date(now.getTime() + minutes * 60_000), now);
  assert.deepEqual([left(31), left(29), left(0)], [
    { state: "calm", words: "31 min" }, { state: "low", words: "29 min" }, { state: "over", words: "lease over" },
  ]);
});

test("a link leads out, to a mailbox or to a place on the page, and nowhere else", () => {
  const allowed = ["https://example.org/a?b#c", "http://example.org", "mailto:a@example.org", "#step-2"];
  assert.deepEqual(allowed.map((href) => safeLink(href)?.external), [true, true, false, false]);
  const refused = ["javascript:alert(1)", "JaVaScRiPt:x", "data:text/html,x", "//example.org", "/admin", "http:", "https:///x", "vbscript:x", "java\nscript:x", "file:///etc/passwd"];
  assert.deepEqual(refused.map(safeLink), refused.map(() => null));
});

test("a picture is one of our own attachments", () => {
  assert.equal(safeImage("/attachments/0190-ab/graph.png"), "/attachments/0190-ab/graph.png");
  const refused = ["https://example.org/a.png", "/attachments/../admin", "//attachments/a", "data:image/png;base64,x", "/attachments/a?x=1"];
  assert.deepEqual(refused.map(safeImage), refused.map(() => null));
});

test("a refused request keeps its code, sentence, place and details", () => {
  const error = readError(412, { code: "stale", message: "Changed elsewhere.", pointer: "/steps/3", id: "ab", head: 15 }, new Headers());
  assert.deepEqual([error.code, error.message, error.status, error.pointer, error.details, error.mayPass],
    ["stale", "Changed elsewhere.", 412, "/steps/3", { id: "ab", head: 15 }, false]);
});

test("a refusal without a readable body still says what to do", () => {
  const error = readError(503, null, new Headers({ "Retry-After": "5" }));
  assert.deepEqual([error.code, error.message, error.mayPass, error.retryAfterSeconds],
    ["http_503", "The server cannot do this just now. Try again in a moment.", true, 5]);
});
