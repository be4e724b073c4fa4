import { faultOf } from './parts/pull-secret';

const encode = (text: string) => Buffer.from(text).toString('base64');

const secret = (content: unknown, type = 'kubernetes.io/dockerconfigjson') => ({ type, data: { '.dockerconfigjson': encode(JSON.stringify(content)) } });

const ECR = '118146679784.dkr.ecr.eu-central-1.amazonaws.com';

test.each([
  ['AWS\'s login at ECR', { auths: { [ECR]: { auth: encode('AWS:password') } } }],
  ['a login elsewhere', { auths: { 'registry.example': { auth: encode('user:password') } } }],
  ['a login in two fields', { auths: { 'registry.example': { username: 'user', password: 'password' } } }],
])('a kubelet pulls with %s', (_, content) => {
  expect(faultOf(secret(content))).toBeUndefined();
});

test.each([
  ['null', null],
  ['a text', 'auths'],
  ['an empty object', {}],
  ['null in place of logins', { auths: null }],
])('a kubelet finds no login in %s', (_, content) => {
  expect(faultOf(secret(content))).toBe('holds no login');
});

test('a kubelet finds no login in a Secret of another type, or without content', () => {
  expect(faultOf(secret({ auths: { [ECR]: { auth: encode('AWS:password') } } }, 'Opaque'))).toBe('holds no login');
  expect(faultOf({ type: 'kubernetes.io/dockerconfigjson' })).toBe('holds no login');
});

test.each<[string, string, unknown]>([
  ['somebody else\'s login', ECR, { auth: encode('user:password') }],
  ['no password', 'registry.example', { auth: encode('user:') }],
  ['null', 'registry.example', null],
])('%s at %s is no login', (_, host, login) => {
  expect(faultOf(secret({ auths: { other: { auth: encode('user:password') }, [host]: login } }))).toBe(`holds no login for ${host}`);
});
