/** Everything a command or daemon stands on, opened from the settings in one place, and closed in one. */
import { mkdirSync } from 'node:fs';
import { checkSchema, migrate, schemaVersion } from './db/migrate.ts';
import { type Database, type OpenOptions, openDatabase } from './db/open.ts';
import type { Areas } from './runtime/areas.ts';
import { loadRegistry, type Registry } from './runtime/registry.ts';
import type { Settings } from './runtime/settings.ts';

export interface Installation {
  readonly settings: Settings;
  readonly database: Database;
  readonly registry: Registry;
  readonly areas: Areas;
}

/** Refuses a database of another schema version; the embedded one is brought up to date without being asked. */
export async function openInstallation(settings: Settings, options?: OpenOptions): Promise<Installation> {
  const database = await openDatabase(settings.database_url, options);
  try {
    const isNewFile = database.dialect.name === 'sqlite' && (await schemaVersion(database)) === undefined;
    if (isNewFile) await migrate(database);
    await checkSchema(database);
    const areas = { input: settings.input_area, output: settings.output_area };
    for (const area of Object.values(areas)) makeIfPossible(area);
    return { settings, database, registry: loadRegistry(settings.task_types), areas };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Most commands need no area. Who does, says what is wrong with it. */
function makeIfPossible(area: string): void {
  try {
    mkdirSync(area, { recursive: true });
  } catch {
    // A full or read-only disk is no reason not to list jobs.
  }
}
