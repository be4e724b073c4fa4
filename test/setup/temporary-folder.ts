import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';

const PREFIX = 'collate-hybrid-runner-';

/** Apps leave their assemblies, with all assets, in the system's temporary folder: ours goes when the tests are over. */
export default function makeTemporaryFolder(): void {
  removeAbandonedFolders();
  process.env.TMPDIR = fs.mkdtempSync(path.join(os.tmpdir(), `${PREFIX}${process.pid}-`));
}

/** Tests that are killed leave their folder, and the mutation check kills many. */
function removeAbandonedFolders(): void {
  for (const folder of fs.readdirSync(os.tmpdir())) {
    const [, owner] = new RegExp(`^${PREFIX}(\\d+)-`).exec(folder) ?? [];
    if (owner && !isRunning(Number(owner))) {
      fs.rmSync(path.join(os.tmpdir(), folder), { recursive: true, force: true });
    }
  }
}

function isRunning(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
