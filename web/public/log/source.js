/**
 * Where new lines come from: server-sent events where the page names an address for them, otherwise the log's own address as JSON, asked
 * again and again. Either way what comes carries the number that the next question goes on after, so nothing comes twice.
 *
 * @typedef {import('./lines.js').Line} Line
 * @typedef {{ lines: Line[], after: number, ended: boolean }} Batch  `ended`: nothing will follow
 * @typedef {{ onBatch: (batch: Batch) => void, onTrouble: (words: string) => void }} Sink
 */

const POLL_MS = 1_000;
const AWAY_MS = 5_000;

/**
 * @param {{ src: string, events: string | undefined, after: number }} where @param {Sink} sink
 * @returns {() => void} stops it
 */
export function follow({ src, events, after }, sink) {
  return events === undefined ? poll(src, after, sink) : listen(events, after, sink);
}

/** @param {string} src @param {number} start @param {Sink} sink */
function poll(src, start, { onBatch, onTrouble }) {
  const stop = new AbortController();
  let after = start;
  const ask = async () => {
    const url = new URL(src, location.href);
    url.searchParams.set('format', 'json');
    url.searchParams.set('after', String(after));
    const answer = await fetch(url, { signal: stop.signal, headers: { accept: 'application/json' } });
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    /** @type {Batch} */
    const batch = await answer.json();
    after = batch.after;
    onBatch(batch);
    return batch;
  };
  const again = async () => {
    let pause = POLL_MS;
    try {
      const { lines, ended } = await ask();
      if (lines.length > 0) pause = ended ? 0 : POLL_MS / 4;
      else if (ended) return;
    } catch (error) {
      if (stop.signal.aborted) return;
      pause = AWAY_MS;
      onTrouble(`No answer (${error instanceof Error ? error.message : error}); trying again`);
    }
    setTimeout(() => stop.signal.aborted || void again(), pause);
  };
  void again();
  return () => stop.abort();
}

/** The browser connects again by itself, and says after which event. @param {string} events @param {number} after @param {Sink} sink */
function listen(events, after, { onBatch, onTrouble }) {
  const url = new URL(events, location.href);
  url.searchParams.set('after', String(after));
  const stream = new EventSource(url);
  stream.addEventListener('lines', ({ data }) => {
    /** @type {Batch} */
    const batch = JSON.parse(data);
    onBatch(batch);
    if (batch.ended) stream.close();
  });
  stream.addEventListener('error', () => onTrouble('The connection was lost; trying again'));
  return () => stream.close();
}
