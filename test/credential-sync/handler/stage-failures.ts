import * as fs from 'fs';
import * as path from 'path';
import * as ts from 'typescript';
import { SyncStage } from '../../../lib/credential-sync/contract';

const FOLDER = path.join(__dirname, '../../../lib/credential-sync/handler');

/** Stages of the files that have a short form of their own, `failure(reason, message, remedy)`. */
const STAGES: Record<string, SyncStage> = { 'secrets.ts': 'secretsmanager', 'registry.ts': 'ecr' };

/** A message as the sources have it, with … for what is put in. */
export interface StageMessage {
  readonly stage: string;
  readonly message: string;
}

/** Every message of a failure that the handler can fail with. */
export function listStageMessages(): StageMessage[] {
  return fs.readdirSync(FOLDER).filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts')).flatMap((file) => {
    const found: StageMessage[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
        const name = node.expression.getText();
        const [first, second, third] = node.arguments ?? [];
        if (name === 'failure') {
          found.push({ stage: STAGES[file], message: textOf(second) });
        } else if (name === 'kubernetesFailure') {
          found.push({ stage: 'kubernetes', message: textOf(second) });
        } else if (name === 'StageFailure' && !ts.isIdentifier(third)) {
          found.push({ stage: textOf(first), message: textOf(third) });
        }
      }
      node.forEachChild(visit);
    };
    visit(ts.createSourceFile(file, fs.readFileSync(path.join(FOLDER, file), 'utf8'), ts.ScriptTarget.ES2022, true));
    return found;
  });
}

function textOf(node: ts.Expression): string {
  if (ts.isStringLiteralLike(node)) {
    return node.text;
  }
  return ts.isTemplateExpression(node) ? [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('…').replace(/…+/g, '…') : '…';
}
