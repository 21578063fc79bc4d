/** A picture of its own, with its own style sheet: what a page may not have within itself. */
import type { Response } from 'express';

export function sendSvg(response: Response, svg: string): void {
  response
    .set('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
    .type('image/svg+xml')
    .send(svg);
}
