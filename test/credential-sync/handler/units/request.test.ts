import { readRequest, requireWorkload } from '../../../../lib/credential-sync/handler/request';

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:x';
const PULL_SECRET = {
  name: 'omd-registry-credentials', credentialsSecretArn: ARN, registryAccount: '118146679784', registryRegion: 'eu-west-1', registryHost: '118146679784.dkr.ecr.eu-west-1.amazonaws.com',
};
const TOKEN_SECRET = { name: 'hybrid-runner-token', key: 'token', secretArn: ARN };
const CONNECTOR_SECRET = { name: 'redshift-password', secretArn: ARN };
const WORKLOAD = { name: 'hybrid-ingestion-runner', serviceAccount: 'ingestion', roleArn: 'arn:aws:iam::111122223333:role/a/b', argoNamespace: 'argo' };
const REQUEST = {
  action: 'sync', agentId: 'aws-prod', namespace: 'collate', pullSecret: PULL_SECRET, tokenSecret: TOKEN_SECRET, connectorSecrets: [CONNECTOR_SECRET], workload: WORKLOAD,
};

const failure = (message: string) => new Error(`request: ${message}: send the request that the runner's renewCommand holds`);

test('a request is read as it is, and nothing else of it', () => {
  expect(readRequest({ ...REQUEST, more: 1 })).toEqual(REQUEST);
  expect(readRequest({ ...REQUEST, action: 'status' }).action).toBe('status');
  const least = { action: 'sync', agentId: 'aws-prod', namespace: 'collate', tokenSecret: TOKEN_SECRET };
  expect(readRequest(least)).toEqual(least);
  expect(readRequest({ ...REQUEST, workload: { name: 'x', serviceAccount: 'y' } }).workload).toEqual({ name: 'x', serviceAccount: 'y' });
  expect(readRequest({ ...REQUEST, connectorSecrets: [{ ...CONNECTOR_SECRET, field: 'f' }] }).connectorSecrets).toEqual([{ ...CONNECTOR_SECRET, field: 'f' }]);
  expect(readRequest({ ...REQUEST, tokenSecret: { ...TOKEN_SECRET, field: 'jwt' } }).tokenSecret.field).toBe('jwt');
});

test.each([
  [null, 'request must be an object'], ['sync', 'request must be an object'], [[REQUEST], 'request must be an object'], [undefined, 'request must be an object'],
  [{}, 'action must be "sync" or "status"'], [{ ...REQUEST, action: 'delete' }, 'action must be "sync" or "status"'],
  [{ ...REQUEST, pullSecret: null }, 'pullSecret must be an object'], [{ ...REQUEST, pullSecret: [] }, 'pullSecret must be an object'],
  [{ ...REQUEST, tokenSecret: undefined }, 'tokenSecret must be an object'],
  [{ ...REQUEST, connectorSecrets: {} }, 'connectorSecrets must be a list'], [{ ...REQUEST, connectorSecrets: ['x'] }, 'connectorSecrets must be an object'],
  [{ ...REQUEST, workload: null }, 'workload must be an object'],
])('%j is refused', (event, message) => {
  expect(() => readRequest(event)).toThrow(failure(message));
});

test.each<[string, unknown[]]>([
  ['agentId', [undefined, '', 1]],
  ['namespace', [undefined, '', 'A', 'a/b', '-a', 'a-', 'a'.repeat(64), 'a\n', '\na', 'a.b']],
])('%s is missing or malformed', (field, values) => {
  values.forEach((value) => expect(() => readRequest({ ...REQUEST, [field]: value })).toThrow(failure(`${field} is missing or malformed`)));
});

test.each<[string, unknown[]]>([
  ['name', [undefined, '', 'A', 'a/b', '.a', 'a.', 'a?b', 'a'.repeat(254)]],
  ['credentialsSecretArn', [undefined, '', 'x', `x${ARN}`, 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:', 'arn:aws:secretsmanager:eu-central-1:11112222333:secret:x', 'arn:aws:ssm:eu-central-1:111122223333:secret:x', 'arn::secretsmanager:eu-central-1:111122223333:secret:x', 'arn:aws:secretsmanager::111122223333:secret:x']],
  ['registryAccount', ['11814667978', '1181466797841', 'x18146679784', '118146679784x']],
  ['registryRegion', ['', 'eu/west', 'eu-west-1 ', ' eu-west-1']],
  ['registryHost', ['', 'a/b', 'A', ' a', 'a ']],
])('pullSecret.%s is missing or malformed', (field, values) => {
  values.forEach((value) => expect(() => readRequest({ ...REQUEST, pullSecret: { ...PULL_SECRET, [field]: value } })).toThrow(failure(`${field} is missing or malformed`)));
});

test.each<[string, unknown[]]>([
  ['name', [undefined, '', 'A b']],
  ['key', [undefined, '', 'a/b', 'a b', ' a', 'a ']],
  ['secretArn', [undefined, 'x']],
  ['field', ['', 1, null]],
])('tokenSecret.%s is missing or malformed', (field, values) => {
  values.forEach((value) => expect(() => readRequest({ ...REQUEST, tokenSecret: { ...TOKEN_SECRET, [field]: value } })).toThrow(failure(`${field} is missing or malformed`)));
});

test.each(['118146679784.dkr.ecr.eu-west-2.amazonaws.com', '218146679784.dkr.ecr.eu-west-1.amazonaws.com', 'x.118146679784.dkr.ecr.eu-west-1.amazonaws.com'])('registry host %s is of another registry', (registryHost) => {
  expect(() => readRequest({ ...REQUEST, pullSecret: { ...PULL_SECRET, registryHost } })).toThrow(failure('registryHost must be of account 118146679784 in eu-west-1'));
});

test('names of one character and of the greatest length, and ARNs of other partitions, are taken', () => {
  const names = ['a', `a${'-'.repeat(251)}a`];
  names.forEach((name) => expect(readRequest({ ...REQUEST, tokenSecret: { ...TOKEN_SECRET, name } }).tokenSecret.name).toBe(name));
  ['a', `a${'-'.repeat(61)}a`].forEach((namespace) => expect(readRequest({ ...REQUEST, namespace }).namespace).toBe(namespace));
  ['aws', 'aws-cn', 'aws-us-gov', 'aws-eusc'].forEach((partition) => {
    const [arn, roleArn] = [ARN, WORKLOAD.roleArn].map((text) => text.replace('arn:aws:', `arn:${partition}:`));
    expect(readRequest({
      ...REQUEST,
      pullSecret: { ...PULL_SECRET, credentialsSecretArn: arn },
      tokenSecret: { ...TOKEN_SECRET, secretArn: arn },
      connectorSecrets: [{ ...CONNECTOR_SECRET, secretArn: arn }],
      workload: { ...WORKLOAD, roleArn },
    })).toMatchObject({ pullSecret: { credentialsSecretArn: arn }, tokenSecret: { secretArn: arn }, connectorSecrets: [{ secretArn: arn }], workload: { roleArn } });
  });
});

test.each<[string, unknown[]]>([
  ['name', [undefined, 'A', 'a/b']],
  ['secretArn', [undefined, 'x']],
  ['field', ['', 1]],
])('connectorSecrets.%s is missing or malformed', (field, values) => {
  values.forEach((value) => expect(() => readRequest({ ...REQUEST, connectorSecrets: [CONNECTOR_SECRET, { ...CONNECTOR_SECRET, [field]: value }] })).toThrow(failure(`${field} is missing or malformed`)));
});

test.each<[string, unknown[]]>([
  ['name', [undefined, 'A', 'a/b', '-a']],
  ['serviceAccount', [undefined, 'A', 'a/b']],
  ['roleArn', ['', 'x', `x${WORKLOAD.roleArn}`, 'arn:aws:iam::11112222333:role/a', 'arn:aws:iam::111122223333:user/a', 'arn:aws:iam::111122223333:role/', 'arn::iam::111122223333:role/a']],
  ['argoNamespace', ['', 'A', 'a.b']],
])('workload.%s is missing or malformed', (field, values) => {
  values.forEach((value) => expect(() => readRequest({ ...REQUEST, workload: { ...WORKLOAD, [field]: value } })).toThrow(failure(`${field} is missing or malformed`)));
});

test('a status needs the workload', () => {
  const request = readRequest({ ...REQUEST, action: 'status' });
  expect(requireWorkload(request)).toEqual(request);
  expect(() => requireWorkload({ ...request, workload: undefined })).toThrow(failure('workload is missing, which status needs'));
});
