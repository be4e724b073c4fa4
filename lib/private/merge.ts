import { Token } from 'aws-cdk-lib';

/** A value of the chart's values, at any depth. */
export type Values = Record<string, unknown>;

/** Whether a value is a map whose keys can be merged; tokens and class instances are not. */
export function isMap(value: unknown): value is Values {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Token.isUnresolved(value)) {
    return false;
  }
  // Not by identity: other realms, such as that of structuredClone in a test, have a prototype of their own.
  const prototype: object | null = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Merges maps key by key, later ones win; all else is replaced as a whole. Leaves its arguments as they are. */
export function merge(...all: Values[]): Values {
  const result: Values = {};
  for (const values of all) {
    for (const [key, value] of Object.entries(values)) {
      const present = Object.prototype.hasOwnProperty.call(result, key) ? result[key] : undefined;
      const merged = isMap(value) ? merge(isMap(present) ? present : {}, value) : copy(value);
      if (merged !== undefined) {
        Object.defineProperty(result, key, { value: merged, enumerable: true, configurable: true, writable: true });
      }
    }
  }
  return result;
}

function copy(value: unknown): unknown {
  if (Array.isArray(value)) {
    // Other languages give their null as undefined, which the CDK leaves out, and with it the place of what follows.
    return value.map((item) => item === undefined ? null : copy(item));
  }
  return isMap(value) ? merge(value) : value;
}

/**
 * The same with the keys of all maps in order: maps of other languages keep none, or another one with every run, and a
 * template must not change by it.
 */
export function inOrder<T>(value: T): T;
export function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => inOrder(item));
  }
  return isMap(value) ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, inOrder(value[key])])) : value;
}

/** The value at a path, or undefined. */
export function valueAt(values: Values, path: string[]): unknown {
  return path.reduce<unknown>((value, key) => isMap(value) && Object.prototype.hasOwnProperty.call(value, key) ? value[key] : undefined, values);
}

/** Calls back for every key of a map, and for every value that is neither map nor list, with its path: a key may hold a secret too. */
export function forEachLeaf(value: unknown, visit: (leaf: unknown, path: string[]) => void, path: string[] = []): void {
  if (Array.isArray(value) && !Token.isUnresolved(value)) {
    value.forEach((item, index) => forEachLeaf(item, visit, [...path, String(index)]));
  } else if (isMap(value)) {
    Object.entries(value).forEach(([key, item]) => {
      visit(key, [...path, key]);
      forEachLeaf(item, visit, [...path, key]);
    });
  } else {
    visit(value, path);
  }
}
