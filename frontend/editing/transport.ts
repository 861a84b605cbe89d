/** Send saves to the server and say what its answer means for the queue. */
import { ApiError, api } from "../lib/api";
import { KEEPALIVE_BYTES, readRefusal } from "../lib/saveports";
import type { Mutation, Sent } from "../lib/saving";
import type { Content } from "./document";
import type { EditorState, Saved } from "./state";

interface StaleHead {
  readonly n: number;
  readonly content: Content;
}

/** Say what a refused or lost save means; a stale one brings the head along. */
export function readAnswer(error: unknown): Sent<Content> {
  if (!(error instanceof ApiError) || error.status !== 412) return readRefusal(error);
  const conflictId = typeof error.details["conflict_id"] === "string" ? error.details["conflict_id"] : null;
  return { kind: "stale", head: error.details["head"] as StaleHead, conflictId, sentence: error.message };
}

/** The way of one piece of work to the server. */
export class Transport {
  fencing: number;

  constructor(private readonly state: EditorState, private readonly saved: (answer: Saved) => void) {
    this.fencing = state.fencing;
  }

  async send(mutation: Mutation<Content>, leaving: boolean): Promise<Sent<Content>> {
    const body = { content: mutation.content, client_mutation_id: mutation.id, fencing: this.fencing };
    const keepalive = leaving && new TextEncoder().encode(JSON.stringify(body)).length < KEEPALIVE_BYTES;
    try {
      const { data } = await api.put<Saved>(this.state.urls.draft, body, { ifMatch: `"${mutation.baseN}"`, signInAgain: false, keepalive });
      this.saved(data);
      return { kind: "saved", n: data.n, savedAt: new Date(data.saved_at) };
    } catch (error) {
      return readAnswer(error);
    }
  }

  async settle(conflictId: string, take: "mine" | "theirs", headN: number): Promise<Sent<Content>> {
    try {
      const { data } = await api.post<{ n: number; saved_at: string }>(`${this.state.urls.conflicts}/${conflictId}/settle`, { take, base_n: headN });
      return { kind: "saved", n: data.n, savedAt: new Date(data.saved_at) };
    } catch (error) {
      return readAnswer(error);
    }
  }
}
