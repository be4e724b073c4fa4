import makeTemporaryFolder from '../setup/temporary-folder';
import { installParts } from './parts/install';

export default function setUp(): void {
  installParts();
  makeTemporaryFolder();
}
