import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { ROOT } from './helpers';

describe('npm run synth', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'collate-hybrid-runner-synth-'));
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** No account, no credentials, and no way to ask for one. */
  const env = { PATH: process.env.PATH, HOME: folder, AWS_EC2_METADATA_DISABLED: 'true', HTTPS_PROXY: 'http://127.0.0.1:1', HTTP_PROXY: 'http://127.0.0.1:1' };
  const run = (...given: string[]) => spawnSync(process.execPath, ['scripts/synth.mjs', '--output', path.join(folder, 'out'), ...given], { cwd: ROOT, encoding: 'utf8', env });

  test('sums up the stack in the order of its deployment, and says how to deploy it', () => {
    const { status, stdout, stderr } = run('-c', 'clusterName=data', '-c', 'agentId=aws prod', '-c', 'authTokenSecretName=prod/token');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^\nStack collate-hybrid-runner-on-data: \d+ resources of at most 500, \d+ kB of at most 1000\n/);
    const steps = [...stdout.matchAll(/^ +\d+ {2}(.*)$/gm)].map(([, step]) => step);
    expect(steps.slice(0, 11)).toEqual([
      'Kubernetes Namespace hybrid-ingestion-runner',
      'Kubernetes Namespace argo-workflows',
      'IAM role of the service account hybrid-ingestion-runner/ingestion',
      expect.stringMatching(/^Kubernetes Role collate-credential-sync, Kubernetes RoleBinding collate-credential-sync, Kubernetes Role collate-credential-sync-argo,/),
      'Access entry of the credential sync',
      'Function: Renews registry credentials and runner tokens of Collate Hybrid Ingestion Runners',
      'First sync: the pull secret and the token are written',
      expect.stringMatching(/^Helm release hybrid-ingestion-runner, chart hybrid-ingestion-runner \d/),
      'Schedule of the credential sync: rate(2 hours)',
      'Schedule of the status report: rate(5 minutes)',
      expect.stringMatching(/^Alarm: Runner aws prod: one of its alarms is on/),
    ]);
    expect(stdout).toContain('serverHost (now collate.example.com)\n');
    expect(stdout).not.toContain('agentId (now');
    expect(stdout).toContain('aws secretsmanager create-secret --name prod/token --secret-string file://token.txt\n');
    expect(stdout).toContain('aws secretsmanager create-secret --name collate/registry-keys --secret-string file://keys.json\n');
    expect(stdout).toContain("-c 'agentId=aws prod' -c authTokenSecretName=prod/token -c serverHost=…\n");
  });

  test('has the template where it says', () => {
    const { stdout } = run('-c', 'clusterName=data');
    const [, file] = /^Template: (.*)$/m.exec(stdout) ?? [];
    expect(JSON.parse(fs.readFileSync(path.resolve(ROOT, file), 'utf8'))).toHaveProperty('Resources');
  });

  test('hides no failure that is not the app\'s own', () => {
    const { status, stderr } = run('-c', 'clusterName=data', '--app', 'node bin/no-such-file.js');
    expect(status).toBe(1);
    expect(stderr).toContain('no-such-file');
  });
});
