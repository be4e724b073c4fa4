import makeTemporaryFolder from '../setup/temporary-folder';
import { installParts } from './parts/install';

export default function setUp(): void {
  installParts(['kubernetes', 'kubernetes-1.28', 'authenticator']);
  makeTemporaryFolder();
}
