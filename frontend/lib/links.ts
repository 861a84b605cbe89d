/** Which addresses in somebody's text may become links or pictures. Pure. */

export interface SafeLink {
  readonly href: string;
  readonly external: boolean;
}

/** A link's address when it is http, https, mailto or a place on the page; else null. */
export function safeLink(href: string): SafeLink | null {
  const address = href.trim();
  if (/[\u0000-\u0020\u007f]/u.test(address)) return null;
  if (/^#[\w.:%-]*$/u.test(address)) return { href: address, external: false };
  if (/^mailto:[^\s]+$/iu.test(address)) return { href: address, external: false };
  return /^https?:\/\/[^/?#]/iu.test(address) && URL.canParse(address) ? { href: address, external: true } : null;
}

/** A picture's address when it is one of our own attachments; else null. */
export function safeImage(src: string): string | null {
  return /^\/attachments\/[\w-]+(?:\/[\w.-]+)*$/u.test(src) && !src.includes("..") ? src : null;
}
