/** Speak JSON with /api/v1: the anti-forgery header, time limits, revisions by ETag, and errors with a code and a sentence. */
import { csrfToken, signInAgain } from "./session";

export interface Answer<T> {
  readonly data: T;
  readonly status: number;
  readonly etag: string | null;
  readonly headers: Headers;
}

export interface RequestOptions {
  readonly body?: unknown;
  /** The revision this request is based on, as the server gave it in ETag. */
  readonly ifMatch?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  /** Let the request outlive the page (a last save); the browser allows 64 kB. */
  readonly keepalive?: boolean;
  /** False: a lost session is an error at once instead of a question to the person. */
  readonly signInAgain?: boolean;
}

/** What went wrong, as the server (or the lack of one) says it. Codes of our own: offline, timeout, stopped, unreadable. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
    readonly pointer: string | null = null,
    readonly headers: Headers = new Headers(),
    /** Whatever else the answer says: "fields" or "faults" of a form, the head of a stale draft, "id" of the request. */
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }

  /** True when trying the same request again later may work. */
  get mayPass(): boolean {
    return this.code === "offline" || this.code === "timeout" || this.status === 429 || this.status >= 500;
  }

  /** Seconds the server asks to wait, or null. */
  get retryAfterSeconds(): number | null {
    const seconds = Number(this.headers.get("Retry-After") ?? Number.NaN);
    return Number.isFinite(seconds) ? seconds : null;
  }
}

const SENTENCES: Readonly<Record<number, string>> = {
  401: "You are signed out. Sign in again; nothing you wrote is lost.",
  403: "You may not do this.",
  404: "This is not here any more, or you may not see it.",
  412: "This was changed in another place. Compare the two versions.",
  413: "This is too large to be kept.",
  429: "That was too often. Wait a moment and try again.",
  503: "The server cannot do this just now. Try again in a moment.",
};

/** Make an ApiError from the body of a refused request; a body of another shape gets a sentence by its status. */
export function readError(status: number, body: unknown, headers: Headers): ApiError {
  const given = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const { code: _code, message: _message, pointer: _pointer, ...details } = given;
  const text = (name: string): string | null => (typeof given[name] === "string" && given[name] !== "" ? (given[name] as string) : null);
  const fallback = SENTENCES[status] ?? (status >= 500 ? "The server failed. What you wrote is still here; try again." : "The server refused this.");
  return new ApiError(text("code") ?? `http_${status}`, text("message") ?? fallback, status, text("pointer"), headers, details);
}

function isFormLike(body: unknown): body is FormData | Blob {
  return body instanceof FormData || body instanceof Blob;
}

function headersFor(options: RequestOptions): Record<string, string> {
  return {
    Accept: "application/json",
    "X-CSRF-Token": csrfToken(),
    ...(options.body !== undefined && !isFormLike(options.body) ? { "Content-Type": "application/json" } : {}),
    ...(options.ifMatch !== undefined ? { "If-Match": options.ifMatch } : {}),
    ...options.headers,
  };
}

function encode(body: unknown): BodyInit | null {
  if (body === undefined) return null;
  return isFormLike(body) ? body : JSON.stringify(body);
}

async function sendOnce(method: string, path: string, options: RequestOptions): Promise<Response> {
  const limit = AbortSignal.timeout(options.timeoutMs ?? 15_000);
  const stop = new AbortController();
  const relay = (): void => stop.abort();
  limit.addEventListener("abort", relay);
  options.signal?.addEventListener("abort", relay);
  if (options.signal?.aborted === true) relay();
  try {
    return await fetch(path, {
      method,
      headers: headersFor(options),
      body: encode(options.body),
      credentials: "same-origin",
      keepalive: options.keepalive ?? false,
      signal: stop.signal,
    });
  } catch {
    if (options.signal?.aborted === true) throw new ApiError("stopped", "The request was stopped.", 0);
    if (limit.aborted) throw new ApiError("timeout", "The server did not answer in time.", 0);
    throw new ApiError("offline", "There is no connection to the server.", 0);
  } finally {
    options.signal?.removeEventListener("abort", relay);
  }
}

async function readBody(response: Response): Promise<unknown> {
  if (response.status === 204 || response.status === 304) return null;
  const text = await response.text();
  if (text === "" || !(response.headers.get("Content-Type") ?? "").includes("json")) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ApiError("unreadable", "The server's answer could not be read. Reload the page.", response.status);
  }
}

function wantsSignIn(error: ApiError): boolean {
  return error.status === 401 || error.code === "step_up_needed";
}

/** Send one request; raises ApiError. A lost session is asked for once in a dialog, then the request is repeated. */
export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<Answer<T>> {
  for (let attempt = 0; ; attempt += 1) {
    const response = await sendOnce(method, path, options);
    const body = await readBody(response);
    if (response.ok) return { data: body as T, status: response.status, etag: response.headers.get("ETag"), headers: response.headers };
    const error = readError(response.status, body, response.headers);
    if (attempt > 0 || options.signInAgain === false || !wantsSignIn(error)) throw error;
    await signInAgain();
  }
}

export const api = {
  get: <T>(path: string, options?: RequestOptions): Promise<Answer<T>> => request<T>("GET", path, options),
  post: <T>(path: string, body?: unknown, options?: RequestOptions): Promise<Answer<T>> => request<T>("POST", path, { ...options, body: body ?? {} }),
  put: <T>(path: string, body: unknown, options?: RequestOptions): Promise<Answer<T>> => request<T>("PUT", path, { ...options, body }),
  patch: <T>(path: string, body: unknown, options?: RequestOptions): Promise<Answer<T>> => request<T>("PATCH", path, { ...options, body }),
  delete: <T>(path: string, options?: RequestOptions): Promise<Answer<T>> => request<T>("DELETE", path, options),
};
