/** The anti-forgery token of the page, and signing in again in a dialog when the session has ended. */
import { openDialog } from "./dialog";
import { h } from "./dom";
import { glyph } from "./glyphs";

interface SessionAnswer {
  readonly csrf_token: string;
  readonly user: { readonly name?: string; readonly email?: string } | null;
}

/** The token that writing requests carry in X-CSRF-Token. */
export function csrfToken(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
}

/** Put a new token into the page: the meta element and every form that carries the old one. */
export function setCsrfToken(token: string): void {
  const element = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]');
  if (element !== null) element.content = token;
  for (const input of document.querySelectorAll<HTMLInputElement>('input[name="csrf_token"]')) input.value = token;
}

/** Fetch the current token; null when nobody is signed in. */
export async function renewCsrfToken(): Promise<string | null> {
  const response = await fetch("/api/v1/session", { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!response.ok) return null;
  const answer = (await response.json()) as SessionAnswer;
  if (answer.user === null) return null;
  setCsrfToken(answer.csrf_token);
  return answer.csrf_token;
}

async function trySignIn(email: string, password: string): Promise<string | null> {
  const attempt = (): Promise<Response> => fetch("/api/v1/session", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": csrfToken() },
    body: JSON.stringify({ email, password }),
    credentials: "same-origin",
  });
  try {
    const response = await attempt();
    if (response.ok) {
      await renewCsrfToken();
      return null;
    }
    if (response.status === 429) return "Too many tries. Wait a minute, then try again.";
    const body = (await response.json().catch(() => null)) as { message?: unknown } | null;
    return typeof body?.message === "string" ? body.message : "That mail address and password do not fit together.";
  } catch {
    return "There is no connection to the server. Try again when the line is back.";
  }
}

function field(id: string, label: string, type: string, autocomplete: string, value = ""): HTMLDivElement {
  return h("div", { class: "field" }, h("label", { for: id }, label), h("input", { class: "input", id, name: id, type, autocomplete, required: true, value }));
}

async function ask(): Promise<void> {
  const error = h("p", { class: "field__error", role: "alert", hidden: true }, glyph("stop"), h("span"));
  const known = document.querySelector<HTMLMetaElement>('meta[name="viewer-email"]')?.content ?? "";
  const form = h("form", { class: "stack", novalidate: true },
    field("again-email", "Mail address", "email", "username", known),
    field("again-password", "Password", "password", "current-password"),
    error,
    h("div", { class: "row row--tight" },
      h("button", { class: "btn btn--primary", type: "submit" }, "Sign in ", h("kbd", null, "⏎")),
      h("button", { class: "btn btn--bare", type: "button", onclick: () => dialog.close(null) }, "Later ", h("kbd", null, "Esc"))));
  const dialog = openDialog<true>({
    title: "Sign in again",
    sentence: "Your session has ended. What you wrote is still here; sign in and it goes on from where it was.",
    body: form,
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const value = (name: string): string => (form.elements.namedItem(name) as HTMLInputElement).value;
    void trySignIn(value("again-email").trim(), value("again-password")).then((problem) => {
      if (problem === null) return dialog.close(true);
      error.hidden = false;
      error.lastElementChild!.textContent = problem;
      (form.elements.namedItem("again-password") as HTMLInputElement).select();
    });
  });
  if ((await dialog.closed) !== true) throw new Error("Signing in again was put off.");
}

let asking: Promise<void> | null = null;

/** Ask the person to sign in again and renew the page's token; rejects when they put it off. Only one dialog at a time. */
export function signInAgain(): Promise<void> {
  asking ??= ask().finally(() => { asking = null; });
  return asking;
}
