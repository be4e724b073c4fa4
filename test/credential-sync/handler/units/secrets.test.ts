import { StageFailure } from '../../../../lib/credential-sync/handler/failure';
import { parseObject, readConnectorValue, readField, readRegistryKeys, readRunnerToken } from '../../../../lib/credential-sync/handler/secrets';
import { makeKeys, makeToken } from '../world';

const NOW = Date.UTC(2026, 0, 2);
const KEYS = makeKeys();

function failureOf(work: () => unknown): [string, string] {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(StageFailure);
    const { stage, reason, message, remedy } = error as StageFailure;
    expect(stage).toBe('secretsmanager');
    return [reason, `${message}: ${remedy}`];
  }
  throw new Error('nothing failed');
}

describe('a field', () => {
  test('is its text, trimmed', () => {
    expect(readField('{"a":" b\\n"}', 'a', 'arn')).toBe('b');
  });

  test.each(['', 'x', '[]', '["a"]', 'null', '1', '"a"'])('of %j is not there, because that is no object', (text) => {
    expect(failureOf(() => readField(text, 'a', 'arn'))).toEqual(['format', 'secret arn is not a JSON object: write it as JSON with the field a']);
  });

  test.each(['{}', '{"a":""}', '{"a":"  "}', '{"a":1}', '{"a":null}', '{"b":"x"}'])('of %j is not there', (text) => {
    expect(failureOf(() => readField(text, 'a', 'arn'))).toEqual(['format', 'secret arn has no text in the field a: give it the field a']);
  });

  test('of an object alone is looked for', () => {
    expect(parseObject('{"a":1}')).toEqual({ a: 1 });
    ['[]', 'null', '1', 'x'].forEach((text) => expect(parseObject(text)).toBeUndefined());
  });
});

describe('the value of a connector', () => {
  test('is the text or the field as it is', () => {
    expect(readConnectorValue(' pass word\n', undefined, 'arn')).toBe(' pass word\n');
    expect(readConnectorValue('{"a":" b "}', 'a', 'arn')).toBe(' b ');
    expect(readConnectorValue('\uFEFF{"a":" b "}\r\n', 'a', 'arn')).toBe(' b ');
    expect(readConnectorValue('{"a":"b\uFEFF"}', 'a', 'arn')).toBe('b\uFEFF');
  });

  test('that is empty is none', () => {
    expect(failureOf(() => readConnectorValue('', undefined, 'arn'))).toEqual(['format', 'secret arn is empty: put in the value that the connection is to have']);
  });
});

describe('keys of the registry', () => {
  const read = (keys: unknown) => readRegistryKeys(JSON.stringify(keys), 'arn');

  test('are read', () => {
    expect(read({ ...KEYS, more: 1 })).toEqual(KEYS);
    const shortest = { accessKeyId: `AKIA${'A'.repeat(12)}`, secretAccessKey: 'x'.repeat(16) };
    expect(read(shortest)).toEqual(shortest);
  });

  test.each<[string, Record<string, string>]>([
    ['a session token', { ...KEYS, sessionToken: 'x' }],
    ['the key id of a session', { ...KEYS, accessKeyId: KEYS.accessKeyId.replace('AKIA', 'ASIA') }],
  ])('with %s are refused', (_, keys) => {
    expect(failureOf(() => read(keys))).toEqual(['format', 'secret arn holds session credentials, whose registry token ends with the session: put in the long-lived keys from Collate']);
  });

  test.each(['AKI', 'akia1234567890123456', 'xAKIA1234567890123456', 'AKIA1234567890123456 x', `AKIA${'A'.repeat(11)}`, `AKIA${'A'.repeat(125)}`])('with key id %s are refused', (accessKeyId) => {
    expect(failureOf(() => read({ ...KEYS, accessKeyId }))).toEqual(['format', 'secret arn has no access key id in the field accessKeyId: put in the key id from Collate, which begins with AKIA']);
  });

  test.each(['x'.repeat(15), `${'x'.repeat(20)} x`, `"${'x'.repeat(20)}`, `${'x'.repeat(20)}"`])('with secret key %j are refused', (secretAccessKey) => {
    expect(failureOf(() => read({ ...KEYS, secretAccessKey }))).toEqual(['format', 'secret arn has no secret access key in the field secretAccessKey: put in the secret key from Collate, without quotes or spaces']);
  });
});

describe('the runner\'s token', () => {
  const remedy = 'put in the token that Collate shows for the runner, as it is';
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  test('is the text, or a field of it, with its end if it says one', () => {
    const [token, ending] = [makeToken(), makeToken({ exp: NOW / 1000 + 1 })];
    expect(readRunnerToken(token, undefined, 'arn', NOW)).toEqual({ text: token, expiresAt: undefined });
    expect(readRunnerToken(ending, undefined, 'arn', NOW)).toEqual({ text: ending, expiresAt: NOW + 1000 });
    expect(readRunnerToken(JSON.stringify({ jwt: token }), 'jwt', 'arn', NOW).text).toBe(token);
    expect(readRunnerToken(makeToken({ exp: 'never' }), undefined, 'arn', NOW).expiresAt).toBeUndefined();
  });

  test.each([0, -1])('that ended %d s from now is refused', (seconds) => {
    const end = NOW / 1000 + seconds;
    expect(failureOf(() => readRunnerToken(makeToken({ exp: end }), undefined, 'arn', NOW))).toEqual([
      'expired', `the token in secret arn expired at ${new Date(end * 1000).toISOString()}: renew the runner's token in Collate and put it in`,
    ]);
  });

  // No date is later than 8.64e15 ms after 1970.
  test.each<[string, number | undefined]>([
    ['8640000000000', 8.64e15], ['8640000000001', undefined], ['1e300', undefined], ['1e999', undefined],
  ])('whose exp is %s ends when a date can say it, and otherwise never', (exp, expiresAt) => {
    const token = `${part({})}.${Buffer.from(`{"exp":${exp}}`).toString('base64url')}.x`;
    expect(readRunnerToken(token, undefined, 'arn', NOW)).toEqual({ text: token, expiresAt });
  });

  test.each(['-8640000000000', '-8640000000001', '-1e999'])('whose exp is %s is refused as one that ended long ago', (exp) => {
    const token = `${part({})}.${Buffer.from(`{"exp":${exp}}`).toString('base64url')}.x`;
    expect(failureOf(() => readRunnerToken(token, undefined, 'arn', NOW))[1]).toContain('the token in secret arn expired at -271821-04-20T00:00:00.000Z');
  });

  test('in JSON without its field named is refused', () => {
    expect(failureOf(() => readRunnerToken('{"jwt":"x"}', undefined, 'arn', NOW))).toEqual(['format', 'secret arn is JSON and not the token itself: name the field that holds it with authTokenField']);
  });

  test('that is empty is refused', () => {
    expect(failureOf(() => readRunnerToken('', undefined, 'arn', NOW))).toEqual(['format', `secret arn is empty: ${remedy}`]);
  });

  test.each<[string, string]>([
    ['one part', part({})],
    ['two parts', `${part({})}.${part({})}`],
    ['four parts', `${part({})}.${part({})}.x.x`],
    ['no signature', `${part({})}.${part({})}.`],
    ['a header that is no object', `${part([])}.${part({})}.x`],
    ['a payload that is no object', `${part({})}.${part('x')}.x`],
    ['a header with a stray character in front', ` ${part({})}.${part({})}.x`],
    ['a payload with a stray character behind', `${part({})}.${part({})}=.x`],
  ])('of %s is refused', (_, token) => {
    expect(failureOf(() => readRunnerToken(token, undefined, 'arn', NOW))).toEqual(['format', `secret arn holds no JSON Web Token: ${remedy}`]);
  });
});
