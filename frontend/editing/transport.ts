/** Send saves to the server and say what its answer means for the queue. */
import { ApiError, api } from "../lib/api";
import type { Content } from "./document";
import type { Mutation, Sent } from "./saving";
import type { EditorState, Saved } from "./state";

const KEEPALIVE_BYTES = 60_000;

interface StaleHead {
  readonly n: number;
  readonly content: Content;
}

/** Say what a refused or lost save means. */
export function readRefusal(error: unknown): Sent {
  if (!(error instanceof ApiError)) return { kind: "unreached", sentence: "The save could not be sent.", afterSeconds: null };
  if (error.status === 401 || error.code === "step_up_needed") return { kind: "signed_out" };
  const conflictId = typeof error.details["conflict_id"] === "string" ? error.details["conflict_id"] : null;
  if (error.status === 412) return { kind: "stale", head: error.details["head"] as StaleHead, conflictId, sentence: error.message };
  if (error.status === 409) return { kind: "closed", code: error.code, sentence: error.message };
  if (error.mayPass || error.status === 0) return { kind: "unreached", sentence: error.message, afterSeconds: error.retryAfterSeconds };
  return { kind: "refused", sentence: error.message };
}

/** The way of one piece of work to the server. */
export class Transport {
  fencing: number;

  constructor(private readonly state: EditorState, private readonly saved: (answer: Saved) => void) {
    this.fencing = state.fencing;
  }

  async send(mutation: Mutation, leaving: boolean): Promise<Sent> {
    const body = { content: mutation.content, client_mutation_id: mutation.id, fencing: this.fencing };
    const keepalive = leaving && new TextEncoder().encode(JSON.stringify(body)).length < KEEPALIVE_BYTES;
    try {
      const { data } = await api.put<Saved>(this.state.urls.draft, body, { ifMatch: `"${mutation.baseN}"`, signInAgain: false, keepalive });
      this.saved(data);
      return { kind: "saved", n: data.n, savedAt: new Date(data.saved_at) };
    } catch (error) {
      return readRefusal(error);
    }
  }

  async settle(conflictId: string, take: "mine" | "theirs", headN: number): Promise<Sent> {
    try {
      const { data } = await api.post<{ n: number; saved_at: string }>(`${this.state.urls.conflicts}/${conflictId}/settle`, { take, base_n: headN });
      return { kind: "saved", n: data.n, savedAt: new Date(data.saved_at) };
    } catch (error) {
      return readRefusal(error);
    }
  }
}
