/**
 * SVG as text. Markup and words are two types: a string that is given as a child or as an attribute is escaped, so that no name
 * of a file, a task or a column can become markup. Coordinates are rounded to a hundredth of a pixel: same input, same bytes.
 */

export interface Markup {
  readonly markup: string;
}

export type Attributes = { readonly [name: string]: string | number | undefined };

export function element(
  name: string,
  attributes: Attributes,
  ...children: readonly (Markup | string)[]
): Markup {
  const listed = Object.entries(attributes).map(([key, value]) =>
    value === undefined ? '' : ` ${key}="${typeof value === 'number' ? pixel(value) : escapeText(value)}"`,
  );
  const inside = children
    .map((child) => (typeof child === 'string' ? escapeText(child) : child.markup))
    .join('');
  return { markup: `<${name}${listed.join('')}${inside === '' ? '/>' : `>${inside}</${name}>`}` };
}

/** A coordinate or a length: never `NaN`, `1e-7` or `-0`, which are no SVG numbers. */
export function pixel(value: number): string {
  if (!Number.isFinite(value)) return '0';
  const rounded = Math.round(Math.min(1e6, Math.max(-1e6, value)) * 100) / 100;
  return rounded === 0 ? '0' : String(rounded);
}

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' },
};

/** Characters that XML cannot hold are shown as such. */
function escapeText(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g, '\ufffd')
      .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
  );
}
