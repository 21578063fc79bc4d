/** `str.format`: a template filled in with positional and keyword arguments. */
import { raise } from './fault.ts';
import { formatItem, readSpec } from './format-spec.ts';
import { elementsOf, type Item, type ItemDict } from './items.ts';
import type { Meter } from './limits.ts';
import { repr, toText } from './repr.ts';
import { attributeOf, itemAt } from './sequences.ts';
import { listNames, suggest } from './suggestion.ts';
import { type Field, type FieldStep, isTemplate, type Template } from './template.ts';

export interface FormatArguments {
  readonly positional: readonly Item[];
  readonly keywords: ItemDict;
}

export function formatTemplate(template: Template, given: FormatArguments, meter: Meter): string {
  let text = '';
  for (const part of template) {
    const piece = typeof part === 'string' ? part : formatField(part, given, meter);
    meter.spend(1);
    meter.characters(piece.length);
    meter.checkText(text.length + piece.length);
    text += piece;
  }
  return text;
}

function formatField(field: Field, given: FormatArguments, meter: Meter): string {
  const item = field.path.reduce<Item>(follow, argumentOf(field, given));
  const { conversion, spec } = field;
  const shown =
    conversion === undefined ? item : conversion === 'r' ? repr(item, meter) : toText(item, meter);
  if (spec === undefined) return toText(shown, meter);
  if (!isTemplate(spec)) return formatItem(shown, spec, meter);
  const text = formatTemplate(spec, given, meter);
  return formatItem(shown, text === '' ? undefined : readSpec(text), meter);
}

function argumentOf({ argument }: Field, { positional, keywords }: FormatArguments): Item {
  if (typeof argument === 'number') {
    const item = positional[argument];
    if (item !== undefined) return item;
    raise('IndexError', `Replacement index ${argument} out of range for positional args tuple`);
  }
  const item = Object.hasOwn(keywords, argument) ? keywords[argument] : undefined;
  if (item !== undefined) return item;
  const names = Object.keys(keywords);
  raise(
    'KeyError',
    `'${argument.slice(0, 100)}' (format was given: ${listNames(names)})${suggest(argument, names)}`,
  );
}

/** `[0]` is an int for lists; anything else in brackets is a string. */
function follow(item: Item, { kind, name }: FieldStep): Item {
  if (kind === 'attribute') return attributeOf(item, name, 'it');
  const isIndex = /^[0-9]{1,15}$/.test(name) && (typeof item === 'string' || elementsOf(item) !== undefined);
  return itemAt(item, isIndex ? BigInt(name) : name, 'it');
}
