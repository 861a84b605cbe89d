/** Runs of a program as /api/v1 tells them, and how they are said in words. */

export interface RunTest {
  readonly name: string;
  readonly is_hidden: boolean;
  readonly verdict: string;
  readonly cpu_ms: number | null;
  readonly wall_ms: number | null;
  readonly memory_bytes: number | null;
  readonly stdin: string | null;
  readonly stdout: string | null;
  readonly expected: string | null;
  readonly reason: string | null;
}

export type Purpose = "custom" | "tests";

export interface Run {
  readonly id: string;
  readonly purpose: Purpose;
  readonly state: "queued" | "running" | "done" | "failed";
  readonly language: string;
  readonly source_sha256: string;
  readonly stdin: string;
  readonly verdict: string | null;
  readonly message: string;
  readonly exit_code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tests: readonly RunTest[];
  readonly passed: number;
  readonly total: number;
  readonly cpu_ms: number;
  readonly wall_ms: number;
  readonly memory_bytes: number;
  readonly requested_at: string;
  readonly finished_at: string | null;
}

export type Tone = "good" | "warn" | "bad" | "soft";

export interface Verdict {
  readonly words: string;
  readonly glyph: string;
  readonly tone: Tone;
}

const VERDICTS: Readonly<Record<string, Verdict>> = {
  passed: { words: "passed", glyph: "check", tone: "good" },
  ok: { words: "ended", glyph: "check", tone: "good" },
  failed: { words: "not passed", glyph: "broken", tone: "bad" },
  wrong: { words: "wrong", glyph: "broken", tone: "bad" },
  runtime_error: { words: "broke off", glyph: "stop", tone: "bad" },
  time_limit: { words: "out of time", glyph: "clock", tone: "bad" },
  memory_limit: { words: "out of memory", glyph: "stop", tone: "bad" },
  output_limit: { words: "too much output", glyph: "stop", tone: "bad" },
  too_slow: { words: "too slow", glyph: "clock", tone: "bad" },
  compile_error: { words: "does not compile", glyph: "stop", tone: "bad" },
  not_run: { words: "not run", glyph: "none", tone: "soft" },
};

/** Say a verdict; a word that is not known yet is said as it came. */
export function sayVerdict(verdict: string): Verdict {
  return VERDICTS[verdict] ?? { words: verdict.replaceAll("_", " "), glyph: "info", tone: "soft" };
}

/** Whether a run has ended, however. */
export function isOver(run: Run): boolean {
  return run.state === "done" || run.state === "failed";
}

/** Say when a run was asked for, which is its name: "14:32:05", with the day when it was another one. */
export function stampOf(run: Run, now: Date): string {
  const at = new Date(run.requested_at);
  const two = (n: number): string => String(n).padStart(2, "0");
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":");
  return at.toDateString() === now.toDateString() ? time : `${at.getDate()} ${at.toLocaleString("en", { month: "short" })}, ${time}`;
}

/** Write milliseconds as seconds: "0.02 s". */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

/** Write bytes as megabytes: "31 MB". */
export function megabytes(bytes: number): string {
  const mega = bytes / (1 << 20);
  return mega > 0 && mega < 1 ? "under 1 MB" : `${Math.round(mega)} MB`;
}

/** Count the tests by verdict, passed ones first: "4 passed, 1 out of time". */
export function countVerdicts(tests: readonly RunTest[]): { readonly verdict: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const { verdict } of tests) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  return [...counts].map(([verdict, count]) => ({ verdict, count })).sort((a, b) => Number(b.verdict === "passed") - Number(a.verdict === "passed"));
}

/** Say how a run ended, in a few words. */
export function sayEnd(run: Run): string {
  if (!isOver(run)) return run.state === "queued" ? "waits its turn" : "is running";
  if (run.state === "failed") return "could not be run";
  if (run.tests.length > 0) return countVerdicts(run.tests).map(({ verdict, count }) => `${count} ${sayVerdict(verdict).words}`).join(", ");
  const { words } = sayVerdict(run.verdict ?? "");
  return run.exit_code === null || run.exit_code === 0 ? words : `${words}, exit code ${run.exit_code}`;
}

/** What stands in the head of a cited run: tests or end, time, memory. */
export function factsOf(run: Run): string[] {
  if (!isOver(run) || run.state === "failed") return [sayEnd(run)];
  const used = [seconds(run.wall_ms), ...(run.memory_bytes > 0 ? [megabytes(run.memory_bytes)] : [])];
  if (run.tests.length > 0) return [`${run.passed}/${run.total} tests`, ...used];
  return run.verdict === "compile_error" ? [sayEnd(run)] : [sayEnd(run), ...used];
}

const FILES: Readonly<Record<string, string>> = { python: "main.py", cpp: "main.cpp", c: "main.c", javascript: "main.js", rust: "main.rs", java: "Main.java", go: "main.go" };

/** The name that a program's source has where it is compiled and run. */
export function fileOf(language: string): string {
  return FILES[language] ?? "main";
}

/** Count lines as people do: a line end closes a line. */
export function countLines(text: string): number {
  return text === "" ? 0 : text.replace(/\n$/, "").split("\n").length;
}

/** Say what was run: the file, with tests or with how much input. */
export function commandOf(run: Run): string {
  if (run.purpose === "tests") return `${fileOf(run.language)}, all tests`;
  const lines = countLines(run.stdin);
  return lines === 0 ? fileOf(run.language) : `${fileOf(run.language)} < ${lines} ${lines === 1 ? "line" : "lines"} of input`;
}

/** What a run has to show as plain text: of tests a line each (hidden ones together), else what was printed. */
export function textOf(run: Run): string {
  if (run.state === "failed") return run.message;
  if (run.tests.length === 0) return [run.stdout, run.stderr].filter((text) => text !== "").join(run.stdout.endsWith("\n") ? "" : "\n").trimEnd();
  const shown = run.tests.filter((test) => !test.is_hidden);
  const wide = Math.max(0, ...shown.map(({ name }) => name.length));
  const verdicts = Math.max(0, ...shown.map(({ verdict }) => sayVerdict(verdict).words.length));
  const lines = shown.map(({ name, verdict, wall_ms }) => `${name.padEnd(wide)}  ${sayVerdict(verdict).words.padEnd(verdicts)}  ${wall_ms === null ? "" : seconds(wall_ms)}`.trimEnd());
  const hidden = run.tests.filter((test) => test.is_hidden);
  if (hidden.length > 0) lines.push(`hidden: ${countVerdicts(hidden).map(({ verdict, count }) => `${count} ${sayVerdict(verdict).words}`).join(", ")}`);
  return lines.join("\n");
}
