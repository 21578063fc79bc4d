/**
 * Ends every test run with one line that people and programs can rely on: `N passed, N failed`, alone on it. A file that cannot be
 * loaded and an error outside of any test count as failed, and so does a run without a test. Tests that were left out are named before.
 */
import type { Reporter, TestModule } from 'vitest/node';

export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandled.length;
    const leftOut = new Map<string, number>();
    for (const module of modules) {
      failed += module.errors().length;
      for (const suite of module.children.allSuites()) failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        if (test.result().state === 'passed') passed += 1;
        if (test.result().state === 'failed') failed += 1;
        const { name } = module.project;
        if (test.result().state === 'skipped') leftOut.set(name, (leftOut.get(name) ?? 0) + 1);
      }
    }
    if (passed + failed === 0) failed = 1;
    if (failed > 0) process.exitCode = 1;
    for (const [project, count] of leftOut) process.stdout.write(`left out: ${count} tests of ${project}\n`);
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
  }
}
