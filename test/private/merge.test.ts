import * as fc from 'fast-check';
import { Values, inOrder, isMap, merge, valueAt } from '../../lib/private/merge';

const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string(), { maxLength: 3 }));
const values = fc.letrec<{ map: Values; value: unknown }>((tie) => ({
  map: fc.dictionary(fc.oneof(fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'toString'), fc.string({ maxLength: 4 })), tie('value'), { maxKeys: 5 }) as fc.Arbitrary<Values>,
  value: fc.oneof({ depthSize: 'small' }, leaf, tie('map')),
})).map;

/** Every path that ends in a value that is not a map. */
function leaves(map: Values, path: string[] = []): [string[], unknown][] {
  return Object.entries(map).flatMap(([key, value]) => isMap(value) ? leaves(value, [...path, key]) : [[[...path, key], value] as [string[], unknown]]);
}

test('the later map wins wherever it says something', () => {
  fc.assert(fc.property(values, values, (one, two) => {
    const merged = merge(one, two);
    leaves(two).forEach(([path, value]) => expect(valueAt(merged, path)).toEqual(value));
  }));
});

test('no key of the earlier map is lost where the later one says nothing of it or above it', () => {
  fc.assert(fc.property(values, values, (one, two) => {
    const merged = merge(one, two);
    leaves(one)
      .filter(([path]) => path.every((_, index) => valueAt(two, path.slice(0, index + 1)) === undefined || (index < path.length - 1 && isMap(valueAt(two, path.slice(0, index + 1))))))
      .forEach(([path, value]) => expect(valueAt(merged, path)).toEqual(value));
  }));
});

test('merging is the same in one go and step by step, and changes nothing it was given', () => {
  fc.assert(fc.property(values, values, values, (one, two, three) => {
    const before = JSON.stringify([one, two, three]);
    expect(merge(merge(one, two), three)).toEqual(merge(one, two, three));
    expect(JSON.stringify([one, two, three])).toBe(before);
  }));
});

test('a list keeps its places: what other languages give for null is null', () => {
  expect(merge({ list: [1, undefined, [undefined], { a: undefined, b: null }, 2] })).toStrictEqual({ list: [1, null, [null], { b: null }, 2] });
});

test('no key reaches the prototype of all objects', () => {
  merge(JSON.parse('{"__proto__":{"polluted":true}}'));
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test('the order of keys is the same whatever it was before, and nothing else changes', () => {
  const shuffled = (map: Values): Values => Object.fromEntries(Object.entries(map).reverse().map(([key, value]) => [key, isMap(value) ? shuffled(value) : value]));
  fc.assert(fc.property(values, (map) => {
    expect(JSON.stringify(inOrder(shuffled(map)))).toBe(JSON.stringify(inOrder(map)));
    expect(inOrder(map)).toEqual(map);
  }));
  expect(JSON.stringify(inOrder({ b: [{ d: 1, c: 2 }], a: {} }))).toBe('{"a":{},"b":[{"c":2,"d":1}]}');
});
