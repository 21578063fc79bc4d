/**
 * What every page does with scripts: times go on counting, regions are kept up to date, tables and charts of the page get
 * their own scripts. Without any of it a page can be read all the same.
 */
import { keepLive } from './live.js';
import { keepTimes } from './times.js';

keepTimes();
keepLive();

/** Parts of pages that have a script of their own: it finds them by itself. */
const SCRIPTS = {
  'table[data-tree]': './tree.js',
  '[data-gantt]': './gantt.js',
  '[data-curve]': './curve.js',
  '[data-graph]': './graph.js',
  '[data-heat]': './heat.js',
  '[data-log]': './log.js',
  'form[data-submit]': './submit.js',
};
for (const [selector, script] of Object.entries(SCRIPTS))
  if (document.querySelector(selector) !== null) void import(script);
