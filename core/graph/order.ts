/**
 * The order of the cells in their layers, and their heights. A cell moves to where its neighbours are, in sweeps through the layers forth and
 * back; the best order that was seen counts. Then heights: as near to the neighbours as the order and the distance allow.
 */

/** A node, or a place that a long edge passes through (without `node`). */
export interface Cell {
  readonly layer: number;
  readonly node: number | undefined;
  readonly before: Cell[];
  readonly after: Cell[];
  order: number;
  y: number;
}

const SWEEPS = 4;
const ROUNDS = 3;

export function orderLayers(layers: readonly Cell[][]): Cell[][] {
  const ordered = layers.map((layer) => [...layer]);
  for (const layer of ordered) number(layer);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isForth = sweep % 2 === 0;
    for (const layer of isForth ? ordered : ordered.toReversed()) {
      const wished = new Map(
        layer.map((cell) => [cell, mean(isForth ? cell.before : cell.after, 'order') ?? cell.order]),
      );
      layer.sort((a, b) => (wished.get(a) ?? 0) - (wished.get(b) ?? 0) || a.order - b.order);
      number(layer);
    }
  }
  return ordered;
}

function number(layer: readonly Cell[]): void {
  for (const [at, cell] of layer.entries()) cell.order = at;
}

function mean(cells: readonly Cell[], key: 'order' | 'y'): number | undefined {
  if (cells.length === 0) return undefined;
  let sum = 0;
  for (const cell of cells) sum += cell[key];
  return sum / cells.length;
}

/** Heights from 0, neighbours in a layer at least a row apart. Returns the height of all. */
export function placeCells(layers: readonly Cell[][], row: number): number {
  for (const layer of layers) for (const [at, cell] of layer.entries()) cell.y = at * row;
  for (let round = 0; round < ROUNDS; round++) {
    for (const layer of layers) settle(layer, row, (cell) => mean(cell.before, 'y'));
    for (const layer of layers.toReversed()) settle(layer, row, (cell) => mean(cell.after, 'y'));
  }
  const all = layers.flat();
  const top = all.reduce((least, { y }) => Math.min(least, y), Number.POSITIVE_INFINITY);
  for (const cell of all) cell.y = Math.round(cell.y - top);
  // rounding may have brought two a pixel too near
  for (const layer of layers) settle(layer, row, (cell) => cell.y);
  for (const cell of all) cell.y = Math.round(cell.y);
  const least = all.reduce((sum, { y }) => Math.min(sum, y), 0);
  for (const cell of all) cell.y -= least;
  return all.reduce((most, { y }) => Math.max(most, y + row), 0);
}

interface Block {
  start: number;
  size: number;
  /** Where its first cell wants to be, on the average of its cells. */
  wish: number;
}

/** Cells that would overlap move together, to the mean of what they wish (the pool of adjacent violators). */
function settle(layer: readonly Cell[], row: number, wishOf: (cell: Cell) => number | undefined): void {
  const blocks: Block[] = [];
  for (const [at, cell] of layer.entries()) {
    let block: Block = { start: at, size: 1, wish: wishOf(cell) ?? cell.y };
    for (let last = blocks.at(-1); last !== undefined && last.wish + last.size * row > block.wish; ) {
      const size = last.size + block.size;
      const wish = (last.wish * last.size + (block.wish - last.size * row) * block.size) / size;
      block = { start: last.start, size, wish };
      blocks.pop();
      last = blocks.at(-1);
    }
    blocks.push(block);
  }
  for (const { start, size, wish } of blocks) {
    for (let at = 0; at < size; at++) {
      const cell = layer[start + at];
      if (cell !== undefined) cell.y = wish + at * row;
    }
  }
}
