import { CfnResource, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { ACCOUNT, CHART, MANIFEST, REGION, flatten, only } from '../helpers';
import { documentedTable, quoted } from './document';
import { NAMES, buildChoice, isMadeForIrsa, isOurs, isWrittenInto } from './named-choices';

/** One resource of a template, with what it may refer to. */
interface Found {
  readonly path: string;
  readonly type: string;
  readonly properties: any;
  readonly neighbours: Record<string, any>;
}

function resourcesOf(name: string): Found[] {
  const app = buildChoice(name);
  const templates = new Map(app.node.findAll().filter(Stack.isStack).map((stack) => [stack, Template.fromStack(stack).toJSON().Resources ?? {}]));
  return app.node.findAll().filter(CfnResource.isCfnResource).flatMap((resource) => {
    const neighbours = templates.get(resource.stack);
    const { Properties: properties = {} } = neighbours[resource.stack.resolve(resource.logicalId)] ?? {};
    return [{ path: resource.node.path, type: resource.cfnResourceType, properties, neighbours }];
  });
}

const FOUND = Object.fromEntries(NAMES.map((name) => [name, resourcesOf(name)]));
const ours = (name: string) => FOUND[name].filter(({ path }) => isOurs(path) || isWrittenInto(path) || isMadeForIrsa(path));

/** As in the column `Who` of the table. */
function ownerOf({ path, type, properties }: Found): string {
  const owners: [RegExp, string][] = [
    [/\/SchedulerRole\//, 'Schedules'],
    [/\/Sync\/Role\/|\/FunctionRole\//, 'Function'],
    [/\/Ingestion\/Role\/|\/IngestionRole\//, 'Ingestion pods'],
    [/\/(DeadLetters|Queue)\/Policy\//, 'Dead-letter queue'],
    [/\/KubectlProviderRole\//, 'kubectl handler'],
    [/\/(Custom::)?AWSCDK[^/]*CustomResourceProvider\//, 'Functions of the CDK'],
    [/\/CollateRights-.*:ExportsOutput(RefCredentialSyncRole|FnGetAttMine)/, 'Function'],
    [/\/CollateRights-.*(:ExportsOutputRefIngestionRole| \["ingestion"\])/, 'Ingestion pods'],
  ];
  const place = `${path} ${JSON.stringify(properties.Roles)}`;
  return owners.find(([pattern]) => pattern.test(place))?.[1] ?? `unknown: ${type} ${place}`;
}

/** As in the column `Resource`. */
function resourceOf(resource: any, { neighbours }: Found): string {
  const [id] = [resource['Fn::GetAtt'] ?? resource.Ref ?? []].flat();
  const types: Record<string, string> = {
    'AWS::Logs::LogGroup': 'its log group',
    'AWS::SQS::Queue': 'the dead-letter queue',
    'AWS::Lambda::Function': 'the function',
    'AWS::KMS::Key': 'a key',
    'AWS::SecretsManager::Secret': 'a secret by ARN',
  };
  const texts: [RegExp, string][] = [
    [/^\*$/, '`*`'],
    [/^arn:[^*]*:secret:[^*?]+-\?{6}$/, 'a secret by name'],
    [/^arn:[^*?]*:secret:[^*?]+\/\*$/, 'secrets below the path prefix'],
    [/^arn:[^*?]*:s3:::cdk-[^*?/]+-assets-[^*?/]+$/, 'the bucket of assets'],
    [/^arn:[^*?]*:s3:::cdk-[^*?/]+-assets-[^*?/]+\/\*$/, 'what is in the bucket of assets'],
    [/^arn:[^*?]*:eks:[^*?]*:cluster\/[^*?]+$/, 'the cluster'],
    [/^arn:[^*?]*:kms:[^*?]*:key\/[^*?]+$/, 'a key'],
  ];
  const text = flatten(resource);
  return types[neighbours[id]?.Type] ?? texts.find(([pattern]) => pattern.test(text))?.[1] ?? `unknown: ${text}`;
}

/** As in the column `Condition`. */
function conditionOf(condition: any, { neighbours }: Found): string {
  if (condition === undefined) {
    return '';
  }
  const json = neighbours[condition.StringEquals?.['Fn::GetAtt']?.[0]];
  const [operator] = Object.keys(condition);
  const equals = json ? JSON.parse(flatten(json.Properties.Value)) : condition[operator];
  const text = Object.entries(equals).map(([key, value]) => `${operator} ${key.replace(/^.*:(aud|sub)$/, 'issuer:$1')} ${flatten(value)}`).join(', ');
  const texts: [RegExp, string][] = [
    [/^StringEquals kms:ViaService secretsmanager\.[^*]+$/, 'through Secrets Manager'],
    [/^StringEquals kms:ViaService lambda\.[^*]+$/, 'through Lambda'],
    [/^StringEquals kms:ViaService sqs\.[^*]+$/, 'through SQS'],
    [/^Bool aws:SecureTransport false$/, 'without TLS'],
    [/^StringEquals aws:SourceAccount (AWS::AccountId|111122223333)$/, 'of the same account'],
    [/^ArnLike kms:EncryptionContext:aws:logs:arn arn:[^*]+:log-group:\*$/, 'for log groups of the account'],
    [/^StringEquals issuer:aud sts\.amazonaws\.com, StringEquals issuer:sub system:serviceaccount:[^*]+:ingestion$/, 'for the one service account'],
  ];
  return texts.find(([pattern]) => Object.keys(condition).length === 1 && pattern.test(text))?.[1] ?? `unknown: ${text}`;
}

const row = (...cells: string[]) => cells.join(' | ');
const list = (value: string | string[]) => [value].flat().map((action) => `\`${action}\``).join(', ');

/** Who may invoke the function: rules by the beginning of their names, which no other has because it holds the stack's id. */
function invokersOf({ properties, neighbours }: Found): string {
  const [, prefix] = /:rule\/(collate-.+-)\*$/.exec(flatten(properties.SourceArn)) ?? [];
  const names = Object.values<any>(neighbours).filter(({ Type }) => Type === 'AWS::Events::Rule').map(({ Properties }) => Properties.Name);
  return prefix && names.some((name) => flatten(name).startsWith(prefix)) && JSON.stringify(names).includes('AWS::StackId') ? 'from the rules' : 'unknown';
}

/** Who may assume a role. */
function assumerOf(principal: any, { neighbours }: Found): string {
  const isProvider = ['Custom::AWSCDKOpenIdConnectProvider', 'AWS::IAM::OIDCProvider'].includes(neighbours[principal.Federated?.Ref]?.Type);
  return isProvider && Object.keys(principal).join() === 'Federated' ? 'the cluster\'s OpenID Connect provider' : principalOf(principal);
}

/** Every IAM statement of a resource, as the first four columns of the table. */
function rightsOf(found: Found): string[] {
  const { properties } = found;
  const inline = [properties.PolicyDocument, ...(properties.Policies ?? []).map(({ PolicyDocument }: any) => PolicyDocument)].filter(Boolean);
  const statements = inline.flatMap(({ Statement }) => Statement).flatMap((statement: any) => [statement.Resource].flat().map((resource: any) =>
    row(ownerOf(found), `${statement.Effect} ${list(statement.Action)}`, resourceOf(resource, found), conditionOf(statement.Condition, found))));
  const assumed = (properties.AssumeRolePolicyDocument?.Statement ?? []).map(({ Effect, Action, Principal, Condition, ...rest }: any) => {
    expect(rest).toEqual({});
    return row(ownerOf(found), `${Effect} ${list(Action)} to ${assumerOf(Principal, found)}`, 'itself', conditionOf(Condition, found));
  });
  const managed = (properties.ManagedPolicyArns ?? []).map((arn: any) => row(ownerOf(found), `Managed policy \`${flatten(arn).replace(/^.*\//, '')}\``, '', ''));
  const permissions = properties.Principal && properties.Action
    ? [row('Function', `Allow \`${properties.Action}\` to \`${properties.Principal}\``, 'itself', invokersOf(found))]
    : [];
  return [...statements, ...assumed, ...managed, ...permissions];
}

/** What stands in the policy of a key and of a secret's key without the library. */
const OWN_KEY_RIGHTS = [{}, { env: { account: ACCOUNT, region: REGION } }].flatMap((props) => {
  const stack = new Stack(undefined, 'Stack', props);
  new Secret(stack, 'Secret', { encryptionKey: new Key(stack, 'Key') });
  return only(Template.fromStack(stack), 'AWS::KMS::Key').Properties.KeyPolicy.Statement.map((statement: any) => JSON.stringify(statement));
});

/** What the library adds to the policy of the user's key. */
function keyRightsOf(found: Found): string[] {
  return found.properties.KeyPolicy.Statement
    .filter((statement: any) => !OWN_KEY_RIGHTS.includes(JSON.stringify(statement)))
    .map((statement: any) => row('Your key', `${statement.Effect} ${list(statement.Action)} to ${principalOf(statement.Principal)}`, statement.Resource === '*' ? 'the key itself' : 'unknown', conditionOf(statement.Condition, found)));
}

function principalOf(principal: any): string {
  return Object.keys(principal).join() === 'Service'
    ? `\`${flatten(principal.Service).replace(/^logs\.[^.]+\./, 'logs.REGION.').replace('AWS::URLSuffix', 'amazonaws.com')}\``
    : `unknown: ${JSON.stringify(principal)}`;
}

describe('in AWS', () => {
  const documented = documentedTable('Rights in AWS').map(({ Who, 'Effect and actions': actions, Resource, Condition }) => row(Who, actions, Resource, Condition));
  const found = Object.fromEntries(NAMES.map((name) => [name, [
    ...ours(name).flatMap(rightsOf),
    ...FOUND[name].filter(({ type, path }) => type === 'AWS::KMS::Key' && !isOurs(path)).flatMap(keyRightsOf),
  ]]));

  test.each(NAMES)('%s: every statement is documented', (name) => {
    expect(found[name].filter((line) => !documented.includes(line))).toEqual([]);
  });

  test('with a provider that CloudFormation makes, irsa needs no right to all providers', () => {
    const rightsToAll = (name: string) => found[name].filter((line) => line.includes(' | `*` | '));
    expect(rightsToAll('identity: irsa')).toHaveLength(1);
    expect(rightsToAll('identity: irsa, with a provider that CloudFormation makes')).toEqual([]);
  });

  test('what is documented is in some template', () => {
    const lines = new Set(Object.values(found).flat());
    expect(documented.filter((line) => !lines.has(line))).toEqual([]);
  });

  test('no other policy is written, in a role or beside it', () => {
    const around = /^[^/]+\/(Cluster|[^/]*-KubectlProvider|@aws-cdk--aws-eks[^/]*)\//;
    const policies = NAMES.flatMap((name) => FOUND[name].filter((found) => !ours(name).includes(found)))
      .filter(({ type, path, properties }) => (type.endsWith('Policy') || properties.Policies || properties.ManagedPolicyArns) && !around.test(path));
    expect(policies.map(({ path }) => path)).toEqual([]);
  });

  test('rights come by no other kind of resource', () => {
    expect([...new Set(NAMES.flatMap((name) => ours(name).map(({ type }) => type)))].sort()).toEqual([
      'AWS::CloudWatch::Alarm',
      'AWS::CloudWatch::CompositeAlarm',
      'AWS::CloudWatch::Dashboard',
      'AWS::EC2::SecurityGroup',
      'AWS::EC2::SecurityGroupIngress',
      'AWS::EKS::AccessEntry',
      'AWS::EKS::Addon',
      'AWS::EKS::PodIdentityAssociation',
      'AWS::Events::Rule',
      'AWS::IAM::ManagedPolicy',
      'AWS::IAM::Policy',
      'AWS::IAM::Role',
      'AWS::Lambda::Function',
      'AWS::Lambda::Permission',
      'AWS::Logs::LogGroup',
      'AWS::SQS::Queue',
      'AWS::SQS::QueuePolicy',
      'AWS::Scheduler::Schedule',
      'Custom::AWSCDK-EKS-HelmChart',
      'Custom::AWSCDK-EKS-KubernetesResource',
      'Custom::AWSCDKCfnJson',
      'Custom::CollateHybridRunnerFirstSync',
    ]);
  });
});

describe('in Kubernetes', () => {
  const documented = documentedTable('Rights in Kubernetes').map(({ Who, 'API group': group, Resource, Names, Verbs }) => row(Who, group, Resource, Names, Verbs));
  const objectsOf = (name: string) => ours(name).filter(({ type }) => type === MANIFEST).flatMap(({ properties }) => JSON.parse(flatten(properties.Manifest)));
  const rulesOf = (name: string) => objectsOf(name).flatMap(({ rules = [] }) => rules).map(({ apiGroups, resources, resourceNames = [], verbs, ...rest }) => {
    expect(rest).toEqual({});
    return row('Function', apiGroups.map((group: string) => group || 'core').join(', '), list(resources), list(resourceNames), list(verbs));
  });

  /** Every group that the library makes somebody a member of; the nodes are in those of the cluster. */
  const groupsOf = (name: string) => FOUND[name].filter(({ path }) => isOurs(path) || /\/AwsAuth\//.test(path)).flatMap(({ type, properties }): string[] => {
    if (type !== MANIFEST) {
      return properties.KubernetesGroups ?? [];
    }
    return JSON.parse(flatten(properties.Manifest)).filter(({ metadata }: any) => metadata.name === 'aws-auth').flatMap(({ data: { mapRoles, mapUsers, mapAccounts } }: any) => {
      expect([mapUsers, mapAccounts]).toEqual(['[]', '[]']);
      return JSON.parse(mapRoles).filter(({ username }: any) => username !== 'system:node:{{EC2PrivateDNSName}}').flatMap(({ groups }: any) => groups);
    });
  });

  test.each(NAMES)('%s: every rule is documented, and given to the one group in the one namespace', (name) => {
    expect(rulesOf(name).filter((line) => !documented.includes(line))).toEqual([]);
    const objects = objectsOf(name);
    const entries = ours(name).filter(({ type }) => type === 'AWS::EKS::AccessEntry').map(({ properties }) => properties);
    // The ConfigMap is aws-auth, which groupsOf looks into.
    expect(objects.map(({ kind }) => kind).filter((kind) => !['Namespace', 'Role', 'RoleBinding', 'ConfigMap'].includes(kind))).toEqual([]);
    expect(objects.filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name !== 'aws-auth')).toEqual([]);
    for (const { Type, ...entry } of entries) {
      expect([Type, ...Object.keys(entry).sort()]).toEqual(['STANDARD', 'ClusterName', 'KubernetesGroups', 'PrincipalArn']);
    }
    const groups = groupsOf(name);
    expect(groups).toEqual([expect.stringMatching(/^collate-credential-sync-[0-9a-f]{8}$/)]);
    const releases = ours(name).filter(({ type }) => type === CHART).map(({ properties: { Namespace, Values } }) => [Namespace, JSON.parse(flatten(Values)).argoWorkflows?.namespaceOverride ?? Namespace]);
    for (const kind of ['Role', 'RoleBinding']) {
      expect(objects.filter((object) => object.kind === kind).map(({ metadata }) => metadata.namespace).sort()).toEqual([...new Set(releases.flat())].sort());
    }
    const writable = objects.filter(({ rules = [] }) => rules.some(({ verbs }: any) => verbs.includes('patch')));
    expect(writable.map(({ metadata }) => metadata.namespace)).toEqual(releases.map(([namespace]) => namespace));
    for (const binding of objects.filter(({ kind }) => kind === 'RoleBinding')) {
      const [role] = objects.filter(({ kind, metadata }) => kind === 'Role' && metadata.namespace === binding.metadata.namespace);
      expect(binding.roleRef).toEqual({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: role.metadata.name });
      expect(binding.subjects).toEqual([{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: groups[0] }]);
    }
  });

  test('what is documented is in some template', () => {
    const lines = new Set(NAMES.flatMap(rulesOf));
    expect(documented.filter((line) => !lines.has(line))).toEqual([]);
  });
});

test.each(['Rights in AWS', 'Rights in Kubernetes', 'Findings'])('the table of %s says why of each row', (heading) => {
  const rows = documentedTable(heading);
  const [column] = Object.keys(rows[0]).filter((name) => name.startsWith('Why'));
  expect(rows.filter((cells) => !/^\w.+\w/.test(cells[column]))).toEqual([]);
});

test('the tables are read', () => {
  expect(documentedTable('Rights in AWS').length).toBeGreaterThan(15);
  expect(quoted('Allow `a:b`, `c:d`')).toEqual(['a:b', 'c:d']);
});
