/** Times in words: "3 min ago", "5 h 12 min", and lease clocks, kept right while the page is open. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Say how long ago something was, in the words of the server's `ago` filter. */
export function ago(then: Date, now: Date): string {
  const seconds = Math.max(0, Math.floor((now.getTime() - then.getTime()) / 1000));
  if (seconds < MINUTE) return `${seconds} s ago`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min ago`;
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)} h ago`;
  return `${Math.floor(seconds / DAY)} d ago`;
}

/** Write a length of time in its two largest units: 45 s, 12 min, 5 h 12 min, 3 d 4 h. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min`;
  const [large, unit, small, name] = whole < DAY ? [HOUR, "h", MINUTE, "min"] as const : [DAY, "d", HOUR, "h"] as const;
  const rest = Math.floor((whole % large) / small);
  return `${Math.floor(whole / large)} ${unit}${rest === 0 ? "" : ` ${rest} ${name}`}`;
}

export interface Lease {
  readonly state: "calm" | "low" | "over";
  /** "5 h 12 min", to which " left" is added where there is room; "lease over" at the end. */
  readonly words: string;
}

/** Say what is left of a lease; it turns ochre under 30 minutes. */
export function leaseLeft(until: Date, now: Date): Lease {
  const seconds = (until.getTime() - now.getTime()) / 1000;
  if (seconds <= 0) return { state: "over", words: "lease over" };
  return { state: seconds < 30 * MINUTE ? "low" : "calm", words: duration(seconds) };
}

/* The device's clock may be wrong by hours; the server's time at the moment the page was made tells by how much. */
let skewMs = 0;

/** Tell what time the server had when it made the page (ISO 8601). */
export function setServerTime(iso: string, localMs: number = Date.now()): void {
  const server = Date.parse(iso);
  if (Number.isFinite(server)) skewMs = server - localMs;
}

/** The time now, by the server's clock. */
export function serverNow(): Date {
  return new Date(Date.now() + skewMs);
}

function refresh(root: ParentNode): void {
  const now = serverNow();
  for (const element of root.querySelectorAll<HTMLTimeElement>("time[data-relative][datetime]")) {
    const words = ago(new Date(element.dateTime), now);
    if (element.textContent !== words) element.textContent = words;
  }
  for (const element of root.querySelectorAll<HTMLElement>(".lease[data-until]")) {
    const lease = leaseLeft(new Date(element.dataset["until"] ?? ""), now);
    element.dataset["state"] = lease.state;
    const place = element.querySelector("[data-words]");
    if (place !== null && place.textContent !== lease.words) place.textContent = lease.words;
    const left = element.querySelector<HTMLElement>("[data-left]");
    if (left !== null) left.hidden = lease.state === "over";
  }
}

/** Keep `<time data-relative>` and `.lease[data-until]` right: now, every 10 seconds, and when the page is looked at again. */
export function keepTimes(root: ParentNode = document): () => void {
  const again = (): void => { if (!document.hidden) refresh(root); };
  again();
  const timer = setInterval(again, 10_000);
  document.addEventListener("visibilitychange", again);
  return () => { clearInterval(timer); document.removeEventListener("visibilitychange", again); };
}
