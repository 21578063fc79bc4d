/**
 * One pass over JSON text before it is parsed, for what a parser does not tell: how many members its objects have
 * (fewer in the parsed value means that a key stands twice), where it nests too deeply to be parsed safely,
 * and where an int has so many digits that reading it would take long. The text need not be valid.
 */
const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;
const MAX_DIGITS = 400;

export interface JsonScan {
  /** Colons outside strings: the members of all objects together. */
  readonly members: number;
  /** Offset of the bracket that opens one level too many. */
  readonly tooDeepAt: number | undefined;
  /** Offset at which a number has more than 400 digits. */
  readonly tooLongNumberAt: number | undefined;
}

export function scanJson(text: string, maxDepth: number): JsonScan {
  let members = 0;
  let depth = 0;
  let digits = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    digits = code >= 48 && code <= 57 ? digits + 1 : 0;
    if (digits > MAX_DIGITS) return { members, tooDeepAt: undefined, tooLongNumberAt: at - digits + 1 };
    if (code === QUOTE) at = skipString(text, at);
    else if (code === COLON) members += 1;
    else if (code === 91 || code === 123) {
      depth += 1;
      if (depth > maxDepth) return { members, tooDeepAt: at, tooLongNumberAt: undefined };
    } else if (code === 93 || code === 125) depth -= 1;
  }
  return { members, tooDeepAt: undefined, tooLongNumberAt: undefined };
}

/** Offset of the closing quote, or the end of the text. */
function skipString(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at += 1;
  }
  return text.length;
}
