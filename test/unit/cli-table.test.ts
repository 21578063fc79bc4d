import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { formatBar } from '../../core/cli/bar.ts';
import { progressLine } from '../../core/cli/progress.ts';
import { cutTo, renderTable } from '../../core/cli/table.ts';
import type { JobView } from '../../core/store/job-views.ts';
import { formatDuration } from '../../core/words/format.ts';
import { firstLine, printable } from '../../core/words/text.ts';

const columns = [{ title: 'ID', right: true }, { title: 'NAME' }, { title: 'ERROR' }];

describe('a table', () => {
  test('aligns its columns and leaves no blanks at the end of a line', () => {
    expect(
      renderTable(
        columns,
        [
          [7, 'a', 'x'],
          [123, 'bcd', ''],
        ],
        undefined,
      ),
    ).toEqual([' ID  NAME  ERROR', '  7  a     x', '123  bcd']);
  });

  test('cuts nothing when it is not for a terminal', () => {
    const [, line = ''] = renderTable(columns, [[1, 'n', 'e'.repeat(500)]], undefined);
    expect(line).toContain('e'.repeat(500));
  });

  test('never gets wider than the terminal, and cuts the widest column first', () => {
    const rows = [[1, 'a name', 'the text of an error that is far too long for a terminal']];
    for (const width of [30, 40, 60]) {
      const lines = renderTable(columns, rows, width);
      expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(width);
      expect(lines[1]).toContain('a name');
      expect(lines[1]).toContain('…');
    }
  });

  test('counts wide characters as two columns and never cuts within one', () => {
    expect(cutTo('望遠鏡で', 6)).toBe('望遠…');
    expect(cutTo('👩‍🚀👩‍🚀👩‍🚀', 5)).toBe('👩‍🚀👩‍🚀…');
    const [, line = ''] = renderTable([{ title: 'N' }, { title: 'M' }], [['望遠鏡', 'x']], undefined);
    expect(line).toBe('望遠鏡  x');
  });

  test('lets no control character of a cell reach the terminal', () => {
    const [, line = ''] = renderTable([{ title: 'N' }], [['\u001b[31mred\r\n\u009b\u202eevil']], undefined);
    expect(line).toBe('\\u001b[31mred\\r\\n\\u009b\\u202eevil');
  });
});

describe('a text of a task', () => {
  test('is shown on one line, with its control characters as escapes', () => {
    expect(printable('a\tb\u0000\u0007')).toBe('a b\\u0000\\u0007');
    expect(firstLine('\n  first\u001b[2J\r\nsecond')).toBe('first\\u001b[2J');
  });
});

describe('durations', () => {
  test.each([
    [0, '0.00 s'],
    [123, '0.12 s'],
    [9_949, '9.9 s'],
    [9_960, '10 s'],
    [59_400, '59 s'],
    [59_600, '1 min 00 s'],
    [3_599_600, '1 h 00 min'],
    [7_620_000, '2 h 07 min'],
    [4 * 86_400_000 + 3 * 3_600_000, '4 d 03 h'],
    [-5, '0.00 s'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('a progress line', () => {
  const job: JobView = {
    ...{ id: 7, name: null, state: 'running', priority: 0, paused: false, pending_flows: 1 },
    ...{ submitted_by: null, submitted_at: 1_000, ended_at: null, now: 13_000 },
    progress: { total: 1_400, ended: 700, states: { done: 690, failed: 10, running: 8 } },
  };

  test('says what has ended of what is known, with a plus while more may come', () => {
    expect(progressLine(job, {})).toBe('job 7: 700/1,400+ tasks, 8 running, 10 failed, 12 s');
    expect(progressLine({ ...job, pending_flows: 0 }, { elapsed: false })).toBe(
      'job 7: 700/1,400 tasks, 8 running, 10 failed',
    );
    expect(progressLine({ ...job, paused: true }, {})).toContain('10 failed, paused, 12 s');
  });

  test('draws a bar that is full only when all has ended', () => {
    expect(progressLine(job, { bar: true })).toContain(`[${'█'.repeat(12)}${'░'.repeat(12)}]`);
    expect(formatBar(0.999, 10)).toBe('█████████░');
    expect(formatBar(1, 10)).toBe('██████████');
  });
});
