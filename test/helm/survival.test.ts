import * as iam from 'aws-cdk-lib/aws-iam';
import { HybridRunnerProps, IngestionIdentity } from '../../lib';
import { failureOf } from '../helpers';
import { MAJORS } from './helm';
import { Release } from './rendering';

describe.each(MAJORS)('%s', (major) => {
  const values = { config: { ingestionPods: { serviceAccount: { annotations: { team: 'data' } } } } };

  test('an annotation of the ingestion account in values stays', () => {
    const rendered = Release.of(() => ({ values })).rendered(major);
    expect(rendered.one('ServiceAccount', 'ingestion').metadata.annotations).toEqual({ team: 'data' });
  });

  test('an annotation of the ingestion account in values stays beside the role\'s', () => {
    const rendered = Release.of((scope) => ({ values, identity: IngestionIdentity.irsa({ role: iam.Role.fromRoleArn(scope, 'Role', 'arn:aws:iam::111122223333:role/ingestion') }) })).rendered(major);
    expect(rendered.one('ServiceAccount', 'ingestion').metadata.annotations).toEqual({ team: 'data', 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/ingestion' });
  });

  test('a Grafana that has none of the chart\'s labels can be selected', () => {
    const rendered = Release.of(() => ({ grafanaDashboard: { instanceSelector: { grafana: 'main' } } })).rendered(major);
    expect(rendered.one('GrafanaDashboard').spec).toMatchObject({ instanceSelector: { matchLabels: expect.not.objectContaining({ dashboards: 'grafana' }) } });
  });
});

test.each<[string, Partial<HybridRunnerProps>]>([
  // Helm's YAML takes no control characters, and reads NEL as a line break, which becomes a space.
  ['a control character in ingestionEnvironment', { ingestionEnvironment: { A: 'x\u0007y' } }],
  ['DEL in ingestionEnvironment', { ingestionEnvironment: { A: 'x\u007fy' } }],
  ['NEL in ingestionEnvironment', { ingestionEnvironment: { A: 'x\u0085y' } }],
  // The kubectl handler escapes it as two surrogates, which Helm's YAML does not take, wherever it stands.
  ['a character beyond the Basic Multilingual Plane in an option', { grafanaDashboard: { folderName: '📊 Data' } }],
  ['a character beyond the Basic Multilingual Plane in values', { values: { deploymentAnnotations: { note: '📊' } } }],
  // The chart puts them into the pods' labels and not into the selector, and Kubernetes refuses the Deployment.
  ['a common label that the chart selects by', { commonLabels: { 'app.kubernetes.io/name': 'runner' } }],
  ['a common label that the chart selects by, in values', { values: { commonLabels: { 'app.kubernetes.io/instance': 'runner' } } }],
  ['a negative budget', { podDisruptionBudget: { maxUnavailable: -1 } }],
  ['half a pod', { podDisruptionBudget: { minAvailable: 1.5 } }],
  ['no number at all', { podDisruptionBudget: { minAvailable: NaN } }],
])('%s is refused at synthesis', (_, props) => {
  expect(failureOf(props)).toThrow('must');
});
