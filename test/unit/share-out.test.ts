/** How the room of the machines is shared among worker classes. */
import { expect, test } from 'vitest';
import { shareOut } from '../../controller/deployment/share-out.ts';

const small = { workerClass: 'small', needs: { cpu: 1, gpu: 0, memory_gb: 1 } };
const large = { workerClass: 'large', needs: { cpu: 4, gpu: 0, memory_gb: 16 } };
const graphic = { workerClass: 'graphic', needs: { cpu: 1, gpu: 1, memory_gb: 4 } };

test('one of each, then one more of each in turn while there is room', () => {
  const counts = shareOut([small, large], { cpu: 11, gpu: 0, memory_gb: 64 });
  expect([...counts]).toEqual([
    ['small', 3],
    ['large', 2],
  ]);
});

test('what bounds is what there is least of', () => {
  expect(shareOut([small], { cpu: 100, gpu: 0, memory_gb: 2.5 }).get('small')).toBe(2);
  expect(shareOut([graphic, small], { cpu: 4, gpu: 1, memory_gb: 64 })).toEqual(
    new Map([
      ['graphic', 1],
      ['small', 3],
    ]),
  );
});

test('never more than is wanted', () => {
  expect(shareOut([small], { cpu: 100, gpu: 0, memory_gb: 100 }, 4).get('small')).toBe(4);
});

test('no room for one of each is refused, with what each needs and what there is', () => {
  expect(() => shareOut([small, large], { cpu: 4, gpu: 0, memory_gb: 64 })).toThrow(
    'no room for one worker of each class: small 1 CPU, 1 GB; large 4 CPU, 16 GB; in all there may be used 4 CPU, 64 GB',
  );
  expect(() => shareOut([graphic], { cpu: 4, gpu: 0, memory_gb: 64 })).toThrow('1 GPU');
});
