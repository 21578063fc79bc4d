/**
 * Scripts, styles and fonts, below a path that changes whenever one of them does: so browsers may keep them for ever, and modules
 * that import one another by relative paths are of one version.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type Router } from 'express';
import { darkSheet } from '../core/plot/theme.ts';

const PUBLIC = join(dirname(fileURLToPath(import.meta.url)), 'public');
const { resolve } = createRequire(import.meta.url);

const fontFile = (weight: string) => resolve(`@expo-google-fonts/open-sans/${weight}/OpenSans_${weight}.ttf`);

const FONTS = { '400.ttf': fontFile('400Regular'), '600.ttf': fontFile('600SemiBold') };
/** The package names no entry for its files: they lie beside its main module. */
const UPLOT = join(dirname(dirname(resolve('uplot'))), 'dist');

export const ASSETS = `/assets/${digest()}`;

function digest(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(PUBLIC, { recursive: true, encoding: 'utf8' }).sort()) {
    if (/[.](js|css|svg)$/.test(name)) hash.update(name).update(readFileSync(join(PUBLIC, name)));
  }
  return hash.digest('hex').slice(0, 12);
}

const kept = { immutable: true, maxAge: '365d', index: false, redirect: false } as const;

export function assets(): Router {
  const router = express.Router();
  router.use(express.static(PUBLIC, kept));
  router.get('/plot.css', (_request, response) => {
    response.set('Cache-Control', 'public, max-age=31536000, immutable').type('css').send(darkSheet());
  });
  router.use('/uplot', express.static(UPLOT, kept));
  router.get('/fonts/:name', (request, response, next) => {
    const file = Object.entries(FONTS).find(([name]) => name === request.params.name)?.[1];
    if (file === undefined) return next();
    response.sendFile(file, kept);
  });
  return router;
}
