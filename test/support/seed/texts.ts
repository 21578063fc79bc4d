/** What stands in the rows of a seeded installation as text: much of it is what a page must escape, wrap or cut. */

/** For names and values (which begin with no quote: that would make them expressions): markup, quotes, templates, text from right to left, signs of two halves, and no end of it. */
export const HOSTILE: readonly string[] = [
  '<script>alert(1)</script>',
  `x"><img src=x onerror="alert('2')">`,
  "x'; drop table tasks; -- {{7*7}} #{7*7} <%= 7*7 %>",
  'שלום עולם \u202egpj.exe\u202c مرحبا',
  '🪐✨👩‍🚀 e\u0301\u0302\u0303',
  `long-${'unbreakable'.repeat(18)}`,
];

export const ERRORS: Readonly<Record<string, readonly string[]>> = {
  error: [
    "TypeError: Cannot read properties of undefined (reading 'flux')\n    at foldCurve (worker/search/fold.ts:88:21)\n    at search (worker/types/transit-search.ts:41:10)\n    at async runTask (worker/slot/child.ts:120:5)",
    'all 42113 samples are flagged: <script>alert("error")</script>',
    'Traceback (most recent call last):\n  File "search.py", line 12, in <module>\n    main()\n  File "search.py", line 7, in main\n    raise ValueError("no period: " + repr(curve))\nValueError: no period: \'<b>bold</b>\'',
  ],
  exit: [
    'the command ended with status 3\nsegmentation of "a b" & "c" is missing',
    'the command ended with status 127',
  ],
  signal: ['the command was ended by SIGSEGV'],
  oom: ['killed: the task used more memory than there was (peak 3.9 GB)'],
  timeout: ['stopped after 3600 s, the time limit of the task'],
  qc: ['lightcurve: quality control did not pass: 12 % of the samples are not finite'],
  lost: ['the lease ran out: the worker died, froze, or lost its way to the database'],
  cancelled: ['the worker stopped, or was asked to end the task, before the task had ended'],
};

export const LOG_LINES: readonly (readonly ['debug' | 'info' | 'warning' | 'error', string])[] = [
  ['info', 'read 42113 samples from star.lc.gz'],
  ['debug', 'grid of 18211 periods from 0.5 d to 45 d'],
  ['info', 'period 7.69734 d, power 359.7'],
  ['warning', '12 samples are not finite and were left out'],
  ['info', '<script>alert("log")</script> & "quotes" \u202e right to left 🪐'],
  ['debug', `a long line ${'0123456789'.repeat(60)}`],
  ['error', 'the second peak is as strong as the first: 3.11 d and 6.22 d'],
];

export const PEOPLE: readonly string[] = ['ada', 'grace', 'henrietta', '"><b onmouseover=alert(3)>mallory'];
