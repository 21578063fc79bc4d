/**
 * JSON text -> Source. The value comes from the engine's own parser; the slow, tolerant parser with positions
 * runs only when the text is wrong or a problem has to be placed.
 */
import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { parseJson, type Value } from '../model/values.ts';
import { scanJson } from './json-scan.ts';
import type { Limits } from './limits.ts';
import { JobFileError, type Path, type Problem, quote, renderPath } from './problem.ts';
import { lineIndex, type Part, type Source } from './source.ts';

const MAX_SYNTAX_PROBLEMS = 10;

/** Throws JobFileError when the text is not JSON, a key stands twice, or it nests too deeply. */
export function readJson(text: string, fileName: string, limits: Limits): Source {
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const scan = scanJson(body, limits.max_json_depth);
  const refuse = (offset: number, message: string) =>
    new JobFileError(fileName, [{ ...lineIndex(body)(offset), path: '$', message }]);
  if (scan.tooDeepAt !== undefined) {
    throw refuse(scan.tooDeepAt, `nested deeper than max_json_depth (${limits.max_json_depth}) allows`);
  }
  if (scan.tooLongNumberAt !== undefined)
    throw refuse(scan.tooLongNumberAt, 'a number has more than 400 digits');
  const value = parseOrExplain(body, fileName);
  if (countMembers(value) !== scan.members) throw new JobFileError(fileName, duplicateKeys(body));
  return new JsonSource(body, value);
}

class JsonSource implements Source {
  readonly value: Value;
  readonly #text: string;
  #tree: Node | undefined;
  #position: Source['position'] | undefined;

  constructor(text: string, value: Value) {
    this.#text = text;
    this.value = value;
  }

  offsetOf(path: Path, part: Part): number {
    return this.#find(path, part)?.offset ?? 0;
  }

  offsetInString(path: Path, part: Part, index: number): number {
    const node = this.#find(path, part);
    if (node?.type !== 'string') return node?.offset ?? 0;
    const raw = this.#text.slice(node.offset + 1, node.offset + node.length - 1);
    const characters = raw.matchAll(/\\u[0-9a-fA-F]{4}|\\.|./gs);
    let at = 0;
    for (const character of characters) {
      if (at === index) return node.offset + 1 + character.index;
      at += 1;
    }
    return node.offset + 1 + raw.length;
  }

  position(offset: number): { line: number; column: number } {
    this.#position ??= lineIndex(this.#text);
    return this.#position(offset);
  }

  #find(path: Path, part: Part): Node | undefined {
    this.#tree ??= parseTree(this.#text);
    let node = this.#tree;
    for (const [depth, step] of path.entries()) {
      const property = typeof step === 'string' ? memberOf(node, step) : undefined;
      const wantsKey = part === 'key' && depth === path.length - 1;
      const next = typeof step === 'number' ? node?.children?.[step] : property?.children?.[wantsKey ? 0 : 1];
      if (next === undefined) return node;
      node = next;
    }
    return node;
  }
}

function memberOf(node: Node | undefined, key: string): Node | undefined {
  return node?.children?.find((each) => each.children?.[0]?.value === key);
}

function countMembers(value: Value): number {
  if (typeof value !== 'object' || value === null) return 0;
  let members = 0;
  if (Array.isArray(value)) for (const each of value) members += countMembers(each);
  else for (const key in value) members += 1 + countMembers(value[key] ?? null); // dicts inherit nothing
  return members;
}

function duplicateKeys(text: string): Problem[] {
  const problems: Problem[] = [];
  const position = lineIndex(text);
  const visit = (node: Node, path: Path): void => {
    const seen = new Map<unknown, number>();
    for (const [index, child] of (node.children ?? []).entries()) {
      const [key, value] = node.type === 'object' ? (child.children ?? []) : [undefined, child];
      const step = key === undefined ? index : String(key.value);
      if (key !== undefined) {
        const first = seen.get(key.value);
        if (first !== undefined) {
          const message = `the key stands twice, first in line ${position(first).line}`;
          problems.push({ ...position(key.offset), path: renderPath([...path, step]), message });
        } else seen.set(key.value, key.offset);
      }
      if (value !== undefined) visit(value, [...path, step]);
    }
  };
  const tree = parseTree(text);
  if (tree !== undefined) visit(tree, []);
  return problems.slice(0, 1000);
}

function parseOrExplain(text: string, fileName: string): Value {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new JobFileError(fileName, syntaxProblems(text, error.message));
  }
}

function syntaxProblems(text: string, fallback: string): Problem[] {
  const position = lineIndex(text);
  if (/^\s*(?:#|---|-\s|[A-Za-z_]\w*:(?:\s|$))/.test(text)) {
    const message =
      'this is not JSON; it looks like YAML: name the file .yaml or .yml to have it read as YAML';
    return [{ ...position(text.search(/\S/)), path: '$', message }];
  }
  const errors: ParseError[] = [];
  try {
    parseTree(text, errors, { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false });
  } catch (error) {
    // Brackets behind a stray quote escape the scan; the tolerant parser then runs out of stack.
    if (!(error instanceof RangeError)) throw error;
  }
  const lines = new Map<number, Problem>();
  for (const error of errors) {
    const at = position(error.offset);
    const message = describe(text, error);
    if (!lines.has(at.line)) lines.set(at.line, { ...at, path: '$', message: `not JSON: ${message}` });
  }
  if (lines.size === 0) return [{ line: 1, column: 1, path: '$', message: `not JSON: ${fallback}` }];
  return [...lines.values()].slice(0, MAX_SYNTAX_PROBLEMS);
}

const MEANT: ReadonlyMap<string, string> = new Map([
  ['True', 'true'],
  ['False', 'false'],
  ['None', 'null'],
  ['undefined', 'null'],
]);

function describe(text: string, error: ParseError): string {
  const token = text.slice(error.offset, error.offset + Math.max(1, error.length));
  const code = printParseErrorCode(error.error);
  if (/^-?(?:NaN|Infinity|inf|nan)/.test(text.slice(error.offset, error.offset + 12))) {
    return 'JSON has no NaN and no infinity';
  }
  if (token.startsWith("'")) return 'strings stand in double quotes';
  if (code === 'InvalidCommentToken') return 'JSON has no comments (YAML has)';
  const meant = MEANT.get(token);
  if (meant !== undefined) return `${token} is written ${meant}`;
  const before = text.slice(0, error.offset).trimEnd();
  if (before.endsWith(',') && /^[\]}]/.test(token)) return 'a comma stands before the closing bracket';
  const reason = code.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return error.offset >= text.length ? `${reason}, but the file ends` : `${reason} at ${quote(token)}`;
}
