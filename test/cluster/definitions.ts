/** Of a kind whose objects may say anything. */
export function definitionOf(group: string, version: string, kind: string) {
  const singular = kind.toLowerCase();
  const schema = { openAPIV3Schema: { 'type': 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const names = { kind, singular, plural: `${singular}s` };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.${group}` },
    spec: { group, names, scope: 'Namespaced', versions: [{ name: version, served: true, storage: true, schema }] },
  };
}
