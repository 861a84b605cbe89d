/** Parts of the page taken anew from the server: issues, reference, history, dock. The templates stay the one place that draws them. */
import { ApiError } from "../lib/api";
import { csrfToken, signInAgain } from "../lib/session";
import { setAllTex } from "../lib/tex";
import type { ReviewState } from "./state";

const WHOLE = ["reference", "machine", "issues", "history", "dock", "opinions"];

async function fetchPage(path: string, body: URLSearchParams | null): Promise<{ response: Response; page: Document }> {
  for (let attempt = 0; ; attempt += 1) {
    if (body?.has("csrf_token") === true) body.set("csrf_token", csrfToken());
    const options: RequestInit = body === null ? {} : { method: "POST", body, headers: { "X-CSRF-Token": csrfToken() } };
    let response: Response;
    try {
      response = await fetch(path, { credentials: "same-origin", ...options });
    } catch {
      throw new ApiError("offline", "There is no connection to the server. Nothing was changed; try again.", 0);
    }
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const isSignedOut = response.status === 401 || page.querySelector('[data-error-code="signed_out"]') !== null || new URL(response.url).pathname === "/sign-in";
    if (!isSignedOut || attempt > 0) return { response, page };
    await signInAgain();
  }
}

function refusal({ response, page }: { response: Response; page: Document }): ApiError {
  const said = page.querySelector<HTMLElement>("[data-error-code]");
  const sentence = said?.querySelector("[data-error-sentence]")?.textContent?.trim() ?? page.querySelector(".field__error span")?.textContent?.trim();
  return new ApiError(said?.dataset["errorCode"] ?? `http_${response.status}`, sentence ?? "The server refused this. Reload the page.", response.status);
}

/** Fetch the workbench anew, after sending a form of it if one is given. Raises ApiError with the server's sentence. */
export async function fetchWorkbench(path: string, form: FormData | null = null): Promise<Document> {
  const body = form === null ? null : new URLSearchParams([...form].map(([name, value]) => [name, String(value)]));
  const answer = await fetchPage(path, body);
  if (!answer.response.ok || answer.page.getElementById("review-state") === null) throw refusal(answer);
  return answer.page;
}

/** Read the state that a fetched page carries. */
export function stateOf(page: Document): ReviewState {
  return JSON.parse(page.getElementById("review-state")?.textContent ?? "null") as ReviewState;
}

/* What somebody has begun to type stays, whatever is swapped around it. */
function typed(root: ParentNode): Map<string, string> {
  const fields = [...root.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("input[id]:not([type=radio], [type=checkbox], [type=hidden]), textarea[id]")];
  return new Map(fields.filter((field) => field.value !== field.defaultValue).map((field) => [field.id, field.value]));
}

function takeIn(element: Element): Element {
  const own = document.importNode(element, true);
  void setAllTex(own).catch(() => undefined); /* Without KaTeX the source stands. */
  return own;
}

function swapIssuesOf(step: Element, fresh: Element): void {
  for (const old of step.querySelectorAll(":scope > .step__body > [data-thread]")) old.remove();
  const body = step.querySelector(".step__body");
  const composer = body?.querySelector(".composer") ?? null;
  for (const issue of fresh.querySelectorAll(":scope > .step__body > [data-thread]")) body?.insertBefore(takeIn(issue), composer);
}

/** Put the fresh parts in the place of the old ones; `sent` is the id of a field whose words have been sent. */
export function swapIn(page: Document, sent: string | null, names: readonly string[] = WHOLE): void {
  const kept = typed(document);
  if (sent !== null) kept.delete(sent);
  const focused = document.activeElement?.id ?? "";
  for (const name of names) {
    const [old, fresh] = [document, page].map((root) => root.querySelector(`[data-review="${name}"]`));
    if (old && fresh) old.replaceWith(takeIn(fresh));
  }
  if (names === WHOLE) for (const step of document.querySelectorAll(".steps--review > [data-step-id]")) {
    const fresh = page.querySelector(`.steps--review > [id="${step.id}"]`);
    if (fresh !== null) swapIssuesOf(step, fresh);
  }
  for (const [id, value] of kept) {
    const field = document.getElementById(id);
    if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) field.value = value;
  }
  if (focused !== "" && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
}
