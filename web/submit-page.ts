/**
 * The page on which a job is submitted: a file is pasted or chosen, and checked as it is typed; its plan is shown before it is
 * submitted. Without scripts the same happens with one more click.
 */
import express, { type Router } from 'express';
import { reviewSubmission } from '../core/actions/submit.ts';
import type { Action } from './action.ts';
import { readSubmission, submissionInput } from './actions/submit.ts';
import type { WebParts } from './parts.ts';
import { readInput } from './resource.ts';
import { requireRole, viewerOf } from './security/roles.ts';
import { type Exchange, frameOf, sayNext, sendPage } from './send-page.ts';

const EXAMPLE = `{
  "job_name": "hello",
  "working_directory": "hello",
  "task_list": [
    { "task": "null", "name": "first", "duration": 1, "outputs": { "greeting": "hello.txt" } },
    { "task": "null", "name": "second", "duration": 1, "inputs": { "greeting": "hello.txt" }, "outputs": { "answer": "world.txt" } }
  ]
}
`;

export function submitPage(parts: WebParts, action: Action): Router {
  const router = express.Router();
  router.use(action.path, requireRole(action.role));
  router.get(action.path, (request, response) => {
    show({ request, response }, { fields: { text: EXAMPLE, file_name: 'job.json', set: '', priority: '' } });
  });
  router.post(action.path, async (request, response) => {
    const { _csrf, intent, ...fields } = { ...(request.body as Record<string, unknown>) };
    const submission = readSubmission(readInput(submissionInput, fields));
    const review = await reviewSubmission(parts.installation, submission);
    if (intent === 'check' || !review.ok) {
      if (!review.ok) response.status(422);
      return show({ request, response }, { fields, review });
    }
    const { gist, location } = await action.order(parts, fields).perform(viewerOf(response).name);
    sayNext(response, gist);
    response.redirect(303, location);
  });
  return router;
}

interface Shown {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly review?: Awaited<ReturnType<typeof reviewSubmission>>;
}

function show(exchange: Exchange, { fields, review }: Shown): void {
  sendPage(exchange, 'submit', { ...frameOf(exchange), title: 'Submit a job', fields, review });
}
