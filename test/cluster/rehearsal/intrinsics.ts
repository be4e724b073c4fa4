/** What a template's functions ask for. */
export interface Scope {
  ref(name: string): unknown;
  attribute(id: string, name: string): unknown;
  condition(name: string): boolean;
  mapping(map: string, first: string, second: string): unknown;
  imported(name: string): unknown;
  output(stack: string, name: string): unknown;
  readonly region: string;
}

/** What `AWS::NoValue` stands for: the key that holds it is gone. */
const NO_VALUE = Symbol('AWS::NoValue');

type Function = (argument: any, scope: Scope) => unknown;

const FUNCTIONS: Record<string, Function> = {
  'Ref': (name, scope) => name === 'AWS::NoValue' ? NO_VALUE : scope.ref(name),
  'Condition': (name, scope) => scope.condition(name),
  'Fn::GetAtt': (argument, scope) => {
    const [id, ...name] = typeof argument === 'string' ? argument.split('.') : [argument[0], evaluate(argument[1], scope)];
    return scope.attribute(id, name.join('.'));
  },
  'Fn::Join': ([separator, parts], scope) => [evaluate(parts, scope)].flat().join(separator),
  'Fn::Sub': (argument, scope) => {
    const [text, values = {}] = [argument].flat();
    return String(text).replace(/\$\{(!?)([^}]+)\}/g, (_, literal, name) => {
      if (literal) {
        return `\${${name}}`;
      }
      return String(name in values ? evaluate(values[name], scope) : evaluate(name.includes('.') ? { 'Fn::GetAtt': name } : { Ref: name }, scope));
    });
  },
  'Fn::Select': ([index, list], scope) => [evaluate(list, scope)].flat()[Number(evaluate(index, scope))],
  'Fn::Split': ([separator, text], scope) => String(evaluate(text, scope)).split(separator),
  'Fn::Length': (list, scope) => [evaluate(list, scope)].flat().length,
  'Fn::Base64': (text, scope) => Buffer.from(String(evaluate(text, scope))).toString('base64'),
  'Fn::If': ([condition, then, otherwise], scope) => evaluate(scope.condition(condition) ? then : otherwise, scope),
  'Fn::Equals': ([left, right], scope) => evaluate(left, scope) === evaluate(right, scope),
  'Fn::And': (conditions: unknown[], scope) => conditions.every((condition) => evaluate(condition, scope)),
  'Fn::Or': (conditions: unknown[], scope) => conditions.some((condition) => evaluate(condition, scope)),
  'Fn::Not': ([condition], scope) => !evaluate(condition, scope),
  'Fn::FindInMap': (argument, scope) => {
    const [map, first, second] = evaluate(argument, scope) as string[];
    return scope.mapping(map, first, second);
  },
  'Fn::ImportValue': (name, scope) => scope.imported(String(evaluate(name, scope))),
  'Fn::GetStackOutput': ({ StackName, OutputName }, scope) => scope.output(String(evaluate(StackName, scope)), String(evaluate(OutputName, scope))),
  // Networks are assumed, and so are their parts.
  'Fn::Cidr': ([block, count], scope) => Array.from({ length: Number(evaluate(count, scope)) }, (_, number) => `${String(evaluate(block, scope))}#${number}`),
  'Fn::GetAZs': (_, { region }) => ['a', 'b', 'c'].map((zone) => `${region}${zone}`),
  'Fn::ToJsonString': (value, scope) => JSON.stringify(evaluate(value, scope)),
};

/** The value with every function of CloudFormation worked out. */
export function evaluate(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) {
    return value.map((part) => evaluate(part, scope)).filter((part) => part !== NO_VALUE);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
  if (others.length === 0 && (name === 'Ref' || name.startsWith('Fn::') || (name === 'Condition' && typeof argument === 'string'))) {
    const run = FUNCTIONS[name];
    if (!run) {
      throw new Error(`the rehearsal does not know ${name}`);
    }
    return run(argument, scope);
  }
  return Object.fromEntries(Object.entries(value)
    .map(([key, part]) => [key, evaluate(part, scope)])
    .filter(([, part]) => part !== NO_VALUE));
}
