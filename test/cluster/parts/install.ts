import { execFileSync } from 'child_process';
import * as crypto from 'crypto';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';

/** Outside the checkout, so that the parts are built once for all of them. */
const CACHE = path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'cdk-collate-hybrid-runner');

/** What each Go module here builds, and what the cache calls it. */
const GO_MODULES = {
  'kubernetes': {
    'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
    'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
    'etcd': 'go.etcd.io/etcd/server/v3',
  },
  'kubernetes-1.28': { 'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver' },
  'authenticator': { 'aws-iam-authenticator': 'sigs.k8s.io/aws-iam-authenticator/cmd/aws-iam-authenticator' },
} as const;

type GoModule = keyof typeof GO_MODULES;

const REQUIREMENTS = path.join(__dirname, 'aws-emulator/requirements.txt');

/** The current version of Kubernetes, and the oldest that the vendor supports. */
export type Kubernetes = 'kubernetes' | 'kubernetes-1.28';

export function apiServerBinary(kubernetes: Kubernetes): string {
  return path.join(moduleFolder(kubernetes), 'kube-apiserver');
}

/** Binaries of the other parts. */
export function partBinary(name: 'kube-controller-manager' | 'etcd' | 'aws-iam-authenticator' | 'moto_server'): string {
  return name === 'moto_server'
    ? path.join(emulatorFolder(), 'bin', name)
    : path.join(moduleFolder(name === 'aws-iam-authenticator' ? 'authenticator' : 'kubernetes'), name);
}

/** Builds and installs what the cache doesn't have. */
export function installParts(modules: readonly GoModule[] = ['kubernetes', 'authenticator']): void {
  for (const module of modules) {
    const programs: Record<string, string> = GO_MODULES[module];
    install(moduleFolder(module), `${Object.keys(programs).join(', ')} from the Go module in test/cluster/parts/${module}`, (folder) => {
      for (const [name, source] of Object.entries(programs)) {
        run('go', ['build', '-trimpath', '-ldflags', '-s -w', '-o', path.join(folder, name), source], path.join(__dirname, module));
      }
    });
  }
  install(emulatorFolder(), 'moto, the AWS emulator', (folder) => {
    run('python3', ['-m', 'venv', folder]);
    run(path.join(folder, 'bin/python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', REQUIREMENTS]);
  });
}

function moduleFolder(module: GoModule): string {
  const files = ['go.mod', 'go.sum'].map((file) => fs.readFileSync(path.join(__dirname, module, file)));
  return folderFor(module, ...files, JSON.stringify(GO_MODULES[module]));
}

function emulatorFolder(): string {
  return folderFor('aws-emulator', fs.readFileSync(REQUIREMENTS));
}

export function folderFor(name: string, ...content: (Buffer | string)[]): string {
  const hash = crypto.createHash('sha256');
  content.forEach((part) => hash.update(part));
  return path.join(CACHE, `${name}-${hash.digest('hex').slice(0, 16)}`);
}

/** A folder counts as installed when it says so itself: whatever was interrupted is begun again. */
export function install(folder: string, what: string, make: (folder: string) => void): void {
  const complete = path.join(folder, 'complete');
  if (fs.existsSync(complete)) {
    return;
  }
  const start = Date.now();
  process.stdout.write(`Installing ${what}, once for this machine\n`);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  make(folder);
  fs.writeFileSync(complete, '');
  process.stdout.write(`Installed in ${Math.round((Date.now() - start) / 1000)} s\n`);
}

export function run(command: string, parameters: string[], cwd?: string): void {
  execFileSync(command, parameters, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
}
