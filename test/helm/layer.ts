import * as crypto from 'crypto';
import * as fs from 'fs';
import * as path from 'path';
import { unzipSync } from 'fflate';

/** Not the temporary folder, which is a new one for every run of the tests. */
const CACHE = path.join(__dirname, '../../node_modules/.cache/layers');

const known = new Map<string, string>();

/** Folder with what a Lambda layer holds, unpacked once for each content of the layer. */
export function unpackLayer(archive: string): string {
  const found = known.get(archive);
  if (found) {
    return found;
  }
  const content = fs.readFileSync(archive);
  const folder = path.join(CACHE, crypto.createHash('sha256').update(content).digest('hex').slice(0, 16));
  if (!fs.existsSync(folder)) {
    // Renamed when whole, so that no other process ever sees half a layer.
    const unpacked = `${folder}.${process.pid}`;
    for (const [name, file] of Object.entries(unzipSync(content)).filter(([entry]) => !entry.endsWith('/'))) {
      fs.mkdirSync(path.dirname(path.join(unpacked, name)), { recursive: true });
      fs.writeFileSync(path.join(unpacked, name), file, { mode: 0o755 });
    }
    try {
      fs.renameSync(unpacked, folder);
    } catch (error) {
      fs.rmSync(unpacked, { recursive: true, force: true });
      if (!fs.existsSync(folder)) {
        throw error;
      }
    }
  }
  known.set(archive, folder);
  return folder;
}
