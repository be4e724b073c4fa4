import * as fs from 'fs';

export default function removeTemporaryFolder(): void {
  fs.rmSync(process.env.TMPDIR!, { recursive: true, force: true });
}
