import * as fs from 'fs';
import * as path from 'path';

export default function removeTemporaryFolder(): void {
  const folder = process.env.TMPDIR!;
  fs.rmSync(folder, { recursive: true, force: true });
  // The mutation check runs the tests again and again in one process, which is to find the system's folder again.
  process.env.TMPDIR = path.dirname(folder);
}
