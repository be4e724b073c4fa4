import { inspect } from 'util';
import { Duration, RemovalPolicy, Token } from 'aws-cdk-lib';
import { ISecret } from 'aws-cdk-lib/aws-secretsmanager';

/** Longest release name Helm accepts. */
const RELEASE_NAME_LENGTH = 53;
/** Longest DNS label, the limit of Kubernetes namespace names. */
const DNS_LABEL_LENGTH = 63;
/** A limit of our own, so that an alarm's description, with its command, stays within CloudWatch's 1,024 characters. */
const AGENT_ID_LENGTH = 128;

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
/** Printable ASCII without the double quote and the backslash, which break the chart's YAML. */
const AGENT_ID = /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/;
/** What is no text to YAML, in which the chart writes names without quotes. Of letters, digits and hyphens. */
const NO_TEXT_IN_YAML = /^(\d+(e-?\d+)?|0x[\da-f]+|0o[0-7]+|0b[01]+|y|n|yes|no|on|off|true|false|null)$/;

const HOST_NAME = /^(?=.{1,253}$)[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?)*$/;
/** https://semver.org, with the optional pre-release and build parts. */
const SEMANTIC_VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(\.(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;
/** Quantities as people write them: no sign, exponent, n or u. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const QUANTITY = /^\d+(\.\d+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/;
/** Name of a container image without tag or digest. */
const IMAGE_REPOSITORY = /^[a-zA-Z0-9.-]+(:\d{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+$/;
const IMAGE_TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** Requires a value that is known at synthesis, because it is checked or becomes part of a name. */
export function requireLiteral(prop: string, value: string): string {
  if (typeof value !== 'string') {
    throw new Error(`${prop} must be a string, got ${typeof value}`);
  }
  if (Token.isUnresolved(value)) {
    throw new Error(`${prop} must be a literal string, got a token: pass the value itself, not a CloudFormation parameter or reference`);
  }
  return refuseReference(prop, value);
}

/** Fails for what CloudFormation would take for a reference to a secret or parameter. The text is not told: it may hold more. */
function refuseReference(prop: string, value: string): string {
  if (value.includes('{{resolve:')) {
    throw new Error(`${prop} must not hold a {{resolve:...}} reference, which CloudFormation would resolve in clear text, or not at all: pass the value itself`);
  }
  return value;
}

/** Whether it stands for a value that the CDK's CLI has yet to look up, and that synthesis will be done again with. */
function isPlaceholder(value: string): boolean {
  return value.startsWith('dummy-value-for-');
}

/** Whether no check can say anything of it yet: a token, or a value that is still looked up. */
export function isKnownLater(value: unknown): boolean {
  return Token.isUnresolved(value) || (typeof value === 'string' && isPlaceholder(value));
}

/** Requires the address and the certificate of an API server as EKS gives them, where they are known at synthesis. */
export function requireApiServer(cluster: string, endpoint: string, certificateAuthority: string): void {
  if (!isKnownLater(endpoint) && !/^https:\/\/[^/\s]+\/?$/.test(endpoint)) {
    throw new Error(`clusterEndpoint of cluster ${cluster} must be the URL of its API server without a path, such as "https://0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com", got ${JSON.stringify(endpoint)}`);
  }
  if (!isKnownLater(certificateAuthority) && !/^[A-Za-z0-9+/\s]+=*\s*$/.test(certificateAuthority)) {
    throw new Error(`clusterCertificateAuthorityData of cluster ${cluster} must be base64, as EKS gives it: encode the certificate`);
  }
}

/** Requires the name a runner has in Collate. */
export function requireAgentId(value: string): string {
  requireLiteral('agentId', value);
  if (value.trim() === '') {
    throw new Error('agentId must not be empty: use the name of the runner in Collate, under Settings > Preferences > Ingestion Runners');
  }
  if (value !== value.trim() || value.startsWith(':') || value.length > AGENT_ID_LENGTH || !AGENT_ID.test(value)) {
    throw new Error(`agentId must be at most ${AGENT_ID_LENGTH} printable ASCII characters without " and \\, without a space at either end and without a colon in front, got ${JSON.stringify(value)}`);
  }
  return value;
}

/** Requires a host name without protocol, port or path. */
export function requireServerHost(value: string): string {
  requireLiteral('serverHost', value);
  if (HOST_NAME.test(value) || isPlaceholder(value)) {
    return value;
  }
  const host = value.trim().replace(/^[a-z]+:\/\//i, '').replace(/[:/?#].*$/, '');
  const fix = HOST_NAME.test(host) ? `: use ${JSON.stringify(host)}` : ', such as "acme.getcollate.io"';
  throw new Error(`serverHost must be a host name without protocol, port or path, got ${JSON.stringify(value)}${fix}`);
}

/** Requires a name that Kubernetes takes for a namespace, of two characters at least, as the CDK's service accounts need. */
export function requireNamespaceName(prop: string, value: string): string {
  requireLiteral(prop, value);
  if (!isPlaceholder(value) && (value.length < 2 || value.length > DNS_LABEL_LENGTH || !DNS_LABEL.test(value))) {
    throw new Error(`${prop} must be 2 to ${DNS_LABEL_LENGTH} lower-case letters, digits and hyphens, with a letter or digit at both ends, got ${JSON.stringify(value)}`);
  }
  return refuseNoText(prop, value);
}

function refuseNoText(prop: string, value: string): string {
  if (NO_TEXT_IN_YAML.test(value)) {
    throw new Error(`${prop} must not be a number, a truth value or null to YAML, because the chart writes it without quotes, got ${JSON.stringify(value)}: add a word to it`);
  }
  return value;
}

/** Requires a namespace that is not the cluster's own, which a stack must neither make nor delete. */
export function requireOwnNamespace(prop: string, name: string): string {
  if (name === 'default' || name.startsWith('kube-')) {
    throw new Error(`${prop} must not be one that every cluster has, which no stack may make or delete, got ${JSON.stringify(name)}: use another one`);
  }
  return name;
}

/** Whether Kubernetes takes it for a domain, the parts of which may be as long as the whole. */
export function isDnsSubdomain(value: string): boolean {
  return value.length <= 253 && value.split('.').every((label) => DNS_LABEL.test(label));
}

/** Secrets that the chart makes in the runner's namespace, or that Helm keeps its releases in. */
const CHART_SECRET = /^(ingestion\.service-account-token|argowf-client-token|sh\.helm\.release\..*)$/;

/** Requires a name that Kubernetes takes for a Secret, and that is free in the runner's namespace. */
export function requireConnectorSecretName(value: string, taken: string[]): string {
  requireLiteral('name', value);
  if (!isDnsSubdomain(value)) {
    throw new Error(`name must be the name of a Kubernetes Secret, of lower-case letters, digits, hyphens and dots, with a letter or digit at both ends, got ${JSON.stringify(value)}`);
  }
  if (taken.includes(value) || CHART_SECRET.test(value)) {
    throw new Error(`name ${JSON.stringify(value)} is taken by another Secret in the runner's namespace: use another one`);
  }
  return value;
}

/** Requires a name that Helm takes for a release, short enough for the names the chart derives from it. */
export function requireReleaseName(value: string, chartName: string): string {
  if (isPlaceholder(requireLiteral('releaseName', value))) {
    return value;
  }
  if (!DNS_LABEL.test(value)) {
    throw new Error(`releaseName must be lower-case letters, digits and hyphens, with a letter or digit at both ends, got ${JSON.stringify(value)}`);
  }
  refuseNoText('releaseName', value);
  // The chart appends its own name unless the release name holds it, and its longest suffix to that.
  const suffix = '-ingestion-config';
  const prefixed = value.includes(chartName) ? value.length : value.length + 1 + chartName.length;
  const spare = DNS_LABEL_LENGTH - suffix.length - (prefixed - value.length);
  const longest = Math.min(RELEASE_NAME_LENGTH, spare);
  if (value.length > longest) {
    throw new Error(`releaseName must have at most ${longest} characters, so that the names the chart derives from it stay within ${DNS_LABEL_LENGTH}, got ${JSON.stringify(value)} with ${value.length}`);
  }
  return value;
}

/** Requires host and port of an Argo Workflows server. */
export function requireEndpoint(prop: string, value: string): string {
  if (isPlaceholder(requireLiteral(prop, value))) {
    return value;
  }
  const [, host, port] = /^(?:https?:\/\/)?([^:/]*):(\d+)$/.exec(value) ?? [];
  if (!host || !HOST_NAME.test(host) || Number(port) < 1 || Number(port) > 65535) {
    throw new Error(`${prop} must be host:port, such as "argo-workflows-server.argo.svc:2746", got ${JSON.stringify(value)}`);
  }
  return value;
}

/** Requires a duration between two limits, both allowed. */
export function requireDuration(prop: string, value: Duration, least: Duration, most: Duration, reason: string): Duration {
  // By a method, because another copy of the CDK has another class.
  if (typeof (value as Partial<Duration>).toMilliseconds !== 'function') {
    throw new Error(`${prop} must be a Duration, such as Duration.hours(2), got ${typeof value}`);
  }
  if (value.isUnresolved()) {
    throw new Error(`${prop} must be a literal duration, got a token`);
  }
  const milliseconds = value.toMilliseconds();
  if (milliseconds < least.toMilliseconds() || milliseconds > most.toMilliseconds()) {
    throw new Error(`${prop} must be ${least.toHumanString()} to ${most.toHumanString()} (${reason}), got ${value.toHumanString()}`);
  }
  return value;
}

/** What CloudFormation does with a custom resource: it takes snapshots of a few resources of AWS alone. */
const REMOVAL_POLICIES = ['DESTROY', 'RETAIN', 'RETAIN_ON_UPDATE_OR_DELETE'] as const;

/** Requires a removal policy that a custom resource may have: the CDK writes any into the template, with a warning at most. */
export function requireRemovalPolicy(prop: string, value: RemovalPolicy): RemovalPolicy {
  if (!REMOVAL_POLICIES.some((name) => RemovalPolicy[name] === value)) {
    const [first, second, third] = REMOVAL_POLICIES.map((name) => `RemovalPolicy.${name}`);
    throw new Error(`${prop} must be ${first}, ${second} or ${third}, got ${JSON.stringify(value)}: CloudFormation takes no snapshots of what is in a cluster, so retain what you must keep`);
  }
  return value;
}

/** Requires whole minutes, in which EventBridge Scheduler counts. */
export function requireWholeMinutes(prop: string, value: Duration): Duration {
  if (!Number.isInteger(value.toMinutes({ integral: false }))) {
    throw new Error(`${prop} must be whole minutes, got ${value.toSeconds({ integral: false })} seconds`);
  }
  return value;
}

/** Requires a whole number from a least one on; tokens pass. `otherwise` says what leaving it out comes to. */
export function requireWholeNumber(prop: string, value: number | undefined, least: number, otherwise: string): number | undefined {
  if (value !== undefined && !Token.isUnresolved(value) && !(Number.isInteger(value) && value >= least)) {
    throw new Error(`${prop} must be a whole number of ${least} or more, got ${inspect(value)}: leave it out ${otherwise}`);
  }
  return value;
}

/** Requires a semantic version and gives what orders it: its three numbers, and 0 for a pre-release or 1 for a release. */
export function requireVersion(prop: string, value: string): number[] {
  if (isPlaceholder(requireLiteral(prop, value))) {
    return [Infinity, 0, 0, 1];
  }
  const [match, major, minor, patch, preRelease] = SEMANTIC_VERSION.exec(value) ?? [];
  if (match === undefined) {
    throw new Error(`${prop} must be a semantic version such as "1.13.3", got ${JSON.stringify(value)}`);
  }
  return [Number(major), Number(minor), Number(patch), preRelease ? 0 : 1];
}

/** Whether one version comes before another. Two pre-releases of one release are not told apart. */
export function isBefore(version: string, other: string): boolean {
  const [left, right] = [requireVersion('version', version), requireVersion('version', other)];
  const differing = left.findIndex((part, index) => part !== right[index]);
  return differing >= 0 && left[differing] < right[differing];
}

/** Requires a Kubernetes quantity such as `500m` or `1Gi`. */
export function requireQuantity(prop: string, value: string): string {
  requireLiteral(prop, value);
  if (!QUANTITY.test(value)) {
    throw new Error(`${prop} must be a quantity such as "500m" or "1Gi", without sign or exponent, got ${JSON.stringify(value)}`);
  }
  return value;
}

/** Requires the name of a container image; tokens pass, for images of a repository made in the same app. */
export function requireImageRepository(prop: string, value: string): string {
  if (!Token.isUnresolved(value) && !IMAGE_REPOSITORY.test(refuseReference(prop, value))) {
    throw new Error(`${prop} must be a repository such as "123456789012.dkr.ecr.us-east-1.amazonaws.com/collate/runner", without protocol, tag or digest, got ${JSON.stringify(value)}`);
  }
  return value;
}

/** Requires an image tag; tokens pass. */
export function requireImageTag(prop: string, value: string | undefined): string | undefined {
  if (value !== undefined && !isKnownLater(value) && !IMAGE_TAG.test(refuseReference(prop, value))) {
    throw new Error(`${prop} must be an image tag, got ${JSON.stringify(value)}`);
  }
  return value;
}

/** Requires a text that is not empty. */
export function requireReapply(value: string): string {
  if (typeof value !== 'string' || value.trim() === '') {
    throw new Error(`reapply must be a text, such as a date, got ${JSON.stringify(value)}: leave it out to apply only what changes`);
  }
  return value;
}

/** Requires the name of a field of a JSON secret. `meaning` is what the whole secret is without it. */
export function requireField(prop: string, field: string | undefined, secret: string, meaning: string): void {
  if (field !== undefined && requireLiteral(prop, field).trim() === '') {
    throw new Error(`${prop} must name a field of ${secret}, got ${JSON.stringify(field)}: leave it out if the whole secret is ${meaning}`);
  }
}

/** For users of JavaScript, whom no compiler tells. By a member, because classes have other names in bundles. */
export function requireFromFactory(prop: string, value: object, member: string, factories: string): void {
  if (typeof value !== 'object' || value === null || !(member in value)) {
    throw new Error(`${prop} must be made by ${factories}, got ${value === null ? 'null' : typeof value === 'object' ? 'another object' : typeof value}`);
  }
}

/** Requires a cluster, for users of JavaScript, whom no compiler tells. */
export function requireCluster(cluster: object): void {
  if (typeof cluster !== 'object' || cluster === null) {
    throw new Error(`cluster must be an EKS cluster of the CDK, got ${kindOf(cluster)}: use what new Cluster or Cluster.fromClusterAttributes gave`);
  }
}

/** Requires a secret, for users of JavaScript, whom no compiler tells; a value in its place is not repeated. */
export function requireSecret(prop: string, secret: ISecret): void {
  if (typeof secret !== 'object' || secret === null) {
    throw new Error(`${prop} must be a Secrets Manager secret, got ${kindOf(secret)}: use Secret.fromSecretNameV2 to refer to one by name`);
  }
}

function kindOf(value: unknown): string {
  return value === null || value === undefined ? String(value) : `a ${typeof value}`;
}
