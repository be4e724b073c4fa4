import { spawnSync } from 'child_process';
import { Match } from 'aws-cdk-lib/assertions';
import { addRunner } from '../../bin/app';
import { ROOT, makeApp, synthesizeApp } from './helpers';

test.each<[Record<string, unknown>, string]>([
  [{ agentID: 'aws-prod' }, 'context value agentID is not known: did you mean agentId?'],
  [{ serverhost: 'x.example.com' }, 'context value serverhost is not known: did you mean serverHost?'],
  [{ pathPrefixes: '/data' }, 'context value pathPrefixes is not known: did you mean pathPrefix?'],
  [{ agentId: '' }, 'context value agentId must be a text that is not empty, got an empty one: set -c agentId=…'],
  [{ agentId: 5 }, 'context value agentId must be a text that is not empty, got a value of type number: set -c agentId=…'],
  [{ secretsStore: 'vault' }, 'context value secretsStore must be aws or kubernetes, got "vault"'],
  [{ clusterVersion: '1.28' }, 'context value clusterVersion must be a Kubernetes version from 1.29 to 1.36, for which there is a kubectl, got "1.28"'],
  [{ clusterVersion: '1.37' }, 'context value clusterVersion must be a Kubernetes version from 1.29 to 1.36, for which there is a kubectl, got "1.37"'],
  [{ clusterVersion: 'v1.35' }, 'context value clusterVersion must be a Kubernetes version from 1.29 to 1.36, for which there is a kubectl, got "v1.35"'],
  [{ stackName: 'a_b' }, 'context value stackName must be 1 to 128 letters, digits and hyphens, with a letter in front, got "a_b"'],
  [{ stackName: 'a'.repeat(129) }, `context value stackName must be 1 to 128 letters, digits and hyphens, with a letter in front, got "${'a'.repeat(129)}"`],
  [{ clusterName: 'a/b' }, 'context value clusterName must be the name of an EKS cluster, got "a/b"'],
  [{ account: '1234' }, 'context value account must be an AWS account of 12 digits, got "1234"'],
  [{ clusterName: 'data', authTokenSecretName: 'eyJhbGciOi.eyJzdWIi.c2ln' }, 'authTokenSecretName must be the name of a secret in Secrets Manager, of letters, digits and /_+=.@-, such as "collate/runner-token", never its value, got 24 characters that are not a secret name'],
  [{ authTokenSecretName: 'a b' }, 'authTokenSecretName must be the name of a secret in Secrets Manager, of letters, digits and /_+=.@-, such as "collate/runner-token", never its value, got 3 characters that are not a secret name'],
  [{ clusterName: 'data', ecrCredentialsSecretName: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:keys-AbCdEf' }, 'ecrCredentialsSecretName must be the name of a secret in Secrets Manager, of letters, digits and /_+=.@-, such as "collate/runner-token", never its value, got an ARN'],
  [{ region: 'frankfurt' }, 'context value region must be an AWS region such as eu-central-1, got "frankfurt"'],
  [{ clusterName: 'data', installAgent: 'yes' }, 'context value installAgent must be true or false, got "yes"'],
  [{ installAgent: 'true' }, 'context value installAgent needs clusterName: the new cluster runs in Auto Mode, which has the Pod Identity agent built in'],
  [{ secretsStore: 'kubernetes', pathPrefix: '/data' }, 'context value pathPrefix needs secretsStore=aws: Kubernetes Secrets have no path'],
  [{ argoWorkflows: 'instal' }, 'context value argoWorkflows must be install, none, or host:port of an Argo Workflows that is there, got "instal"'],
  [{ clusterName: 'data', argoWorkflows: 'argo:0' }, 'argoWorkflows.endpoint must be host:port, such as "argo-workflows-server.argo.svc:2746", got "argo:0"'],
  [{ serverHost: 'https://acme.getcollate.io' }, 'serverHost must be a host name without protocol, port or path, got "https://acme.getcollate.io": use "acme.getcollate.io"'],
])('%j is refused with one sentence', async (context, sentence) => {
  await expect(addRunner(makeApp(context))).rejects.toThrow(new Error(sentence));
});

test.each(['1.29', '1.36'])('Kubernetes %s is taken, with a kubectl for it', async (clusterVersion) => {
  const { template } = await synthesizeApp({ clusterName: 'data', clusterVersion });
  template.hasResourceProperties('AWS::Lambda::LayerVersion', { Description: Match.stringLikeRegexp(`kubectl.* ${clusterVersion.replace('.', '\\.')}`) });
});

test('values of the CDK and of others are left alone', async () => {
  const context = { 'clusterName': 'data', '@aws-cdk/core:bootstrapQualifier': 'x', 'availability-zones:account=1:region=a': [], 'team': 'data', 'vpc': 'vpc-1' };
  await expect(addRunner(makeApp(context))).resolves.toBeDefined();
});

describe('as a program', () => {
  const run = (command: string[], env: Record<string, string> = {}) =>
    spawnSync(process.execPath, command, { cwd: ROOT, encoding: 'utf8', env: { ...process.env, ...env } });

  test('the app says the sentence on stderr, without a stack trace, and ends with 1', () => {
    const { status, stdout, stderr } = run(['bin/collate-hybrid-runner.js'], {
      CDK_CONTEXT_JSON: JSON.stringify({ clusterName: 'data', serverHost: 'https://acme.getcollate.io' }),
    });
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: '',
      stderr: 'collate-hybrid-runner: serverHost must be a host name without protocol, port or path, got "https://acme.getcollate.io": use "acme.getcollate.io"\n',
    });
  });

  test('with --debug of the CDK the stack trace is there', () => {
    const { status, stderr } = run(['bin/collate-hybrid-runner.js'], { CDK_DEBUG: 'true', CDK_CONTEXT_JSON: '{"region":"x"}' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^Error: context value region must be .*\n {4}at /);
  });

  test('npm run synth says the sentence and nothing else', () => {
    const { status, stdout, stderr } = run(['scripts/synth.mjs', '-c', 'agentID=aws-prod']);
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: '', stderr: 'collate-hybrid-runner: context value agentID is not known: did you mean agentId?\n' });
  });
});
