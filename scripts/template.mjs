// What can be read off a CloudFormation template: the order of deployment, and what its resources are.

/** Ids of all resources, each after those it waits for. */
export function deploymentOrder({ Resources }) {
  const order = new Set();
  const visit = (id) => {
    if (order.has(id) || !(id in Resources)) {
      return;
    }
    waitsFor(Resources[id]).forEach(visit);
    order.add(id);
  };
  Object.keys(Resources).forEach(visit);
  return [...order];
}

/** Ids of what a resource waits for: what it depends on and what it refers to. */
export function waitsFor({ DependsOn = [], ...rest }) {
  return [...new Set([...[DependsOn].flat(), ...references(rest)])];
}

function references(value) {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  if (typeof value.Ref === 'string') {
    return [value.Ref];
  }
  if (value['Fn::GetAtt']) {
    return [[value['Fn::GetAtt']].flat()[0].split('.')[0]];
  }
  if (value['Fn::Sub']) {
    const [text, variables = {}] = [value['Fn::Sub']].flat();
    return [...[...text.matchAll(/\$\{([A-Za-z0-9]+)/g)].map(([, id]) => id).filter((id) => !(id in variables)), ...references(variables)];
  }
  return Object.values(value).flatMap(references);
}

/** The longest chain of resources that wait for one another, ending with the one given. */
export function longestChain(template, id) {
  const chains = new Map();
  const chainTo = (current) => {
    if (!chains.has(current)) {
      const before = waitsFor(template.Resources[current]).filter((next) => next in template.Resources).map(chainTo);
      const longest = before.reduce((best, chain) => chain.length > best.length ? chain : best, []);
      chains.set(current, [...longest, current]);
    }
    return chains.get(current);
  };
  return chainTo(id);
}

/** Dependencies of a resource that say nothing, because something else that it waits for waits for them too. */
export function needlessDependencies(template, id) {
  const reachable = (start, seen = new Set()) => {
    waitsFor(template.Resources[start]).filter((next) => next in template.Resources && !seen.has(next)).forEach((next) => reachable(next, seen.add(next)));
    return seen;
  };
  const { DependsOn = [], ...rest } = template.Resources[id];
  const all = waitsFor(template.Resources[id]).filter((next) => next in template.Resources);
  const referred = waitsFor(rest);
  return [DependsOn].flat().filter((target) => referred.includes(target) || all.some((other) => other !== target && reachable(other).has(target)));
}

/** One line about a resource that users would ask for, nothing for the others. */
export function describe({ Type, Properties }) {
  switch (Type) {
    case 'AWS::EC2::VPC': return 'VPC';
    case 'AWS::EKS::Cluster': return `EKS cluster ${flatten(Properties.Name ?? '')}, Kubernetes ${Properties.Version}`;
    case 'AWS::EKS::AccessEntry': return Properties.KubernetesGroups ? 'Access entry of the credential sync' : undefined;
    case 'AWS::EKS::PodIdentityAssociation': return `IAM role of the service account ${Properties.Namespace}/${Properties.ServiceAccount}`;
    case 'AWS::Lambda::Function': return Properties.Description?.includes('Collate') ? `Function: ${Properties.Description}` : undefined;
    case 'Custom::AWSCDK-EKS-KubernetesResource': return JSON.parse(flatten(Properties.Manifest)).map(({ kind, metadata }) => `Kubernetes ${kind} ${metadata.name}`).join(', ');
    case 'Custom::CollateHybridRunnerFirstSync': return 'First sync: the pull secret and the token are written';
    case 'Custom::AWSCDK-EKS-HelmChart': return `Helm release ${Properties.Release}, chart ${Properties.Chart} ${Properties.Version}`;
    case 'AWS::Scheduler::Schedule': return `Schedule of the ${/^Reports/.test(Properties.Description) ? 'status report' : 'credential sync'}: ${Properties.ScheduleExpression}`;
    case 'AWS::CloudWatch::CompositeAlarm': return `Alarm: ${flatten(Properties.AlarmDescription).split('. ')[0]}`;
    default: return undefined;
  }
}

/** Joins a string that the CDK split around references. */
export function flatten(value) {
  if (typeof value === 'string') {
    return value;
  }
  const join = value['Fn::Join'];
  return join ? join[1].map(flatten).join(join[0]) : `<${value.Ref ?? [value['Fn::GetAtt']].flat().join('.')}>`;
}
