import { kubernetesError } from './kubernetes';
import { REGION, PULL_SECRET, TOKEN_SECRET, useWorld } from './world';

jest.setTimeout(60_000);
const world = useWorld();

const ARN = `arn:aws:secretsmanager:${REGION}:111122223333:secret:collate/redshift-AbCdEf`;
const SECRET = 'collate/redshift-password';

const sync = (field?: string) => world().invoke({ event: world().request({ connectorSecrets: [{ name: 'redshift-password', secretArn: ARN, field }] }) });

test.each([
  ['a password', 'correct horse battery staple'],
  ['spaces and newlines, which may belong to it', '  pass word\n'],
  ['characters of every kind', 'pässwörd € 🔑 "\'\\'],
])('%s is kept equal, as an Opaque Secret with the key value', async (_, SecretString) => {
  world().aws.secrets[ARN] = { SecretString };
  const { result, output } = await sync();
  const secret = world().kubernetes.secrets[SECRET];
  expect([secret.type, Object.keys(secret.data)]).toEqual(['Opaque', ['value']]);
  expect(world().kubernetes.read(SECRET, 'value')).toBe(SecretString);
  expect(result.connectorSecrets).toEqual([{ name: 'redshift-password', changed: true }]);
  expect(output).not.toContain(SecretString.trim());
});

test('a field of a JSON secret is taken', async () => {
  world().aws.secrets[ARN] = { SecretString: JSON.stringify({ username: 'admin', password: ' p ' }) };
  expect((await sync('password')).error).toBeUndefined();
  expect(world().kubernetes.read(SECRET, 'value')).toBe(' p ');
});

test('a change in Secrets Manager follows', async () => {
  world().aws.secrets[ARN] = { SecretString: 'one' };
  await sync();
  world().aws.secrets[ARN] = { SecretString: 'two' };
  await sync();
  expect(world().kubernetes.read(SECRET, 'value')).toBe('two');
});

test.each<[string, { SecretString?: string } | undefined, string | undefined, string]>([
  ['that does not exist', undefined, undefined, 'does not exist, or has no value yet'],
  ['that is empty', { SecretString: '' }, undefined, 'is empty'],
  ['that holds bytes', {}, undefined, 'holds bytes and no text'],
  ['without the field', { SecretString: '{}' }, 'password', 'has no text in the field password'],
])('a secret %s fails the sync and leaves the others to be written', async (_, secret, field, message) => {
  if (secret) {
    world().aws.secrets[ARN] = secret;
  }
  const { error } = await sync(field);
  expect(error?.message).toContain(`secretsmanager: secret ${ARN} ${message}`);
  expect(Object.keys(world().kubernetes.secrets).sort()).toEqual([TOKEN_SECRET, PULL_SECRET].sort());
});

test('a value that the API server repeats is not passed on', async () => {
  world().aws.secrets[ARN] = { SecretString: 'correct horse battery staple' };
  const { kubernetes } = world();
  const answer = kubernetes.answer.bind(kubernetes);
  kubernetes.answer = (request) => request.url.pathname.endsWith('/redshift-password') ? kubernetesError(422, 'invalid: "correct horse battery staple"') : answer(request);
  expect((await sync()).error?.message).toContain('Secret collate/redshift-password was refused: invalid: "[redacted]"');
});
