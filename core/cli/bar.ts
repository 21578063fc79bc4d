/** A bar of characters: how far something has come. */

/** @param share from 0 to 1 */
export function formatBar(share: number, width: number): string {
  const full = Math.min(width, Math.max(0, Math.floor(share * width)));
  return `${'█'.repeat(full)}${'░'.repeat(width - full)}`;
}
