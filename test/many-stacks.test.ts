import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { CredentialSync, IngestionIdentity, RunnerCluster, RunnerImages, RunnerMonitoring } from '../lib';
import { CLUSTERS, addRunner, another, warnings } from './helpers';
import { LONGEST_INLINE_POLICIES, LONGEST_MANAGED_POLICY, MOST_MANAGED_POLICIES, deployedLength } from './iam-quotas';

type MakeSecret = (stack: Stack, id: string) => ISecret;
const NAMED: MakeSecret = (stack, id) => Secret.fromSecretNameV2(stack, id, `collate/secret-of-runner-${id}`);

/** Runners in several stacks, by one credential sync in a stack of its own. */
function synthesize(runnersOfStacks: number[], makeSecret: MakeSecret = NAMED, clusterName = 'imported aws-eks-v2') {
  const app = new App();
  const shared = new Stack(app, 'Shared');
  const owned = CLUSTERS[clusterName](shared);
  const credentialSync = new CredentialSync(shared, 'CredentialSync', { cluster: owned });
  const stacks = runnersOfStacks.map((runners, index) => {
    const stack = new Stack(app, `Runners${index}`);
    const cluster: RunnerCluster = clusterName.startsWith('imported') ? CLUSTERS[clusterName](stack) : owned;
    for (let number = 0; number < runners; number++) {
      const id = `${index}x${number}`;
      addRunner(stack, cluster, {
        ...another(index * 100 + number),
        credentialSync,
        monitoring: RunnerMonitoring.none(),
        authToken: makeSecret(stack, `Token${id}`),
        images: RunnerImages.fromCollateRegistry(makeSecret(stack, `Keys${id}`)),
      }, `Runner${number}`);
    }
    return stack;
  });
  app.synth();
  return { shared, stacks, policies: stacks.map((stack) => Object.values<any>(Template.fromStack(stack).findResources('AWS::IAM::ManagedPolicy')).map(({ Properties }) => Properties)) };
}

const actionsOf = (policies: any[]) => policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement.map(({ Action }: any) => Action));

test('the rights of forty runners in four stacks fit into the role, and no stack waits for another but the function\'s', () => {
  const { shared, stacks, policies } = synthesize([10, 10, 10, 10], NAMED, 'aws-eks-v2');
  expect(actionsOf(policies.flat())).toEqual(Array(80).fill('secretsmanager:GetSecretValue'));
  policies.flat().forEach(({ PolicyDocument }) => expect(deployedLength(PolicyDocument)).toBeLessThanOrEqual(LONGEST_MANAGED_POLICY));
  const template = Template.fromStack(shared);
  const [[roleId, role]] = Object.entries<any>(template.findResources('AWS::IAM::Role')).filter(([, { Properties }]) => String(Properties.Description).startsWith('Writes registry credentials'));
  const inline = Object.values<any>(template.findResources('AWS::IAM::Policy')).filter(({ Properties }) => Properties.Roles[0].Ref === roleId);
  expect(inline.map(({ Properties }) => deployedLength(Properties.PolicyDocument)).reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(LONGEST_INLINE_POLICIES);
  expect(role.Properties.ManagedPolicyArns.length + policies.flat().length).toBeLessThanOrEqual(MOST_MANAGED_POLICIES);
  stacks.forEach((stack) => expect(Object.keys(Template.fromStack(stack).findResources('AWS::IAM::Policy'))).toEqual([]));
  expect(shared.dependencies).toEqual([]);
  stacks.forEach((stack) => expect(stack.dependencies).toEqual([shared]));
  expect(warnings(shared)).toEqual([]);
});

test.each<[string, MakeSecret]>([
  ['the longest name', (stack, id) => Secret.fromSecretNameV2(stack, id, id.padEnd(512, 'x'))],
  ['an ARN that is not known yet, and a key', (stack, id) => new Secret(stack, id, { encryptionKey: new kms.Key(stack, `${id}Key`) })],
])('secrets with %s are spread over policies that IAM takes', (_, makeSecret) => {
  const [policies] = synthesize([20], makeSecret).policies;
  expect(policies.length).toBeGreaterThan(1);
  policies.forEach(({ PolicyDocument }) => expect(deployedLength(PolicyDocument)).toBeLessThanOrEqual(LONGEST_MANAGED_POLICY));
  expect(actionsOf(policies).filter((action) => action === 'secretsmanager:GetSecretValue')).toHaveLength(40);
});

test('a further runner of a stack adds no policy', () => {
  expect(synthesize([1, 2]).policies.map((policies) => policies.length)).toEqual([1, 1]);
});

describe('more policies than IAM attaches to a role by default', () => {
  const warning = (path: string, count: number) => expect.stringContaining(`role ${path} gets ${count} managed policies in this app, and IAM takes 10 unless the account has a higher quota: raise it, or divide the runners among several roles`);

  test('are one warning with their number', () => {
    const warningsOf = (count: number, clusterName?: string) => {
      const { shared, stacks } = synthesize(Array(count).fill(1), NAMED, clusterName);
      return [shared, ...stacks].flatMap(warnings).filter((text) => text.includes('cdk-collate-hybrid-runner'));
    };
    const path = 'Shared/CredentialSync/Sync/Role';
    expect(warningsOf(10)).toEqual([]);
    expect(warningsOf(12)).toEqual([warning(path, 12)]);
    // In a VPC the role has one from the start.
    expect(warningsOf(10, 'aws-eks-v2')).toEqual([warning(path, 11)]);
  });

  test('are warned of with an imported role of the ingestion pods, by its name, in each account', () => {
    const app = new App();
    const stacks = ['111122223333', '444455556666'].flatMap((account) => Array.from({ length: account.startsWith('1') ? 11 : 10 }, (_, index) => {
      const stack = new Stack(app, `Runners${account}x${index}`, { env: { account, region: `eu-west-${index}` } });
      const role = iam.Role.fromRoleName(stack, 'Mine', 'mine');
      addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), { identity: IngestionIdentity.podIdentity({ role }) }).grantSecretRead(NAMED(stack, 'Password'));
      return stack;
    }));
    app.synth();
    expect(stacks.flatMap(warnings)).toEqual([warning('Runners111122223333x0/Mine', 11)]);
  });
});
