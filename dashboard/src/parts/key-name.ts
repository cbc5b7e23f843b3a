// A person sees none of them, and one-line inputs take no line breaks.
const UNSEEN = /[\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\u2800]/gu

/**
 * The name of a key as a person can see and type it, in one line. The mask stands for one without any such character, which could
 * otherwise be neither found nor typed to revoke the key.
 */
export function keyName({ name, mask }: { name: string; mask: string }): string {
  return typeable(name) || mask
}

/** A text without the differences that a person cannot see. */
export function typeable(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(UNSEEN, '').trim()
}
