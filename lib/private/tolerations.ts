import { Token } from 'aws-cdk-lib';
import { Toleration } from '../pod-settings';
import { Values } from './merge';

const OPERATORS = ['Equal', 'Exists'];
const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** The tolerations of a pod; fails for operators, effects and pairs that Kubernetes would refuse when the release goes in. */
export function tolerationValues(tolerations: Toleration[]): Values[] {
  return tolerations.map((toleration, index) => {
    check(`tolerations[${index}]`, toleration);
    const { duration, ...rest } = toleration;
    return { ...rest, tolerationSeconds: duration?.toSeconds() };
  });
}

function check(prop: string, { key, operator, value, effect, duration }: Toleration): void {
  requireOneOf(`${prop}.operator`, operator, OPERATORS, 'Equal');
  requireOneOf(`${prop}.effect`, effect, EFFECTS, 'all effects');
  const exists = operator === 'Exists' || Token.isUnresolved(operator);
  if (!key && !exists) {
    throw new Error(`${prop}.key must be given with the operator Equal: name the taint's key, or tolerate every taint with the operator Exists`);
  }
  if (operator === 'Exists' && value) {
    throw new Error(`${prop}.value must not be given with the operator Exists, got ${JSON.stringify(value)}: leave one of them out`);
  }
  if (duration && effect !== 'NoExecute' && !Token.isUnresolved(effect)) {
    throw new Error(`${prop}.duration must not be given without the effect NoExecute, which alone makes a pod leave: set that effect, or leave the duration out`);
  }
}

/** An empty text is one that is left out, as to Kubernetes. */
function requireOneOf(prop: string, value: string | undefined, allowed: string[], otherwise: string): void {
  if (value && !Token.isUnresolved(value) && !allowed.includes(value)) {
    throw new Error(`${prop} must be one of ${allowed.join(', ')}, got ${JSON.stringify(value)}: leave it out for ${otherwise}`);
  }
}
