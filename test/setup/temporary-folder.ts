import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';

/** Apps leave their assemblies, with all assets, in the system's temporary folder: ours goes when the tests are over. */
export default function makeTemporaryFolder(): void {
  process.env.TMPDIR = fs.mkdtempSync(path.join(os.tmpdir(), 'collate-hybrid-runner-'));
}
