import { ARGO_DEFINITIONS } from '../../../../lib/credential-sync/contract';
import { checkArgoDefinitions, checkDeployment, checkServiceAccount } from '../../../../lib/credential-sync/handler/workload-checks';
import { Api, ApiAnswer, refusal } from './api';

jest.mock('../../../../lib/credential-sync/handler/api-server', () => ({ ...jest.requireActual('../../../../lib/credential-sync/handler/api-server'), send: jest.fn() }));

describe('a Deployment', () => {
  const check = (answer: ApiAnswer) => checkDeployment(new Api([answer]).kubernetes, 'collate', 'runner', { missing: 'make it', unready: 'look at it' });
  const condition = (type: string, status: string, message?: string) => ({ type, status, message });
  const deployment = (status: object = {}, spec: object | undefined = { replicas: 2 }, generation?: number) => ({ body: { metadata: { generation }, spec, status: { availableReplicas: 2, updatedReplicas: 2, ...status } } });

  test('is looked at', async () => {
    const api = new Api([deployment()]);
    await checkDeployment(api.kubernetes, 'collate', 'runner', { missing: '', unready: '' });
    expect(api.calls).toEqual([{ method: 'GET', path: '/apis/apps/v1/namespaces/collate/deployments/runner' }]);
    await expect(check(refusal(403))).rejects.toThrow('Deployment collate/runner may not be looked at');
  });

  test.each<[string, ApiAnswer, string]>([
    ['with its pods', deployment(), '2 of 2 pods ready'],
    ['that wants one', deployment({ availableReplicas: 1, updatedReplicas: 1 }, {}), '1 of 1 pods ready'],
    ['without a spec', { body: { status: { availableReplicas: 1, updatedReplicas: 1 } } }, '1 of 1 pods ready'],
    ['with more than it wants', deployment({ availableReplicas: 3, updatedReplicas: 3 }), '3 of 2 pods ready'],
    ['that goes on', deployment({ conditions: [condition('Progressing', 'True', 'x'), condition('ReplicaFailure', 'False', 'y'), condition('Available', 'False', 'z')] }), '2 of 2 pods ready'],
    ['with pods to be made anew', deployment({ updatedReplicas: 1 }), '2 of 2 pods ready, an update is on its way'],
    ['that was changed and not seen yet', deployment({ observedGeneration: 1 }, { replicas: 2 }, 2), '2 of 2 pods ready, an update is on its way'],
    ['that was changed and seen', deployment({ observedGeneration: 2 }, { replicas: 2 }, 2), '2 of 2 pods ready'],
  ])('%s passes', async (_, answer, seen) => {
    expect(await check(answer)).toEqual({ state: 'passed', seen });
  });

  test.each<[string, ApiAnswer, string, string]>([
    ['that is missing', refusal(404), 'Deployment runner does not exist', 'make it'],
    ['that wants none', deployment({}, { replicas: 0 }), 'scaled to no pods', 'scale Deployment runner up, or deploy with replicas above 0'],
    ['without a pod', { body: {} }, '0 of 1 pods ready', 'look at it'],
    ['with one too few', deployment({ availableReplicas: 1 }), '1 of 2 pods ready', 'look at it'],
    ['with one too few, and why', deployment({ availableReplicas: 1, conditions: [condition('Other', 'False', 'x'), condition('Available', 'True', 'y'), condition('Available', 'False', 'too few')] }), '1 of 2 pods ready: too few', 'look at it'],
    ['that got stuck', deployment({ conditions: [condition('Available', 'False', 'x'), condition('Progressing', 'False', 'too late')] }), '2 of 2 pods ready: too late', 'look at it'],
    ['that may make no pods', deployment({ conditions: [condition('ReplicaFailure', 'True', 'quota')] }), '2 of 2 pods ready: quota', 'look at it'],
    ['that got stuck for what has a value in it', deployment({ conditions: [condition('Progressing', 'False', `denied:\n${'dmFsdWU+'.repeat(9)}`)] }), '2 of 2 pods ready: denied: [redacted]', 'look at it'],
    ['that got stuck without a word', deployment({ conditions: [condition('Progressing', 'False')] }), '2 of 2 pods ready', 'look at it'],
  ])('%s fails', async (_, answer, seen, remedy) => {
    expect(await check(answer)).toEqual({ state: 'failed', seen, remedy });
  });
});

describe('a service account', () => {
  const ROLE = 'arn:aws:iam::111122223333:role/a';
  const account = (role?: string): ApiAnswer => ({ body: { metadata: { annotations: { 'eks.amazonaws.com/role-arn': role } } } });
  const review = (allowed?: boolean): ApiAnswer => ({ status: 201, body: { status: { allowed } } });
  const remedy = 'deploy the stack with another value of reapply, which has the chart make it';
  const rights = { state: 'failed', seen: 'service account ingestion may not read the Secrets of the namespace', remedy: 'delete its Role and RoleBinding if they are there, then deploy the stack with another value of reapply, which has the chart make them' };
  const well = { state: 'passed', seen: 'exists, and may read the Secrets of the namespace' };

  test('is looked at, and its rights are asked for', async () => {
    const api = new Api([account(), review(true)]);
    await checkServiceAccount(api.kubernetes, 'collate', { name: 'runner', serviceAccount: 'ingestion' });
    expect(api.calls).toEqual([
      { method: 'GET', path: '/api/v1/namespaces/collate/serviceaccounts/ingestion' },
      { method: 'POST', path: '/apis/authorization.k8s.io/v1/namespaces/collate/localsubjectaccessreviews', body: { contentType: 'application/json', text: expect.any(String) } },
    ]);
    expect(api.body(1)).toEqual({
      apiVersion: 'authorization.k8s.io/v1', kind: 'LocalSubjectAccessReview', metadata: { namespace: 'collate' },
      spec: {
        user: 'system:serviceaccount:collate:ingestion', groups: ['system:serviceaccounts', 'system:serviceaccounts:collate', 'system:authenticated'],
        resourceAttributes: { namespace: 'collate', verb: 'get', resource: 'secrets' },
      },
    });
  });

  test.each<[string, ApiAnswer[], string | undefined, object]>([
    ['with its rights', [account(), review(true)], undefined, well],
    ['with its role', [account(ROLE), review(true)], ROLE, well],
    ['with a role that nobody asked for', [account(ROLE), review(true)], undefined, well],
    ['that is missing', [refusal(404)], undefined, { state: 'failed', seen: 'service account ingestion does not exist', remedy }],
    ['without its role', [account()], ROLE, { state: 'failed', seen: `service account ingestion is annotated with no role, and should be with ${ROLE}`, remedy: `delete it, then ${remedy}` }],
    ['without any annotation', [{ body: { metadata: {} } }], ROLE, { state: 'failed', seen: `service account ingestion is annotated with no role, and should be with ${ROLE}`, remedy: `delete it, then ${remedy}` }],
    ['without metadata', [{}], ROLE, { state: 'failed', seen: `service account ingestion is annotated with no role, and should be with ${ROLE}`, remedy: `delete it, then ${remedy}` }],
    ['with another role', [account('other')], ROLE, { state: 'failed', seen: `service account ingestion is annotated with role other, and should be with ${ROLE}`, remedy: `delete it, then ${remedy}` }],
    ['without its rights', [account(), review(false)], undefined, rights],
    ['of which nothing is said', [account(), {}], undefined, rights],
    ['whose rights nobody knows', [account(), refusal(404)], undefined, rights],
  ])('%s', async (_, answers, roleArn, finding) => {
    expect(await checkServiceAccount(new Api(answers).kubernetes, 'collate', { name: 'runner', serviceAccount: 'ingestion', roleArn })).toEqual(finding);
  });

  test('that may not be looked at', async () => {
    const check = (...answers: ApiAnswer[]) => checkServiceAccount(new Api(answers).kubernetes, 'collate', { name: 'runner', serviceAccount: 'ingestion' });
    await expect(check(refusal(403))).rejects.toThrow('service account ingestion in collate may not be looked at');
    await expect(check(account(), refusal(403))).rejects.toThrow('the rights of service account ingestion may not be looked at');
  });
});

describe('definitions of Argo Workflows', () => {
  const names = ARGO_DEFINITIONS.map((name) => ({ name: name.replace('.argoproj.io', '') }));
  const remedy = 'deploy the stack with another value of reapply, which has the chart make them';

  test('are asked for by what is served', async () => {
    const api = new Api([{ body: { resources: names } }]);
    expect(await checkArgoDefinitions(api.kubernetes)).toEqual({ state: 'passed', seen: 'all 8 are established' });
    expect(api.calls).toEqual([{ method: 'GET', path: '/apis/argoproj.io/v1alpha1' }]);
    await expect(checkArgoDefinitions(new Api([refusal(403)]).kubernetes)).rejects.toThrow('the resources of argoproj.io may not be looked at');
  });

  test.each<[string, ApiAnswer, object]>([
    ['two are missing', { body: { resources: names.slice(2) } }, { state: 'failed', seen: '6 of 8 are established, without clusterworkflowtemplates.argoproj.io, cronworkflows.argoproj.io', remedy }],
    ['all are missing', refusal(404), { state: 'failed', seen: `0 of 8 are established, without ${ARGO_DEFINITIONS.join(', ')}`, remedy }],
    ['nothing is listed', {}, { state: 'unknown', seen: 'the API server does not list the resources of argoproj.io', remedy: 'the next check tries again' }],
  ])('of which %s', async (_, answer, finding) => {
    expect(await checkArgoDefinitions(new Api([answer]).kubernetes)).toEqual(finding);
  });
});
