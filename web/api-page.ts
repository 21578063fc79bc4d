/** The reference of the API for people, made from its OpenAPI document, and that document. */
import express, { type Router } from 'express';
import { type Described, openApi } from './openapi.ts';
import { requireRole } from './security/roles.ts';
import { frameOf, sendPage } from './send-page.ts';

export function apiPage(described: Described): Router {
  const router = express.Router();
  const document = openApi(described);
  router.get('/api/v1/openapi.json', requireRole('viewer'), (_request, response) => {
    response.json(document);
  });
  router.get('/api', requireRole('viewer'), (request, response) => {
    const exchange = { request, response };
    const origin = `${request.protocol}://${request.get('host') ?? 'localhost'}`;
    sendPage(exchange, 'api', { ...frameOf(exchange), title: 'API', document, origin });
  });
  return router;
}
