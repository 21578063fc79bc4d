/** The content of versions: to be saved, with ranges, and light curves as columns and as a picture. */
import { pipeline } from 'node:stream/promises';
import express, { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import { thinOut } from '../core/light-curve/decimate.ts';
import { readLightCurve } from '../core/light-curve/read-light-curve.ts';
import { drawLightCurve } from '../core/plot/light-curve-chart.ts';
import { openVersion } from '../core/runtime/version-file.ts';
import { readVersion } from '../core/store/version-views.ts';
import type { WebParts } from './parts.ts';
import { HttpRefusal } from './problems.ts';
import { id, readInput } from './resource.ts';
import { requireRole } from './security/roles.ts';
import { sendSvg } from './send-svg.ts';

const asked = z.strictObject({ version: id });
const MOST_SAMPLES = 200_000;
const MOST_CURVE_BYTES = 256 * 2 ** 20;

export function files(parts: WebParts): Router {
  const router = express.Router();
  router.use('/versions', requireRole('viewer'));
  router.get('/versions/:version/file', async (request, response) => {
    const version = await readVersion(parts.reader, idOf(request));
    const file = await openVersion(parts.installation.areas, version);
    try {
      const name = version.address.slice(version.address.lastIndexOf('/') + 1);
      response.attachment(name).set({ ETag: `"${version.sha256}"`, 'Accept-Ranges': 'bytes' });
      response.type('application/octet-stream');
      await sendRange({ request, response }, file, version.size);
    } finally {
      await file.close();
    }
  });
  router.get('/versions/:version/curve', async (request, response) => {
    const { title, metadata, shown } = await readShown(parts, request, MOST_SAMPLES);
    response.json({ title, metadata, labels: { time: 'Time (d)', flux: 'Relative flux' }, ...shown });
  });
  router.get('/versions/:version/curve.svg', async (request, response) => {
    const { title, curve } = await readShown(parts, request, MOST_SAMPLES);
    sendSvg(response, drawLightCurve({ title, curve }, { width: 960, height: 380, theme: 'auto' }));
  });
  return router;
}

const idOf = (request: Request): number => readInput(asked, request.params).version;

async function readShown({ reader, installation: { areas } }: WebParts, request: Request, most: number) {
  const version = await readVersion(reader, idOf(request));
  if (version.size > MOST_CURVE_BYTES)
    throw new HttpRefusal(422, 'Too large', 'Files of more than 256 MiB are not drawn: save it instead.');
  await using file = await openVersion(areas, version);
  const { curve, metadata } = await readLightCurve({ path: file, name: version.address, metadata: {} });
  const title = `${version.address}, version ${version.version_id}`;
  return { title, curve, metadata, shown: thinOut(curve, most) };
}

interface Exchange {
  readonly request: Request;
  readonly response: Response;
}

type VersionFile = Awaited<ReturnType<typeof openVersion>>;

/** One range (RFC 9110, 14); several at once get the whole file. */
async function sendRange({ request, response }: Exchange, file: VersionFile, size: number): Promise<void> {
  const asked = request.get('if-range') === undefined || request.get('if-range') === response.get('ETag');
  const ranges = asked ? request.range(size, { combine: true }) : undefined;
  if (ranges === -1) {
    response.status(416).set('Content-Range', `bytes */${size}`).end();
    return;
  }
  const isPart = Array.isArray(ranges) && ranges.type === 'bytes' && ranges.length === 1;
  const { start, end } = (isPart ? ranges[0] : undefined) ?? { start: 0, end: size - 1 };
  if (isPart) response.status(206).set('Content-Range', `bytes ${start}-${end}/${size}`);
  response.set('Content-Length', String(size === 0 ? 0 : end - start + 1));
  if (request.method === 'HEAD' || size === 0) {
    response.end();
    return;
  }
  await pipeline(file.createReadStream({ start, end, autoClose: false }), response).catch(
    (error: unknown) => {
      if (!isGone(error)) throw error;
    },
  );
}

/** Who asked has gone away: nobody is there to be told. */
function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}
