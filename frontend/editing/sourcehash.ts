/** The SHA-256 by which a run names the source that it ran. */

/** Hash a text as UTF-8, in hexadecimal; null where the browser cannot (a page that is not served safely). */
export async function sha256(text: string): Promise<string | null> {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (subtle === undefined) return null;
  const digest = await subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
