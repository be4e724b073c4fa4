import { readArguments } from '../../lib/cli/arguments';

const read = (line: string) => readArguments(line.split(' ').filter((word) => word !== ''));
const DEFAULTS = { command: 'status', json: false, watch: false, timeout: 900_000 };

test.each(['', 'help', '--help', '-h', 'status --help', 'renew -h --stack x'])('%j asks for help', (line) => {
  expect(read(line)).toBe('help');
});

test.each<[string, object]>([
  ['status --stack a', { stack: 'a' }],
  ['--function=a renew', { command: 'renew', lambdaFunction: 'a' }],
  ['status --stack a --agent b --region c --profile d --json', { stack: 'a', agent: 'b', region: 'c', profile: 'd', json: true }],
  ['status --stack a --agent=-b', { stack: 'a', agent: '-b' }],
  ['status --stack a --watch', { stack: 'a', watch: true }],
  ['status --stack a --watch --timeout 0.5', { stack: 'a', watch: true, timeout: 30_000 }],
  ['status --stack a --watch --timeout 1440', { stack: 'a', watch: true, timeout: 86_400_000 }],
])('%s is understood', (line, options) => {
  expect(read(line)).toEqual({ ...DEFAULTS, ...options });
});

test.each([
  ['--stack a', 'name a command, status or renew'],
  ['sync --stack a', 'there is no command sync, only status and renew'],
  ['status a --stack b', 'a is not understood: a stack is named by --stack'],
  ['status', 'name either the stack by --stack or the function by --function'],
  ['renew --stack a --function b', 'name either the stack by --stack or the function by --function'],
  ['status --stack=', '--stack needs a value'],
  ['status --stack a --agent=', '--agent needs a value'],
  ['status --stack a --timeout 5', '--timeout goes with --watch'],
  ['renew --stack a --watch', '--watch goes with status'],
  ...['0', '1440.1', 'x', 'Infinity'].map((minutes) => [`status --stack a --watch --timeout ${minutes}`, `--timeout must be minutes, above 0 and at most a day, got ${minutes}`]),
  ['status --stack a --watch --timeout=-1', '--timeout must be minutes, above 0 and at most a day, got -1'],
  ['status --stack --json', '--stack needs a value; one that begins with a dash is written --stack=VALUE'],
  ['status --stacks a', 'unknown option \'--stacks\''],
  ['status --json=x --stack a', 'option \'--json\' does not take an argument'],
  ['status --stack', 'option \'--stack <value>\' argument missing'],
])('%s is wrong usage', (line, message) => {
  expect(() => read(line)).toThrow(expect.objectContaining({ message: `${message} (see cdk-collate-hybrid-runner --help)`, exitCode: 2 }));
});
