import makeTemporaryFolder from '../setup/temporary-folder';
import { installCfnLint } from './cfn-lint';

export default function setUp(): void {
  installCfnLint();
  makeTemporaryFolder();
}
