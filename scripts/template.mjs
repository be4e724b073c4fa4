// What can be read off a CloudFormation template: the order of deployment, and what its resources are.

/** Ids of all resources, each after those it waits for. */
export function deploymentOrder({ Resources }) {
  const order = new Set();
  const visit = (id) => {
    if (order.has(id) || !(id in Resources)) {
      return;
    }
    const { DependsOn = [], ...rest } = Resources[id];
    [...[DependsOn].flat(), ...references(rest)].forEach(visit);
    order.add(id);
  };
  Object.keys(Resources).forEach(visit);
  return [...order];
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
  return Object.values(value).flatMap(references);
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
    case 'AWS::Scheduler::Schedule': return `Schedule of the credential sync: ${Properties.ScheduleExpression}`;
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
