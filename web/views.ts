/**
 * The pages' templates. Each is compiled once, and gets one argument, `page`: nothing else is in scope. `<%=` escapes; `<%-` is for
 * templates and for SVG of our own.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ejs, { type TemplateFunction } from 'ejs';

const DIRECTORY = join(dirname(fileURLToPath(import.meta.url)), 'views');
const compiled = new Map<string, TemplateFunction>();

/** @param name below `views/`, without its ending */
export function render(name: string, page: object): string {
  let template = compiled.get(name);
  if (template === undefined) {
    const filename = join(DIRECTORY, `${name}.ejs`);
    template = ejs.compile(readFileSync(filename, 'utf8'), {
      ...{ filename, strict: true },
      localsName: 'page',
    });
    compiled.set(name, template);
  }
  return template(page);
}
