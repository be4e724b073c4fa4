import makeTemporaryFolder from '../setup/temporary-folder';
import { buildPackages } from './packages';

export default function setUp(): void {
  buildPackages();
  makeTemporaryFolder();
}
