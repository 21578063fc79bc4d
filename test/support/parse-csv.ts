/** CSV (RFC 4180) as other programs read it: fields may be quoted, and hold commas, quotes and ends of lines. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  let at = 0;
  while (at < text.length) {
    const [whole = '', quoted, plain = '', end = ''] =
      /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/y.exec(text.slice(at)) ?? [];
    if (whole === '') throw new Error(`no CSV from here on: ${text.slice(at, at + 80)}`);
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain);
    at += whole.length;
    if (end === '\r\n' && at < text.length) rows.push([]);
  }
  return rows;
}
