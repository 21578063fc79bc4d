/** For whoever supervises the process: `/healthz` says that it runs, `/readyz` that it can answer. Nobody has to log in, nothing is told. */
import express, { type Router } from 'express';
import { checkSchema } from '../core/db/migrate.ts';
import type { WebParts } from './parts.ts';

export function health({ database }: WebParts): Router {
  const router = express.Router();
  router.get('/healthz', (_request, response) => {
    response.type('text').send('ok\n');
  });
  router.get('/readyz', async (_request, response) => {
    const refusal = await checkSchema(database).then(
      () => undefined,
      () => 'the database does not answer, or has another schema\n',
    );
    response
      .status(refusal === undefined ? 200 : 503)
      .type('text')
      .send(refusal ?? 'ready\n');
  });
  return router;
}
