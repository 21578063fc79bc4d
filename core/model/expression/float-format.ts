/** Floats by the presentation types of Python's formats (e, f, g, %, and none), for `format` and `%` alike. */
import { fixedDigits, shortestDigits, significantDigits } from './decimal.ts';
import { exponentText } from './repr.ts';

interface FloatStyle {
  /** e E f F g G %, or '' for the shortest digits that read back (with a precision: like g, but never bare of a point). */
  readonly type: string;
  readonly precision: number | undefined;
  /** `#`: keep the point and, for g, the zeros at the end. */
  readonly alternate: boolean;
}

/** Digits before the point, which may be grouped, and all that follows. */
interface FloatText {
  readonly integer: string;
  readonly rest: string;
}

const DEFAULT_PRECISION = 6;

/** The sign is the caller's. Infinity and NaN have no digits: they come as `integer` ''. */
export function renderFloat(value: number, style: FloatStyle): FloatText {
  const upper = /[EFG]/.test(style.type);
  const text = Number.isFinite(value) ? renderFinite(value, style) : renderSpecial(value, style);
  return upper ? { integer: text.integer, rest: text.rest.toUpperCase() } : text;
}

function renderSpecial(value: number, { type }: FloatStyle): FloatText {
  return { integer: '', rest: `${Number.isNaN(value) ? 'nan' : 'inf'}${type === '%' ? '%' : ''}` };
}

function renderFinite(value: number, style: FloatStyle): FloatText {
  const { alternate } = style;
  const precision = style.precision ?? DEFAULT_PRECISION;
  switch (style.type.toLowerCase()) {
    case 'f':
      return renderFixed(value, precision, alternate);
    case '%': {
      const hundredfold = value * 100;
      if (!Number.isFinite(hundredfold)) return renderSpecial(hundredfold, style);
      const text = renderFixed(hundredfold, precision, alternate);
      return { integer: text.integer, rest: `${text.rest}%` };
    }
    case 'e': {
      const { digits, exponent } = significantDigits(value, precision + 1);
      return withExponent(digits, exponent, alternate);
    }
    case 'g':
      return renderGeneral(value, { precision, alternate, pointed: false });
    default:
      if (style.precision === undefined) return renderShortest(value, alternate);
      return renderGeneral(value, { precision: style.precision, alternate, pointed: true });
  }
}

function renderFixed(value: number, precision: number, alternate: boolean): FloatText {
  const { integer, fraction } = fixedDigits(value, precision);
  return { integer, rest: precision > 0 || alternate ? `.${fraction}` : '' };
}

function withExponent(digits: string, exponent: number, alternate: boolean): FloatText {
  const point = digits.length > 1 || alternate ? '.' : '';
  return { integer: digits.charAt(0), rest: `${point}${digits.slice(1)}e${exponentText(exponent)}` };
}

/** An exponent where the number would be long; `pointed` numbers keep a digit after the point. */
function renderGeneral(
  value: number,
  { precision, alternate, pointed }: { precision: number; alternate: boolean; pointed: boolean },
): FloatText {
  const count = Math.max(precision, 1);
  const { digits, exponent } = significantDigits(value, count);
  const kept = alternate ? digits : digits.replace(/(?<=.)0+$/, '');
  if (exponent < -4 || exponent >= count - (pointed ? 1 : 0)) return withExponent(kept, exponent, alternate);
  return positional(kept, exponent, { alternate, pointed });
}

function renderShortest(value: number, alternate: boolean): FloatText {
  const { digits, exponent } = shortestDigits(value);
  if (exponent < -4 || exponent >= 16) return withExponent(digits, exponent, alternate);
  return positional(digits, exponent, { alternate, pointed: true });
}

function positional(
  digits: string,
  exponent: number,
  { alternate, pointed }: { alternate: boolean; pointed: boolean },
): FloatText {
  const padded = exponent < 0 ? '0'.repeat(-exponent) + digits : digits.padEnd(exponent + 1, '0');
  const point = Math.max(exponent, 0) + 1;
  const fraction = padded.slice(point) || (pointed ? '0' : '');
  return { integer: padded.slice(0, point), rest: fraction !== '' || alternate ? `.${fraction}` : '' };
}
