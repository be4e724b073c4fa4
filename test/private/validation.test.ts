import { Duration, Lazy } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { execFileSync } from 'child_process';
import * as fc from 'fast-check';
import { requireAnnotationKey, requireLabelKey, requireLabelValue } from '../../lib/private/labels';
import { isBefore, requireAgentId, requireConnectorSecretName, requireDuration, requireEndpoint, requireImageRepository, requireImageTag, requireNamespaceName, requireQuantity, requireReleaseName, requireServerHost, requireVersion, requireWholeMinutes } from '../../lib/private/validation';
import { CLUSTERS, FIRST_SYNC, addRunner, flatten, makeStack, only, renewalSchedule, synthesize } from '../helpers';
import { tries } from '../tries';

function passes(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

/** Words near what Kubernetes takes: mostly of its characters, of lengths around its limits. */
const near = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'abz019-'), maxLength: 70 }),
  fc.string({ unit: fc.constantFrom(...'a0-_.A /é\n'), maxLength: 6 }),
  fc.integer({ min: 1, max: 66 }).map((length) => 'a'.repeat(length)),
  fc.string({ maxLength: 20 }),
);

/** As apimachinery's IsDNS1123Label reads it, character by character. */
function isDnsLabel(text: string, longest = 63): boolean {
  const isAlphanumeric = (character: string) => (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
  return text.length >= 1 && text.length <= longest && isAlphanumeric(text[0]) && isAlphanumeric(text[text.length - 1])
    && [...text].every((character) => isAlphanumeric(character) || character === '-');
}

/** As IsDNS1123Subdomain does, whose labels may be as long as the whole. */
function isSubdomain(text: string): boolean {
  return text.length <= 253 && text.split('.').every((label) => isDnsLabel(label, 253));
}

/** As apimachinery's IsQualifiedName reads a name and what may stand in front of it. */
function isLabelKey(text: string): boolean {
  const parts = text.split('/');
  return parts.length <= 2 && isLabelName(parts[parts.length - 1]) && (parts.length === 1 || isSubdomain(parts[0]));
}

function isLabelName(text: string): boolean {
  const isAlphanumeric = (character: string) => /^[A-Za-z0-9]$/.test(character);
  return text.length >= 1 && text.length <= 63 && isAlphanumeric(text[0]) && isAlphanumeric(text[text.length - 1])
    && [...text].every((character) => isAlphanumeric(character) || '-_.'.includes(character));
}

const TOKEN = Lazy.string({ produce: () => 'x' });

/** Names of 253 and 254 characters, and whether they may be so long. */
const AROUND_253: [string, boolean][] = [[`${'a'.repeat(63)}.`.repeat(3) + 'a'.repeat(61), true], [`${'a'.repeat(63)}.`.repeat(3) + 'a'.repeat(62), false]];

/** To YAML, if it is not in quotes. */
const isText = (name: string) => Number.isNaN(Number(name)) && !['y', 'n', 'yes', 'no', 'on', 'off', 'true', 'false', 'null'].includes(name);

/** Names that may be numbers to YAML, or nearly. */
const numeric = fc.stringMatching(/^\d{1,4}(e-?\d{0,2}|x[\da-g]{0,3}|o[0-8]{0,3}|b[0-2]{0,3})?$/);

describe('a name', () => {
  test('of a namespace is taken exactly if Kubernetes and the CDK take it', () => {
    fc.assert(fc.property(fc.oneof(near, numeric), (name) => {
      // The CDK's service accounts take no namespace of one character.
      expect([name, passes(() => requireNamespaceName('namespace', name))]).toEqual([name, isDnsLabel(name) && name.length > 1 && isText(name)]);
    }), tries(3000));
  });

  test('of a release is taken exactly if Helm takes it without dots, and every name made of it fits', () => {
    const longestSuffix = '-ingestion-config';
    fc.assert(fc.property(fc.oneof(near, numeric, near.map((name) => `${name}hybrid-ingestion-runner`)), (name) => {
      const fullName = name.includes('hybrid-ingestion-runner') ? name : `${name}-hybrid-ingestion-runner`;
      const fits = name.length <= 53 && isDnsLabel(name) && isText(name) && `${fullName}${longestSuffix}`.length <= 63;
      expect([name, passes(() => requireReleaseName(name, 'hybrid-ingestion-runner'))]).toEqual([name, fits]);
    }), tries(3000));
  });

  test('of a host is taken exactly if each of its labels is one', () => {
    const isHost = (text: string) => text.length <= 253 && text.split('.').every((label) => isDnsLabel(label.toLowerCase()) && /^[\x00-\x7f]*$/.test(label));
    fc.assert(fc.property(fc.array(near, { minLength: 1, maxLength: 6 }).map((labels) => labels.join('.')), (host) => {
      expect([host, passes(() => requireServerHost(host))]).toEqual([host, isHost(host)]);
    }), tries(3000));
  });

  test('of a Secret is taken exactly if Kubernetes takes it, and it is free', () => {
    const isFree = (name: string) => !['taken', 'argowf-client-token'].includes(name) && !name.startsWith('sh.helm.release.v1.');
    fc.assert(fc.property(fc.oneof(fc.array(near, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.')), fc.constantFrom('taken', 'argowf-client-token', 'sh.helm.release.v1.a')), (name) => {
      const taken = isSubdomain(name) && isFree(name);
      expect([name, passes(() => requireConnectorSecretName(name, ['taken']))]).toEqual([name, taken]);
    }), tries(3000));
  });

  test('of a label or an annotation is taken exactly if Kubernetes takes it', () => {
    fc.assert(fc.property(fc.oneof(near, fc.array(near, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')), fc.tuple(near, near, near).map(([one, two, name]) => `${one}.${two}/${name}`)), (text) => {
      const taken = [() => requireLabelKey('keys', text), () => requireAnnotationKey('keys', text), () => requireLabelValue('value', text)].map(passes);
      expect([text, ...taken]).toEqual([text, isLabelKey(text), isLabelKey(text.toLowerCase()), text === '' || isLabelName(text)]);
    }), tries(3000));
  });

  test.each(AROUND_253)('in front of a label has at most 253 characters', (name, taken) => {
    expect(passes(() => requireLabelKey('keys', `${name}/a`))).toBe(taken);
  });

  test.each(AROUND_253)('of a Secret has at most 253 characters', (name, taken) => {
    expect(passes(() => requireConnectorSecretName(name, []))).toBe(taken);
  });

  test.each<[string, unknown, (name: never) => unknown, string]>([
    ['a token', TOKEN, (name) => requireConnectorSecretName(name, []), 'name must be a literal string, got a token: pass the value itself, not a CloudFormation parameter or reference'],
    ['a token', TOKEN, (name) => requireQuantity('memory', name), 'memory must be a literal string, got a token: pass the value itself, not a CloudFormation parameter or reference'],
    ['a number', 5, (name) => requireNamespaceName('namespace', name), 'namespace must be a string, got number'],
    ['one character', 'a', (name) => requireNamespaceName('namespace', name), 'namespace must be 2 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends, got "a"'],
  ])('of %s is refused with a text', (_, name, check, text) => {
    expect(() => check(name as never)).toThrow(new Error(text));
  });

  test.each(AROUND_253)('of a host has at most 253 characters', (host, taken) => {
    expect(passes(() => requireServerHost(host))).toBe(taken);
  });

  test('of a runner is printable ASCII that the chart can quote', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ maxLength: 130 }), fc.string({ unit: 'binary', maxLength: 8 }), fc.string({ unit: 'grapheme', maxLength: 8 })), (name) => {
      const taken = name.length >= 1 && name.length <= 128 && [...name].every((character) => character >= ' ' && character <= '~' && character !== '"' && character !== '\\')
        && !name.startsWith(' ') && !name.endsWith(' ') && !name.startsWith(':');
      expect([name, passes(() => requireAgentId(name))]).toEqual([name, taken]);
    }), tries(3000));
  });
});

describe('an endpoint', () => {
  test.each([
    ['argo:2746', true], ['https://argo.argo.svc:2746', true], ['http://argo:1', true], ['argo:65535', true], ['argo:01', true],
    ['argo', false], ['argo:', false], [':2746', false], ['argo:0', false], ['argo:65536', false], ['argo:2746/', false], ['ftp://argo:2746', false], ['ar go:2746', false], ['argo:27x', false], ['xhttps://argo:2746', false],
  ])('%s: %s', (endpoint, taken) => {
    expect(passes(() => requireEndpoint('endpoint', endpoint))).toBe(taken);
  });
});

describe('an image', () => {
  test.each([
    ['registry/runner', true], ['registry:5000/a/b', true], ['123456789012.dkr.ecr.us-east-1.amazonaws.com/collate/runner', true], ['r/a__b.c-d', true],
    ['runner', false], ['registry/runner:1', false], ['registry/runner@sha256:0', false], ['https://registry/runner', false], ['registry/Runner', false], ['registry//runner', false], ['registry/runner/', false], ['registry:500000/a', false], [' registry/runner', false],
  ])('repository %s: %s', (repository, taken) => {
    expect(passes(() => requireImageRepository('repository', repository))).toBe(taken);
  });

  test.each([
    ['1.13.3', true], ['_x', true], ['a'.repeat(128), true], [undefined, true],
    ['', false], ['.1', false], ['-1', false], ['a'.repeat(129), false], ['a b', false], ['a:b', false], ['1\n', false],
  ])('tag %j: %s', (tag, taken) => {
    expect(passes(() => requireImageTag('tag', tag))).toBe(taken);
  });
});

describe('a quantity', () => {
  test.each([
    ['1', true], ['0.5', true], ['500m', true], ['1k', true], ['1Ki', true], ['1M', true], ['1Mi', true], ['1G', true], ['1Gi', true], ['1T', true], ['1Ti', true], ['1P', true], ['1Pi', true], ['1E', true], ['1Ei', true], ['10.25Gi', true],
    ['', false], ['.5', false], ['1.', false], ['-1', false], ['1K', false], ['1mi', false], ['1 Gi', false], ['1GiB', false], ['x1', false], ['1e3', false],
  ])('%j: %s', (quantity, taken) => {
    expect(passes(() => requireQuantity('quantity', quantity))).toBe(taken);
  });
});

describe('a version', () => {
  const number = fc.nat({ max: 30 });
  const version = fc.tuple(number, number, number);

  test('comes before another exactly if its first different number is less', () => {
    fc.assert(fc.property(version, version, (one, other) => {
      const value = ([major, minor, patch]: number[]) => major * 10_000 + minor * 100 + patch;
      expect(isBefore(one.join('.'), other.join('.'))).toBe(value(one) < value(other));
    }));
  });

  test.each([
    ['1.13.3-rc.1', '1.13.3', true], ['1.13.3-rc.1', '1.13.2', false], ['1.13.2-rc.1', '1.13.3', true],
    ['1.13.3', '1.13.3-rc.1', false], ['1.13.3-rc.1', '1.13.3-rc.1', false], ['1.13.3+build', '1.13.3', false],
  ])('%s comes before %s: %s, because a pre-release comes before its release', (one, other, before) => {
    expect(isBefore(one, other)).toBe(before);
  });

  test.each([
    ['1.13.3', true], ['0.0.0', true], ['1.13.3-rc.1', true], ['1.13.3-0', true], ['1.13.3-a01', true], ['1.13.3--', true], ['1.13.3+01', true],
    ['1.13.3-..', false], ['1.13.3-01', false], ['1.13.3-a.', false], ['1.13.3+a..b', false], ['1.13.3+build-2', true], ['1.13.3-rc.1+build', true],
    ['1.13', false], ['v1.13.3', false], ['1.13.3.4', false], ['01.13.3', false], ['1.013.3', false], ['1.13.03', false], ['1.13.3-', false], ['1.13.3+', false], ['1.13.x', false], ['', false], [' 1.13.3', false], ['1.13.3 ', false],
  ])('%j: %s', (text, taken) => {
    expect(passes(() => requireVersion('version', text))).toBe(taken);
  });

  test('is told by its three numbers, and by whether it is a release', () => {
    expect(requireVersion('version', '10.20.30-rc.1')).toEqual([10, 20, 30, 0]);
    expect(requireVersion('version', '10.20.30')).toEqual([10, 20, 30, 1]);
  });
});

describe('a duration', () => {
  test('of half seconds is told with them', () => {
    expect(() => requireWholeMinutes('interval', Duration.millis(90_500))).toThrow(new Error('interval must be whole minutes, got 90.5 seconds'));
  });

  test('is taken exactly between its limits, both of them too', () => {
    const [least, most] = [Duration.minutes(15), Duration.hours(4)];
    fc.assert(fc.property(fc.integer({ min: 0, max: 20_000 }), (seconds) => {
      expect([seconds, passes(() => requireDuration('period', Duration.seconds(seconds), least, most, 'because'))]).toEqual([seconds, seconds >= 900 && seconds <= 14_400]);
    }), { numRuns: 500, examples: [[899], [900], [14_400], [14_401]] });
  });

  test('of renewal reaches the schedule as it is, whatever its unit', () => {
    fc.assert(fc.property(fc.integer({ min: 15, max: 240 }), (minutes) => {
      const schedule = renewalSchedule(synthesize({ renewalPeriod: Duration.seconds(minutes * 60) }));
      const [, value, unit] = /^rate\((\d+) (minute|hour)s?\)$/.exec(schedule.ScheduleExpression)!;
      expect(Number(value) * (unit === 'hour' ? 60 : 1)).toBe(minutes);
      expect(schedule.Target.RetryPolicy.MaximumEventAgeInSeconds).toBe(minutes * 60);
      // Of the runs before a token of twelve hours ends, all but the last may fail: four at two hours, one at four.
      expect(Math.ceil(720 / minutes) - 2).toBeGreaterThanOrEqual(1);
    }), { numRuns: 25, examples: [[15], [60], [61], [120], [240]] });
  });
});

describe('the request', () => {
  const agentId = fc.string({ minLength: 1, maxLength: 60 }).filter((name) => passes(() => requireAgentId(name)));
  const field = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((name) => name.trim() !== '');
  const odd: [string, string, string][] = [
    ['it\'s', '$(x) `y` "z"', '\'"\''],
    ['<aws.scheduler.scheduled-time>', '<aws.scheduler.execution-id>', '<$.detail>'],
    ['a & b; c | d', '\\u0027\\\'"', '\\'],
    ['!history', '%s\n\t${X}', '$.x'],
  ];

  test('is the same in the schedule, the rule, the first sync and a shell, for any name of a runner and any field', () => {
    fc.assert(fc.property(agentId, field, field, (name, authTokenField, connectorField) => {
      const stack = makeStack({ env: { account: '111122223333', region: 'eu-central-1' } });
      const runner = addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), { agentId: name, authTokenField, renewOnSecretChange: true });
      runner.addConnectorSecret('redshift', Secret.fromSecretNameV2(stack, 'Redshift', 'redshift'), { field: connectorField });
      const template = Template.fromStack(stack);
      const input = flatten(renewalSchedule(template).Target.Input);
      expect(flatten(only(template, FIRST_SYNC).Properties.Request)).toBe(input);
      expect(flatten(only(template, 'AWS::Events::Rule').Properties.Targets[0].Input)).toBe(input);
      // EventBridge Scheduler replaces its keywords in angle brackets.
      expect(input).not.toMatch(/[<>]/);
      expect(JSON.parse(input)).toMatchObject({
        agentId: name, namespace: 'hybrid-ingestion-runner', tokenSecret: { field: authTokenField }, connectorSecrets: [{ name: 'redshift', field: connectorField }],
      });

      const command = flatten(stack.resolve(runner.renewCommand));
      const words = execFileSync('sh', ['-c', `aws() { for word; do printf '%s\\0' "$word"; done; }; ${command}`], { encoding: 'utf8' }).split('\0');
      expect(words.slice(0, 2)).toEqual(['lambda', 'invoke']);
      expect(words[words.indexOf('--payload') + 1]).toBe(input);
    }), { numRuns: 25, examples: odd });
  });
});
