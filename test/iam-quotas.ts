import { flatten } from './helpers';

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html, white space not counted. */
export const LONGEST_INLINE_POLICIES = 10_240;
export const LONGEST_MANAGED_POLICY = 6_144;
export const MOST_MANAGED_POLICIES = 10;

/** How long a policy is in IAM: references become ARNs and ids of common lengths. */
export function deployedLength(document: unknown): number {
  return JSON.stringify(resolve(document)).length;
}

function resolve(value: any): any {
  if (Array.isArray(value)) {
    return value.map(resolve);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (value['Fn::Join'] || value.Ref || value['Fn::GetAtt']) {
    return flatten(value).replace('AWS::Partition', 'aws').replace('AWS::Region', 'ap-southeast-1').replace('AWS::AccountId', '111122223333')
      .replace('AWS::URLSuffix', 'amazonaws.com.cn').padEnd(value['Fn::Join'] ? 0 : 150, 'x');
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item)]));
}
