/**
 * Keeps the regions of the page up to date, by server-sent events. What changes is replaced; the focus stays where it is. Nobody
 * is told while the page is hidden: the stream is closed, and opened again with the page.
 */
import { sayLocalTimes } from './times.js';

export function keepLive() {
  if (document.querySelector('[data-region]') === null) return;
  /** @type {EventSource | undefined} */
  let stream;
  const listen = () => {
    stream?.close();
    stream = undefined;
    if (document.hidden) return;
    stream = new EventSource(`/live?page=${encodeURIComponent(location.pathname + location.search)}`);
    stream.addEventListener('region', ({ data }) => {
      const { region, html } = JSON.parse(data);
      replace(region, html);
    });
  };
  document.addEventListener('visibilitychange', listen);
  addEventListener('pagehide', () => stream?.close());
  addEventListener('pageshow', listen);
}

/**
 * @param {string} name
 * @param {string} html made by the server's templates, which escape
 */
function replace(name, html) {
  const region = document.querySelector(`[data-region="${CSS.escape(name)}"]`);
  if (region === null || region.contains(document.activeElement?.closest('form') ?? null)) return;
  const focused = region.contains(document.activeElement) ? wayTo(document.activeElement) : undefined;
  region.innerHTML = html;
  sayLocalTimes(region);
  if (focused !== undefined) {
    const again = region.querySelector(focused);
    if (again instanceof HTMLElement || again instanceof SVGElement) again.focus();
  }
  document.dispatchEvent(new CustomEvent('easel:changed', { detail: name }));
}

/**
 * How to find it again after the region was replaced.
 * @param {Element | null} element
 */
function wayTo(element) {
  if (element === null) return undefined;
  if (element.id !== '') return `#${CSS.escape(element.id)}`;
  const href = element.getAttribute('href');
  return href === null ? undefined : `${element.localName}[href="${CSS.escape(href)}"]`;
}
