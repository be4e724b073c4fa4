import { execFileSync } from 'child_process';
import { App, Stack } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { shellWord } from '../../lib/private/shell-word';
import { CLUSTERS, addRunner, flatten, makeStack } from '../helpers';
import { FUNCTION_ARN } from './aws-apis';
import { RENEWAL, request, schedule, useProgram } from './setup';

jest.setTimeout(120_000);

const program = useProgram();

/** The words that a POSIX shell makes of a text. */
function wordsOf(text: string): string[] {
  return execFileSync('sh', ['-c', `printf '%s\\0' ${text}`], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

function statusCommand(agentId: string, stack: Stack = makeStack()): string {
  return flatten(stack.resolve(addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), { agentId }).statusCommand));
}

/** As `agentId` may be. */
const agentIds = fc.string({ unit: fc.constantFrom(...Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).filter((letter) => !'"\\'.includes(letter))), minLength: 1, maxLength: 128 })
  .filter((text) => text === text.trim() && !text.startsWith(':'));

test('statusCommand is, to a shell, the same words whatever the agent is called', () => {
  fc.assert(fc.property(agentIds, (agentId) => {
    expect(wordsOf(statusCommand(agentId))).toEqual([
      'npx', 'cdk-collate-hybrid-runner', 'status', '--region', 'AWS::Region', '--function', expect.stringContaining('Function'), `--agent=${agentId}`,
    ]);
  }), { numRuns: 30, examples: [['-prod'], ['--json'], ['it\'s'], ['$(id)'], ['a b'], ['`id`'], ['!'], ['~'], ['*'], ['#'], ['a;b&c|d>e<f(g)'], ['\'']] });
});

test('statusCommand and renewCommand quote a region, too, that needs it', () => {
  const stack = new Stack(new App(), 'Data', { env: { region: 'mars $(id)' } });
  const runner = addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack));
  [runner.statusCommand, runner.renewCommand].forEach((command) => expect(wordsOf(flatten(stack.resolve(command)))).toContain('mars $(id)'));
});

test('a word for a shell is that word again', () => {
  const words = fc.sample(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme-ascii', maxLength: 3 })).filter((word) => !word.includes('\0')), 2_000);
  expect(wordsOf(words.map(shellWord).join(' '))).toEqual(words);
});

test.each(['aws-prod', '-prod', '--json', 'it\'s & $(more)', '*', '#1'])('a shell that is given statusCommand asks for the runner %s', async (agentId) => {
  program().apis.schedules.push(schedule('Second', request({ agentId })));
  program().apis.stacks.data.push({ ...RENEWAL, id: 'Second' });
  let asked: unknown;
  const { invoke } = program().apis;
  program().apis.invoke = async (event, name) => { asked = event.agentId; return invoke(event, name); };
  const command = statusCommand(agentId).replace(/--region \S+ --function \S+/, `--region eu-central-1 --function ${FUNCTION_ARN}`);
  const [, , ...words] = wordsOf(command);
  expect(await program().run(words)).toMatchObject({ code: 0, stderr: '' });
  expect(asked).toBe(agentId);
});
