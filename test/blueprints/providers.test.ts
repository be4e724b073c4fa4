import * as blueprints from '@aws-quickstart/eks-blueprints';
import { Template } from 'aws-cdk-lib/assertions';
import { KubernetesVersion } from 'aws-cdk-lib/aws-eks';
import { HybridRunner } from '../../lib';
import { CHART, FIRST_SYNC, MANIFEST, ResourceGraph, chartValues, manifests, only } from '../helpers';
import { PROVIDERS, addOn, blueprint, makeApp, templateOf } from './helpers';

describe.each(Object.keys(PROVIDERS))('on %s', (name) => {
  let stack: blueprints.EksBlueprint;
  let template: Template;
  beforeAll(async () => {
    const app = makeApp();
    stack = await blueprint(PROVIDERS[name]()).addOns(addOn()).buildAsync(app, 'data');
    template = Template.fromStack(stack);
  });

  test('the runner is the construct that Blueprints knows by the name of the class', () => {
    const runner = stack.getClusterInfo().getProvisionedAddOn('HybridRunnerAddOn');
    expect(runner).toBeInstanceOf(HybridRunner);
    expect(runner?.node.path).toBe('data/HybridRunnerAddOn/Runner');
  });

  test('the chart comes after the namespaces, the first sync and the nodes, and nothing waits for itself', () => {
    const graph = new ResourceGraph(template);
    expect(graph.ids('AWS::EKS::Nodegroup')).toHaveLength(/Auto Mode|imported/.test(name) ? 0 : 1);
    const before = graph.waitsFor(graph.id(CHART, 'hybrid-ingestion-runner'));
    const wanted = [
      ...graph.ids(MANIFEST, 'kind\\":\\"Namespace'),
      graph.id(FIRST_SYNC),
      ...graph.ids('AWS::EKS::Nodegroup'),
    ];
    expect(wanted.length).toBe(graph.ids('AWS::EKS::Nodegroup').length + 3);
    expect([...before]).toEqual(expect.arrayContaining(wanted));
    expect(graph.cyclic).toEqual([]);
  });

  test('the function is let in by the access entry or the ConfigMap, and before the first sync', () => {
    const graph = new ResourceGraph(template);
    const group = manifests(template).find(({ kind }) => kind === 'RoleBinding').subjects[0].name;
    const byEntry = graph.ids('AWS::EKS::AccessEntry', group);
    const byMap = graph.ids(MANIFEST, group).filter((id) => id.includes('AwsAuth'));
    const usesMap = /default provider|a managed node group$/.test(name);
    expect({ byEntry: byEntry.length, byMap: byMap.length }).toEqual(usesMap ? { byEntry: 0, byMap: 1 } : { byEntry: 1, byMap: 0 });
    expect([...graph.waitsFor(graph.id(FIRST_SYNC))]).toEqual(expect.arrayContaining([...byEntry, ...byMap]));
  });

  test('the function is told the secrets by name', () => {
    const { Request } = only(template, FIRST_SYNC).Properties;
    expect(JSON.stringify(Request)).toContain(':secret:collate/runner-token');
    expect(JSON.stringify(Request)).toContain(':secret:collate/registry-keys');
    expect(chartValues(template).config.serverHost).toBe('collate.example.com');
  });
});

test('an imported cluster makes neither VPC nor key, once the VPC is given and encryption is off', async () => {
  const template = await templateOf(addOn());
  template.resourceCountIs('AWS::EC2::VPC', 0);
  template.resourceCountIs('AWS::KMS::Key', 0);
  template.resourceCountIs(CHART, 1);
});

test('an imported cluster that is too old is refused, because Blueprints knows its version', async () => {
  await expect(blueprint(new blueprints.ImportClusterProvider({ clusterName: 'data', version: KubernetesVersion.V1_27, kubectlRoleArn: 'arn:aws:iam::111122223333:role/kubectl' }))
    .addOns(addOn()).buildAsync(makeApp(), 'data')).rejects.toThrow('must run Kubernetes 1.28 or newer, got 1.27: upgrade the cluster first');
});
