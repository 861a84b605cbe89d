/** What the server tells of a review: the JSON of the page and of GET /api/v1/reviews/{id}. */

export type StepVerdict = "good" | "neutral" | "bad" | "unsure";
export type Verdict = "approve" | "approve_with_edits" | "return" | "reject" | "escalate";

export interface Label {
  readonly value: StepVerdict;
  readonly error_type: string | null;
  readonly note: string;
  readonly carried_over?: boolean;
}

export interface Step {
  readonly n: number;
  readonly id: string;
  readonly type: string;
  readonly body: string;
  readonly change: "same" | "changed" | "added" | "removed";
  readonly is_settled: boolean;
}

export interface Issue {
  readonly id: string;
  readonly anchor: "task" | "step" | "span" | "answer" | "whole";
  readonly step_id: string | null;
  readonly step_n: number | null;
  readonly quote: string;
  readonly quote_start: number | null;
  readonly is_lost: boolean;
  readonly severity: "blocker" | "major" | "minor";
  readonly state: "open" | "answered" | "resolved" | "wont_fix";
  readonly is_published: boolean;
  readonly comments: readonly { readonly body: string }[];
}

export interface VerdictOption {
  readonly verdict: Verdict;
  readonly name: string;
  readonly key: string;
  readonly is_allowed: boolean;
  readonly why_not: string | null;
  readonly needs: readonly string[];
}

export interface Choice {
  readonly value: string;
  readonly name: string;
  readonly hint: string;
  readonly key: string;
}

export interface ReviewState {
  readonly review_id: string;
  readonly journal_key: string;
  readonly can_edit: boolean;
  readonly save_n: number;
  readonly seconds: number;
  readonly revision: { readonly n: number; readonly sha256: string; readonly compared_to: number | null };
  readonly steps: readonly Step[];
  readonly labels: Readonly<Record<string, Label>>;
  readonly rubric: readonly { readonly id: string; readonly name: string; readonly score: number | null }[];
  readonly verification_method: string | null;
  readonly verification_note: string;
  readonly reason: string;
  readonly disagreement: string;
  /** how it was verified as far as a machine has done it */
  readonly suggested_method: string | null;
  /** what machines found; null where none can judge */
  readonly machine: { readonly is_pending: boolean } | null;
  readonly own_answer: string;
  readonly edited_content: Readonly<Record<string, unknown>> | null;
  readonly threads: readonly Issue[];
  readonly verdicts: readonly VerdictOption[];
  readonly queue: { readonly next_url: string | null };
  readonly urls: {
    readonly page: string; readonly review: string; readonly draft: string; readonly decide: string; readonly undo: string;
    readonly threads: string; readonly queue: string; readonly edit_page: string;
  };
  readonly error_types: readonly Choice[];
  readonly methods: readonly Choice[];
  readonly severities: readonly Choice[];
  readonly step_types: Readonly<Record<string, string>>;
  readonly limits: {
    readonly note_chars: number; readonly comment_chars: number; readonly quote_chars: number; readonly reason_min_chars: number;
    readonly undo_seconds: number; readonly idle_save_seconds: number; readonly pause_hint_minutes: number;
  };
}

/** The answer to a save. */
export interface SavedReview {
  readonly save_n: number;
  readonly saved_at: string;
  readonly verdicts: readonly VerdictOption[];
}

/** What a decision led to. */
export interface Decided {
  readonly verdict: Verdict;
  readonly next_url: string | null;
  readonly undo_url: string;
  readonly undo_until: string;
}
