/**
 * The forms that a light curve has on disk. Readers know them by their content, whatever the file is called: FITS by its first
 * bytes, CSV by its title row, text by neither; each may be gzipped. Times are seconds in all of them.
 */
export const LIGHT_CURVE_FORMATS = ['text', 'csv', 'fits'] as const;
export type LightCurveFormat = (typeof LIGHT_CURVE_FORMATS)[number];

/** The title row of a light curve in CSV. */
export const CSV_TITLES = 'time[s],flux,flag,uncertainty';

/** The first bytes of every FITS file: keyword and value indicator of its first card. */
export const FITS_MAGIC = 'SIMPLE  =';

/** Columns of a light curve in a FITS table: name and unit, all of them 64-bit numbers. */
export const FITS_COLUMNS = [
  { name: 'TIME', unit: 's' },
  { name: 'FLUX', unit: '' },
  { name: 'FLAG', unit: '' },
  { name: 'FLUX_ERR', unit: '' },
] as const;
