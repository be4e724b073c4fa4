import { Lazy } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { HybridRunnerOptions, RunnerImages } from '../../lib';
import { optionValues, ownedValues, spellOutAutomount } from '../../lib/private/chart-values';
import { Values, isMap, merge, valueAt } from '../../lib/private/merge';
import { refuseBrokenPairs, refuseOwnedKeys } from '../../lib/private/value-checks';
import { chartValues, synthesize } from '../helpers';
import { MAJORS } from './helm';
import { Release } from './rendering';

const OPTIONS: HybridRunnerOptions = { agentId: 'aws-prod', serverHost: 'acme.getcollate.io', podAnnotations: { a: 'option' }, ingestionEnvironment: { A: 'b' } };
const ROLE_ANNOTATION = ['config', 'ingestionPods', 'serviceAccount', 'annotations', 'eks.amazonaws.com/role-arn'];
/** With everything there is, so that no owned key is missing for want of a choice. */
const OWNED = ownedValues(OPTIONS, RunnerImages.fromMirror({ runnerRepository: 'registry.acme.io/runner', ingestionRepository: 'registry.acme.io/ingestion' }), {
  pullSecretName: 'pull', tokenSecretName: 'token', tokenSecretKey: 'token', serviceAccountName: 'ingestion', secretsManager: 'kubernetes',
  serviceAccountAnnotations: { [ROLE_ANNOTATION[4]]: 'arn' }, argoNamespace: 'argo',
});

/** Every path that ends in something that is not a map, or in an empty one. */
function leaves(value: unknown, path: string[] = []): [string[], unknown][] {
  return isMap(value) && Object.keys(value).length > 0 ? Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key])) : [[path, value]];
}

function at(path: string[], value: unknown): Values {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Values;
}

const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.oneof(fc.string(), fc.dictionary(fc.string(), fc.string())), { maxLength: 3 }));
const tree = (key: fc.Arbitrary<string>) => fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, fc.dictionary(key, tie('value'), { maxKeys: 4 })),
})).value;

/** Places of the chart that are a user's: whole sections, and neighbours of what the library sets. */
const places = fc.constantFrom(
  'podAnnotations', 'resources', 'service', 'extraEnvs', 'commonLabels', 'podDisruptionBudget', 'image.pullPolicy', 'argoWorkflows.controller.resources', 'argoWorkflows.server.resources',
  'config.reconnectDelaySeconds', 'config.useSecureProtocols', 'config.argoWorkflows.backoffTime', 'config.ingestionPods.extraEnvs', 'config.ingestionPods.resources',
  'config.ingestionPods.automountSAToken', 'config.ingestionPods.serviceAccount.automount', 'config.ingestionPods.customConfig',
);
const anyKey = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('__proto__', 'constructor', 'toString', 'a.b'));
const plainKey = fc.stringMatching(/^[a-z]{1,8}$/);

/** Values that a user may give: some in the chart's own places, some under keys that the chart does not know. */
const userValues = (key: fc.Arbitrary<string>) => fc.tuple(fc.array(fc.tuple(places, tree(key)), { maxLength: 5 }), fc.dictionary(key.map((name) => `x${name}`), tree(key), { maxKeys: 3 }))
  .map(([placed, free]) => merge(free, ...placed.map(([place, value]) => at(place.split('.'), value))));

function keepsEverything(given: Values, final: Values): void {
  for (const [path, value] of leaves(merge(given, spellOutAutomount(given)))) {
    const found = valueAt(final, path);
    // An empty map says only that there is a map.
    expect([path, isMap(value) ? isMap(found) : found]).toEqual([path, isMap(value) ? true : value]);
  }
}

test('merging loses no key of the user, and what the library owns always wins', () => {
  fc.assert(fc.property(userValues(anyKey), (given) => {
    refuseOwnedKeys(given);
    const before = JSON.stringify(given);
    const final = merge(optionValues(OPTIONS), given, spellOutAutomount(given), OWNED);
    keepsEverything(given, final);
    leaves(OWNED).forEach(([path, value]) => expect([path, valueAt(final, path)]).toEqual([path, value]));
    expect(JSON.stringify(given)).toBe(before);
  }), { numRuns: 1000 });
});

test('the same comes through the template', () => {
  fc.assert(fc.property(userValues(plainKey), (given) => {
    const breaksChart = (): boolean => {
      try {
        refuseBrokenPairs(given);
        return false;
      } catch {
        return true;
      }
    };
    fc.pre(!breaksChart());
    const owned = chartValues(synthesize()) as Values;
    const final = chartValues(synthesize({ values: given })) as Values;
    keepsEverything(given, final);
    leaves(OWNED).filter(([path]) => valueAt(owned, path) !== undefined).forEach(([path]) => expect([path, valueAt(final, path)]).toEqual([path, valueAt(owned, path)]));
  }), { numRuns: 10 });
});

test('whatever the library sets, its user cannot, nor replace a map around it', () => {
  const paths = leaves(OWNED).map(([path]) => path);
  expect(paths).toContainEqual(ROLE_ANNOTATION);
  fc.assert(fc.property(fc.constantFrom(...paths), fc.nat({ max: 5 }), leaf, userValues(anyKey), (path, depth, value, others) => {
    const refused = path.slice(0, Math.max(1, path.length - depth));
    expect(() => refuseOwnedKeys(merge(others, at(refused, value)))).toThrow(/^values must not set [\w./-]+, which belongs to this library: use the property \w+$/);
  }), { numRuns: 1000 });
});

test('a value that is not known yet stands for a whole map', () => {
  const later = Lazy.any({ produce: () => ({ a: 1 }) });
  expect(merge({ map: { b: 2 } }, { map: later })).toEqual({ map: later });
});

/** Printable text that the library takes. */
const variable = fc.string({ unit: fc.constantFrom(...Array.from({ length: 0xff - 0x20 }, (_, index) => String.fromCharCode(index + 0x20)).filter((character) => !/[,'[\]\x7f-\x9f]/.test(character)), 'ё', '漢', '{{', '${'), maxLength: 20 });
const variables = Object.fromEntries(fc.sample(variable, { numRuns: 300, seed: 1 }).map((value, index) => [`V${index}`, value]));

describe('variables of the ingestion pods', () => {
  let release: Release;
  beforeAll(() => {
    release = Release.of(() => ({ ingestionEnvironment: variables }));
  });

  test.each(MAJORS)('%s passes on any printable text', (major) => {
    const list = release.rendered(major).environment.INGESTION_EXTRA_ENVS!;
    expect(list.slice(1, -1).split(',').sort()).toEqual(Object.entries(variables).map(([name, value]) => `${name}:${value}`).sort());
  });
});
