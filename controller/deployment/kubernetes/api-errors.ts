/** What an API server answers when it does not do what it is asked, in words that say what to do. */
import { EaselError, type ErrorCode } from '../../../core/model/errors.ts';

/** Where and as what was asked, for the message. */
export interface Asked {
  /** `apply Deployment easel-1a2b3c4d-web`. */
  readonly what: string;
  readonly server: string;
  readonly namespace: string;
}

/** With the status of the answer; null when there was none. */
export class ApiError extends EaselError {
  readonly status: number | null;

  constructor(status: number | null, code: ErrorCode, message: string) {
    super(code, message);
    this.status = status;
  }
}

/** Why a request is given up. The client changes messages of errors, and that of a DOMException cannot be changed. */
export class NoAnswer extends Error {}

interface Answer {
  readonly status: number;
  readonly message: string;
  readonly retryAfterSeconds: number | null;
}

/** The client's ApiException, known by its shape: the library is loaded only where it is used. */
export function answerOf(error: unknown): Answer | null {
  if (!(error instanceof Error) || !('body' in error && 'code' in error)) return null;
  const { body, code } = error;
  const headers = 'headers' in error ? (error.headers as Record<string, string> | undefined) : undefined;
  const seconds = Number(headers?.['retry-after'] ?? Number.NaN);
  return {
    status: Number(code),
    message: messageOf(body),
    retryAfterSeconds: Number.isFinite(seconds) ? seconds : null,
  };
}

/** The body is a `Status` of Kubernetes as text, or whatever a proxy on the way says. */
function messageOf(body: unknown): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? '');
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // not of Kubernetes
  }
  return text.slice(0, 200).trim();
}

/** Busy, or away for a moment. */
export function isPassing(error: unknown): boolean {
  const answer = answerOf(error);
  if (answer !== null) return answer.status === 429 || answer.status >= 500;
  return isNetworkError(error);
}

/** `fetch` says no more than this; the client may put words of its own before it. */
function isNetworkError(error: unknown): boolean {
  return error instanceof NoAnswer || (error instanceof TypeError && error.message.endsWith('fetch failed'));
}

export function explain(error: unknown, { what, server, namespace }: Asked): ApiError {
  const answer = answerOf(error);
  if (answer === null)
    return new ApiError(
      null,
      'unavailable',
      `the Kubernetes API at ${server} cannot be asked to ${what}: ${networkReason(error)}; see whether \`kubectl get pods --namespace ${namespace}\` reaches it, and containers.kubernetes.context in settings.yaml`,
    );
  const { status, message } = answer;
  const said = message === '' ? `${status}` : `${message} (${status})`;
  const { code, text } = wordsFor(status, { what, server, namespace }, said);
  return new ApiError(status, code, `the cluster at ${server} ${text}`);
}

function wordsFor(
  status: number,
  { what, namespace }: Asked,
  said: string,
): { code: ErrorCode; text: string } {
  switch (status) {
    case 401:
      return {
        code: 'settings',
        text: `does not know who we are: ${said}; log in again, or correct the user of the kubeconfig's context`,
      };
    case 403:
      return {
        code: 'settings',
        text: `does not allow to ${what}: ${said}; have a Role given to this user in namespace ${namespace}: docs/kubernetes.md lists what it needs`,
      };
    case 404:
      return { code: 'not_found', text: `cannot ${what}: ${said}` };
    case 409:
      return { code: 'conflict', text: `cannot ${what}: ${said}; somebody else changes it, try again` };
    case 429:
      return { code: 'unavailable', text: `is too busy to ${what}: ${said}` };
    default:
      return status >= 500
        ? { code: 'unavailable', text: `fails to ${what}: ${said}` }
        : { code: 'settings', text: `refuses to ${what}: ${said}` };
  }
}

function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof NoAnswer) return 'it does not answer in time';
  const { cause } = error;
  return cause instanceof Error ? cause.message || error.message : error.message;
}
