/**
 * Reading of one element of a typed array. The compiler counts every indexed read as possibly undefined;
 * loops over samples stay within bounds, so the one cast for all of them stands here. The innermost loops
 * write `values[index] ?? 0` instead: it costs nothing, also where a call into another module is not inlined.
 */

/** `values[index]`, for an index that is known to be in range. */
export function at(values: Float64Array, index: number): number {
  return values[index] as number;
}

/** The first index whose value is not below `limit`, in ascending values; their count when there is none. */
export function lowerBound(ascending: Float64Array, limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (at(ascending, middle) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The middle value of the finite ones (the mean of the two middle ones); NaN of none. */
export function median(values: Float64Array): number {
  const sorted = values.filter(Number.isFinite).sort();
  const half = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? at(sorted, half) : (at(sorted, half - 1) + at(sorted, half)) / 2;
}
