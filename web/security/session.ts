/**
 * Who is asking: by the token of a program, by the session of a browser, or, as long as there are no users and only this machine
 * is listened to, whoever runs the dashboard. It is asked again at each request, so what is revoked, ended or changed is so at once.
 */
import type { Request, RequestHandler, Response } from 'express';
import { personName } from '../../core/cli/person.ts';
import { type Reader, reading, transact } from '../../core/db/transaction.ts';
import { webKey } from '../../core/store/installation.ts';
import { endSession, type Session, useSession } from '../../core/store/sessions.ts';
import { useToken } from '../../core/store/tokens.ts';
import { hasUsers } from '../../core/store/users.ts';
import type { Viewer, WebParts } from '../parts.ts';
import { HttpRefusal } from '../problems.ts';
import { dropCookie, readCookie, seal, setCookie, unseal } from './cookies.ts';
import { isLoopback } from './host.ts';

const COOKIE = 'easel_session';
/** A user that was added is heeded within this time. */
const USERS_KNOWN_MS = 1_000;

export interface Asking {
  readonly viewer: Viewer;
  readonly session?: Session;
}

export class Identity {
  /** What cookies and forms are signed with. */
  readonly key: Buffer;
  readonly #reader: Reader;
  readonly #isLocal: boolean;
  #users: { readonly known: Promise<boolean>; readonly until: number } | undefined;

  private constructor(reader: Reader, key: Buffer, isLocal: boolean) {
    this.key = key;
    this.#reader = reader;
    this.#isLocal = isLocal;
  }

  /** @param host the address that is listened on */
  static async open({ database }: WebParts, host: string): Promise<Identity> {
    return new Identity(reading(database), await transact(database, webKey), isLoopback(host));
  }

  async whoAsks(request: Request): Promise<Asking | undefined> {
    const { authorization } = request.headers;
    if (authorization !== undefined) return { viewer: await this.#byToken(authorization) };
    const session = await this.#bySession(request);
    if (session !== undefined)
      return { viewer: { name: session.user, role: session.role, via: 'session' }, session };
    const isOpen = this.#isLocal && isDirect(request) && !(await this.anyUsers());
    return isOpen ? { viewer: { name: personName(), role: 'admin', via: 'local' } } : undefined;
  }

  async anyUsers(): Promise<boolean> {
    const now = performance.now();
    if (this.#users === undefined || now > this.#users.until)
      this.#users = { known: hasUsers(this.#reader), until: now + USERS_KNOWN_MS };
    return await this.#users.known;
  }

  /** Puts the secret of a new session into the browser's cookie. */
  begin(response: Response, secret: string): void {
    setCookie(response, COOKIE, seal(this.key, COOKIE, secret));
  }

  /** A user was added through this process. */
  forgetUsers(): void {
    this.#users = undefined;
  }

  /** The session of this browser ends; its cookie is for another to come. */
  async endSession(request: Request): Promise<void> {
    const secret = this.#secretOf(request);
    if (secret !== undefined) await endSession(this.#reader, secret);
  }

  async leave(request: Request, response: Response): Promise<void> {
    await this.endSession(request);
    dropCookie(response, COOKIE);
  }

  async #bySession(request: Request): Promise<Session | undefined> {
    const secret = this.#secretOf(request);
    return secret === undefined ? undefined : await useSession(this.#reader, secret);
  }

  #secretOf(request: Request): string | undefined {
    return unseal(this.key, COOKIE, readCookie(request, COOKIE));
  }

  /** Whoever shows a token that is none is nobody, whatever cookies come with it. */
  async #byToken(authorization: string): Promise<Viewer> {
    const secret = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
    const found = secret === undefined ? undefined : await useToken(this.#reader, secret);
    if (found === undefined)
      throw new HttpRefusal(401, 'This token is not known', 'It is wrong, was revoked, or has expired.');
    return { name: found.user, role: found.role, via: 'token' };
  }
}

/** A proxy on this machine may stand for anybody. */
function isDirect({ headers, socket }: Request): boolean {
  const isProxied = ['x-forwarded-for', 'forwarded', 'via'].some((name) => headers[name] !== undefined);
  return !isProxied && isLoopback(socket.remoteAddress ?? '');
}

export function identify(identity: Identity): RequestHandler {
  return async (request, response, next) => {
    if (request.headers.authorization !== undefined) response.set('WWW-Authenticate', 'Bearer realm="Easel"');
    const { viewer, session } = (await identity.whoAsks(request)) ?? {};
    response.removeHeader('WWW-Authenticate');
    response.locals.viewer = viewer;
    response.locals.session = session;
    next();
  };
}

export function sessionOf(response: Response): Session | undefined {
  return (response.locals as { session?: Session }).session;
}
