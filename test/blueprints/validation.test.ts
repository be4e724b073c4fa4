import { Lazy } from 'aws-cdk-lib';
import { requireAddOnId, requireImageSource, requireSecretName } from '../../lib/blueprints/validation';

describe('an id', () => {
  test.each(['a', 'Z9', 'HybridRunner', 'finance-2', 'a--b'])('%j is taken as it is', (id) => {
    expect(requireAddOnId(id)).toBe(id);
  });

  test.each(['', '9', '-a', 'a-', 'a_b', ' a', 'a ', 'a\n', 'é'])('%j is refused', (id) => {
    expect(() => requireAddOnId(id)).toThrow(new Error(`id must be letters, digits and hyphens, with a letter in front and no hyphen at the end, got ${JSON.stringify(id)}`));
  });
});

describe('the name of a secret', () => {
  const refusal = (got: string) => new Error(`authTokenSecretName must be the name of a secret in Secrets Manager, of letters, digits and /_+=.@-, such as "collate/runner-token", never its value, got ${got}`);

  test.each(['a', 'aZ09/_+=.@-', 'x'.repeat(512), 'eyJ.a', 'eyJ.a.b.c', 'x.eyJ.a.b', 'team.eyJa.b', Lazy.string({ produce: () => 'a b' })])('%s is taken', (name) => {
    expect(() => requireSecretName('authTokenSecretName', name)).not.toThrow();
  });

  test.each(['', 'x'.repeat(513), 'a b', ' a', 'a ', 'a:b', 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln', 'eyJ..'])('%s is refused without a word of it', (name) => {
    expect(() => requireSecretName('authTokenSecretName', name)).toThrow(refusal(`${name.length} characters that are not a secret name`));
  });

  test('an ARN is told as one, and what is no text by its type', () => {
    expect(() => requireSecretName('authTokenSecretName', 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:a')).toThrow(refusal('an ARN'));
    expect(() => requireSecretName('authTokenSecretName', 'x-arn:a')).toThrow(refusal('7 characters that are not a secret name'));
    expect(() => requireSecretName('authTokenSecretName', 7 as never)).toThrow(new Error('authTokenSecretName must be the name of a secret in Secrets Manager, got number'));
  });
});

describe('the source of the images', () => {
  const props = { agentId: 'a', serverHost: 'a.example.com', authTokenSecretName: 'a' };
  const [images, registry, ecrCredentialsSecretName] = [{} as never, {}, 'keys'];

  test.each([{ images }, { ecrCredentialsSecretName }, { ecrCredentialsSecretName, registry }])('is one of the two: %j', (source) => {
    expect(() => requireImageSource({ ...props, ...source })).not.toThrow();
  });

  test.each<[object, string]>([
    [{}, 'ecrCredentialsSecretName must be given: '],
    [{ registry }, 'ecrCredentialsSecretName must be given: '],
    [{ ecrCredentialsSecretName, images }, 'ecrCredentialsSecretName and images must not both be given: '],
    [{ registry, images }, 'registry and images must not both be given: '],
    [{ ecrCredentialsSecretName: '' }, 'ecrCredentialsSecretName must be the name of a secret'],
  ])('is not %j', (source, message) => {
    expect(() => requireImageSource({ ...props, ...source })).toThrow(message);
  });
});
