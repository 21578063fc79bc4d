/**
 * The address of a product: `directory/name` below the output area, and nothing that could leave it.
 *
 * An address is normalised (no `.`, no empty component), so that two tasks name the same file exactly when
 * their addresses are the same string. Refused: absolute paths, `..`, backslashes, control characters, halves of
 * surrogate pairs, components over 255 bytes, addresses over 700 characters, and `.easel`, which Easel keeps.
 */
import { EaselError } from './errors.ts';
import { literalOf, type Shape } from './shape.ts';

const MAX_ADDRESS_CHARACTERS = 700;
const MAX_COMPONENT_BYTES = 255;
const RESERVED = '.easel';

/** `''` as working directory is the output area itself. Throws EaselError `job_file` with the reason. */
export function productAddress(workingDirectory: string, fileName: string): string {
  const directory = splitPath(workingDirectory, 'working directory');
  const file = splitPath(fileName, 'file name');
  if (file.length === 0) throw refused('file name', fileName, 'it names no file');
  if (fileName.endsWith('/'))
    throw refused('file name', fileName, 'it ends with a slash, as a directory does');
  const components = [...directory, ...file];
  if (components[0] === RESERVED)
    throw refused('address', components.join('/'), 'Easel keeps .easel for itself');
  const address = components.join('/');
  if (address.length > MAX_ADDRESS_CHARACTERS) {
    throw refused('address', address, `it is longer than ${MAX_ADDRESS_CHARACTERS} characters`);
  }
  return address;
}

/** The working directory alone, normalised; `''` for the output area itself. Throws like `productAddress`. */
export function normaliseDirectory(workingDirectory: string): string {
  const components = splitPath(workingDirectory, 'working directory');
  if (components[0] === RESERVED) {
    throw refused('working directory', workingDirectory, 'Easel keeps .easel for itself');
  }
  return components.join('/');
}

/**
 * The shape of an address, from the shapes of its two halves. Throws like `productAddress` when all is literal.
 * Where the directory ends open, what is open takes the slash in: it may come out as nothing.
 */
export function addressShape(directory: Shape, name: Shape): Shape {
  const directoryText = literalOf(directory);
  const nameText = literalOf(name);
  if (directoryText !== undefined && nameText !== undefined) return [productAddress(directoryText, nameText)];
  const [first, ...rest] = name;
  const start = typeof first === 'string' ? [first.replace(/^(?:\.\/+)+/, ''), ...rest] : name;
  if (directoryText !== undefined) {
    const normal = normaliseDirectory(directoryText);
    return normal === '' ? start : [`${normal}/`, ...start];
  }
  return directory.at(-1) === null ? [...directory, ...start] : [...directory, '/', ...start];
}

function splitPath(text: string, what: string): string[] {
  const fault = faultOf(text);
  if (fault !== undefined) throw refused(what, text, fault);
  const relative = text.replace(/^(?:\.\/+)+/, '');
  const components = (relative === '.' ? '' : relative).split('/').filter((each) => each !== '');
  for (const component of components) {
    if (component === '..') throw refused(what, text, 'it may not climb with ..');
    if (component === '.') throw refused(what, text, 'it may not have . inside');
    // MySQL compares texts as if such blanks were not there
    if (component.endsWith(' ')) throw refused(what, text, 'a part of it ends in a blank');
    if (component.length * 3 > MAX_COMPONENT_BYTES && byteLength(component) > MAX_COMPONENT_BYTES) {
      throw refused(what, text, `a part of it is longer than ${MAX_COMPONENT_BYTES} bytes`);
    }
  }
  return components;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

function faultOf(text: string): string | undefined {
  if (text.startsWith('/')) return 'it must be relative, and starts with a slash';
  if (text.includes('\\')) return 'directories are separated by /, not by a backslash';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  if (/[\u0000-\u001f\u007f]/.test(text)) return 'it has a control character';
  if (!text.isWellFormed()) return 'it is not valid Unicode';
  if (text.length > 4 * MAX_ADDRESS_CHARACTERS)
    return `it is longer than ${MAX_ADDRESS_CHARACTERS} characters`;
  return undefined;
}

function refused(what: string, text: string, reason: string): EaselError {
  const shown = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  return new EaselError('job_file', `${what} ${JSON.stringify(shown)}: ${reason}`);
}
