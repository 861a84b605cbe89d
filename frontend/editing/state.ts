/** What the page tells the editor, as app/submissions/schemas.py writes it. */
import type { Content, StepType } from "./document";

export interface Finding {
  readonly rule: string;
  readonly severity: "blocker" | "warning";
  readonly sentence: string;
  readonly hint: string;
  readonly step_id: string | null;
  readonly where: string;
  readonly waiver_key: string;
  readonly waiver: string | null;
}

export interface Attachment {
  readonly id: string;
  readonly url: string;
  readonly alt: string;
  readonly size_bytes: number;
  readonly is_own: boolean;
}

/** What machines can check of the work. */
export interface Checks {
  readonly runs_on: boolean;
  readonly why_off: string | null;
  readonly languages: readonly (readonly [string, string])[];
  readonly public_tests: readonly { readonly name: string; readonly stdin: string; readonly expected: string }[];
  readonly test_count: number;
  readonly hidden_count: number;
  readonly answer_kind_title: string;
}

export interface EditorState {
  readonly submission_id: string;
  readonly state: string;
  readonly can_edit: boolean;
  readonly can_resume: boolean;
  readonly project: { readonly tracks_time: boolean };
  readonly task: { readonly unit_expected: boolean; readonly attachments: readonly Attachment[] };
  readonly activity: { readonly parts: readonly string[]; readonly languages: readonly (readonly [string, string])[] };
  readonly step_types: readonly { readonly type: StepType; readonly name: string; readonly key: string }[];
  readonly content: Content;
  readonly draft_n: number;
  readonly saved_at: string | null;
  readonly fencing: number;
  readonly lease_expires_at: string | null;
  readonly server_time: string;
  readonly words: number;
  readonly tokens: number;
  readonly active_seconds: number;
  readonly findings: readonly Finding[];
  readonly checks: Checks;
  readonly urls: Readonly<Record<"page" | "work" | "draft" | "runs" | "check" | "heartbeat" | "conflicts" | "attachments" | "review_and_submit" | "history_page" | "resume", string>>;
  readonly limits: { readonly steps: number; readonly step_body_chars: number; readonly source_chars: number; readonly document_bytes: number; readonly heartbeat_seconds: number; readonly idle_save_seconds: number; readonly longest_save_seconds: number };
  readonly journal_key: string;
}

/** The answer to a save. */
export interface Saved {
  readonly n: number;
  readonly saved_at: string;
  readonly words: number;
  readonly tokens: number | null;
  readonly lease_expires_at: string | null;
  readonly findings: readonly Finding[];
}

/** The answer to a sign of work. */
export interface Beat {
  readonly active_seconds: number;
  readonly draft_n: number;
  readonly state: string;
  readonly fencing: number;
  readonly lease_expires_at: string | null;
}
