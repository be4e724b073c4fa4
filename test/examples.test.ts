import * as fs from 'fs';
import * as path from 'path';
import ts from 'typescript';

const ROOT = path.join(__dirname, '..');
const PACKAGE = 'cdk-collate-hybrid-runner';
const TYPESCRIPT = path.join(ROOT, 'examples/typescript/every-choice.ts');

interface Member {
  readonly type: string;
  readonly name: string;
  /** Whether it is read from an object, rather than given to one or called. */
  readonly read: boolean;
}

/** What a program can choose: each factory, method and option, and what it can read. */
const MEMBERS: Member[] = Object.values<any>(JSON.parse(fs.readFileSync(path.join(ROOT, '.jsii'), 'utf8')).types).flatMap(({ name: type, datatype, properties = [], methods = [] }) =>
  [...properties.map(({ name, overrides, const: constant }: any) => ({ type, name, overrides, read: !datatype && !constant })), ...methods.map(({ name, overrides }: any) => ({ type, name, overrides, read: false }))]
    .filter(({ overrides }) => !overrides));

function contextualType(checker: ts.TypeChecker, literal: ts.ObjectLiteralExpression): ts.Type | undefined {
  const type = checker.getContextualType(literal);
  return type && checker.getNonNullableType(type);
}

/** Members of the library that the TypeScript example names, each with the type that declares it. */
function usedInTypeScript(): Set<string> {
  const program = ts.createProgram([TYPESCRIPT], {
    strict: true, skipLibCheck: true, types: [], module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16,
    paths: { [PACKAGE]: [path.join(ROOT, 'lib/index.d.ts')] },
  });
  const checker = program.getTypeChecker();
  const used = new Set<string>();
  const visit = (node: ts.Node): void => {
    const given = ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node);
    const symbol = given ? contextualType(checker, node.parent)?.getProperty(node.name.getText()) : ts.isPropertyAccessExpression(node) ? checker.getSymbolAtLocation(node.name) : undefined;
    const declaration = symbol?.declarations?.[0];
    if (declaration && !path.relative(ROOT, declaration.getSourceFile().fileName).includes('node_modules')) {
      used.add(`${(declaration.parent as ts.ClassDeclaration).name?.text}.${symbol!.name}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(program.getSourceFile(TYPESCRIPT)!);
  return used;
}

test('the app with every choice has each factory, option and method', () => {
  const used = usedInTypeScript();
  expect(MEMBERS.map(({ type, name }) => `${type}.${name}`).filter((member) => !used.has(member))).toEqual([]);
});

const upper = (name: string) => name[0].toUpperCase() + name.slice(1);

/** The other examples come out as the same templates; here each has as many of a name as there are types that have it. */
test.each<[string, (member: Member) => string]>([
  ['examples/python/every_choice.py', ({ name }) => /[a-z]/.test(name) ? name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase() : name],
  ['examples/java/src/main/java/com/acme/data/EveryChoice.java', ({ name, read }) => read ? `get${upper(name)}` : name],
  ['examples/go/everychoice/main.go', ({ name }) => upper(name)],
])('%s has them too', (file, spell) => {
  const words = fs.readFileSync(path.join(ROOT, file), 'utf8').split(/[^A-Za-z0-9_]+|(?<=[a-z0-9])_(?=[A-Z])/);
  const wanted = [...new Set(MEMBERS.map(spell))].map((word) => ({ word, types: MEMBERS.filter((member) => spell(member) === word).map(({ type }) => type) }));
  const missing = wanted.filter(({ word, types }) => words.filter((candidate) => candidate === word).length < types.length);
  expect(missing.map(({ word, types }) => `${word} of ${types.join(', ')}`)).toEqual([]);
});
