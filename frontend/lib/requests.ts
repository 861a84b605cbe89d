/** htmx inside our policy: the anti-forgery header, refused requests in words, and signing in again. */
import type htmxType from "htmx.org";
import { readError } from "./api";
import { csrfToken, signInAgain } from "./session";
import { toast } from "./toast";

type Htmx = typeof htmxType;

interface RequestConfig {
  readonly verb: "get" | "post" | "put" | "patch" | "delete";
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly parameters: Record<string, unknown>;
  readonly elt: Element;
  readonly target: Element;
}

interface ResponseDetail {
  readonly xhr: XMLHttpRequest;
  readonly requestConfig: RequestConfig;
  readonly elt: Element;
}

function headersOf(xhr: XMLHttpRequest): Headers {
  const headers = new Headers();
  for (const line of xhr.getAllResponseHeaders().trim().split(/\r?\n/)) {
    const at = line.indexOf(":");
    if (at > 0) headers.append(line.slice(0, at), line.slice(at + 1).trim());
  }
  return headers;
}

/* A refusal is JSON from /api and a page elsewhere; the page marks its code and sentence. The parsed page is never shown. */
function parse(xhr: XMLHttpRequest): unknown {
  if ((xhr.getResponseHeader("Content-Type") ?? "").includes("json")) {
    try {
      return JSON.parse(xhr.responseText) as unknown;
    } catch {
      return null;
    }
  }
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector<HTMLElement>("[data-error-code]");
  return page === null ? null : { code: page.dataset["errorCode"], message: page.querySelector("[data-error-sentence]")?.textContent?.trim() };
}

async function again(htmx: Htmx, config: RequestConfig): Promise<void> {
  await signInAgain();
  const values = { ...config.parameters };
  if ("csrf_token" in values) values["csrf_token"] = csrfToken();
  await htmx.ajax(config.verb, config.path, { source: config.elt, target: config.target, values });
}

function onRefused(htmx: Htmx, detail: ResponseDetail): void {
  const error = readError(detail.xhr.status, parse(detail.xhr), headersOf(detail.xhr));
  if (error.status === 401 || error.code === "step_up_needed") {
    void again(htmx, detail.requestConfig).catch(() => toast({ text: "Not done: you are signed out.", seconds: 8 }));
    return;
  }
  toast({ text: error.message, seconds: 10 });
}

/** Wire htmx to the page; `settle` is called for every piece that was swapped in. */
export function watchHtmx(htmx: Htmx, settle: (root: ParentNode & Node) => void): void {
  const on = <T>(name: string, act: (detail: T) => void): void => {
    document.body.addEventListener(name, (event) => act((event as CustomEvent<T>).detail));
  };
  on<RequestConfig>("htmx:configRequest", (config) => { config.headers["X-CSRF-Token"] = csrfToken(); });
  on<{ elt: Element }>("htmx:load", ({ elt }) => { if (elt !== document.body) settle(elt); });
  on<ResponseDetail>("htmx:responseError", (detail) => onRefused(htmx, detail));
  on<ResponseDetail>("htmx:sendError", () => toast({ text: "There is no connection to the server. Nothing was changed; try again.", seconds: 8 }));
  on<ResponseDetail>("htmx:timeout", () => toast({ text: "The server did not answer in time. Try again.", seconds: 8 }));
}
