/** CSV by RFC 4180: fields are quoted where they must be. */

/** A field. Names come from people: what a spreadsheet would take for a formula is marked as text. */
export function csvText(text: string): string {
  const isFormula = /^[=+@\t\r]/.test(text) || (text.startsWith('-') && !Number.isFinite(Number(text)));
  const safe = isFormula ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
