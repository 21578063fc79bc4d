/** Sentences that the pages have in common with the command line (core/words/line.ts): as markup, with links, and as answers of the API. */
import ejs from 'ejs';
import { z } from 'zod';
import { type CommandPart, commandText, type Line, type Part, partText, textOf } from '../core/words/line.ts';

export const lineAnswer = z.object({
  text: z.string(),
  parts: z
    .array(z.json())
    .readonly()
    .meta({ description: 'texts, and references to tasks, jobs and commands' }),
});

export type LineAnswer = z.output<typeof lineAnswer>;

export function answerLine(line: Line): LineAnswer {
  return { text: textOf(line), parts: JSON.parse(JSON.stringify(line)) as LineAnswer['parts'] };
}

/** Markup; everything is escaped. */
export function markLine({ parts }: LineAnswer): string {
  return (parts as unknown as Line).map(markPart).join('');
}

const text = (part: Part): string => ejs.escapeXML(partText(part));

function markPart(part: Part): string {
  if (typeof part === 'string') return text(part);
  switch (part.kind) {
    case 'task': {
      const { id, label, state } = part.task;
      const link = `<a href="/tasks/${id}">task ${id} ${ejs.escapeXML(label)}</a>`;
      return part.with_state ? `${link} (${markState(state)})` : link;
    }
    case 'job':
      return `<a href="/jobs/${part.id}">job ${part.id}</a>`;
    case 'state':
      return markState(part.state);
    case 'instant':
      return `<time datetime="${new Date(part.at).toISOString()}">${text(part)}</time>`;
    case 'code':
      return `<code>${ejs.escapeXML(part.text)}</code>`;
    case 'command':
      return markCommand(part);
  }
}

/** Of a job, task, attempt or process: a word with its colour. */
export const markState = (state: string): string =>
  `<span class="state state-${ejs.escapeXML(state)}">${ejs.escapeXML(state.replace('_', ' '))}</span>`;

/** What can be done here is linked to; the rest is to be typed. */
const PAGES: Readonly<Record<string, (id: number) => string>> = {
  retry: (id) => `/tasks/${id}/retry`,
  why: (id) => `/tasks/${id}`,
  tree: (id) => `/tasks/${id}/children`,
  logs: (id) => `/tasks/${id}/log`,
};

function markCommand(command: CommandPart): string {
  const shown = `<code>${ejs.escapeXML(commandText(command))}</code>`;
  const { about, name } = command;
  if (about === null) return shown;
  if ('task' in about) {
    const page = PAGES[name]?.(about.task);
    return page === undefined ? shown : `<a href="${page}">${shown}</a>`;
  }
  if ('job' in about) return `<a href="/jobs/${about.job}">${shown}</a>`;
  return shown;
}
