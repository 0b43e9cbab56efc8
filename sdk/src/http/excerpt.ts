/** The longest quotation from a vendor in a message, in characters. */
const MOST_CHARACTERS = 300;

/**
 * The beginning of a vendor's text, on one line, for a message. Secrets are scrubbed before the text is cut, because
 * the first characters of a secret are no longer recognised as one (invariant 6).
 * @param scrub removes known secrets; undefined if the text was already scrubbed as a whole
 */
export function excerpt(
  text: string,
  scrub: ((text: string) => string) | undefined,
  most = MOST_CHARACTERS,
): string {
  return cutTo(most, (scrub?.(text) ?? text).replace(/\s+/g, ' ').trim());
}

/** A text with at most `most` characters, plus `…` if it was cut. Never ends in half of a surrogate pair. */
export function cutTo(most: number, text: string): string {
  return text.length > most ? `${text.slice(0, most).replace(/[\ud800-\udbff]$/, '')}…` : text;
}
