/*
 * Every public name of both entry points, one a line, with its type and what it is by default: what users' programs are
 * written against.
 */
import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { defaultOf, exportedDeclarations, publicMembers } from './declarations.mjs';

/** Names of the assembly, for all languages. */
export function assemblyNames({ name: assembly, types }) {
  const short = (type) => type.replace(`${assembly}.`, '');
  const spell = ({ primitive, fqn, collection, union, intersection }) => primitive ?? (fqn && short(fqn))
    ?? (collection ? `${collection.kind}<${spell(collection.elementtype)}>` : (union ?? intersection).types.map(spell).join(union ? ' | ' : ' & '));
  const parameters = (list = []) => `(${list.map(({ name, optional, variadic, type }) => `${variadic ? '...' : ''}${name}${optional ? '?' : ''}: ${spell(type)}`).join(', ')})`;

  return Object.values(types).sort(byName).flatMap(({ name, kind, datatype, base, interfaces = [], initializer, properties = [], methods = [], members = [], docs }) => [
    `${datatype ? 'struct' : kind} ${name}${[base, ...interfaces].filter(Boolean).map((parent) => ` < ${short(parent)}`).join('')}${deprecated(docs)}`,
    ...initializer ? [`  new ${parameters(initializer.parameters)}`] : [],
    ...members.map((member) => `  ${member.name}${deprecated(member.docs)}`),
    ...[...properties].sort(byName).map((property) =>
      `  ${modifiers(property)}${property.name}${property.optional ? '?' : ''}: ${spell(property.type)}${property.docs?.default ? ` = ${property.docs.default.replace(/\s+/g, ' ')}` : ''}${deprecated(property.docs)}`),
    ...[...methods].sort(byName).map((method) => `  ${modifiers(method)}${method.name}${parameters(method.parameters)}: ${method.returns ? spell(method.returns.type) : 'void'}${deprecated(method.docs)}`),
  ]);
}

/** Names of an entry point that is not in the assembly, from its declarations. */
export function declaredNames(file) {
  return exportedDeclarations(file).flatMap(({ name, declaration }) => {
    const heritage = (declaration.heritageClauses ?? []).flatMap(({ types }) => types).map((type) => ` < ${type.getText()}`).join('');
    const members = publicMembers(declaration).map((member) => `  ${signature(member)}${spelledDefault(member)}`);
    return [`${ts.SyntaxKind[declaration.kind].replace('Declaration', '').toLowerCase()} ${name}${heritage}`, ...members.sort()];
  });
}

/** The lines of all entry points, as they stand in the pinned list. */
export function publicNames(root) {
  const assembly = JSON.parse(fs.readFileSync(path.join(root, '.jsii'), 'utf8'));
  return [
    `# ${assembly.name}`, ...assemblyNames(assembly), '',
    `# ${assembly.name}/blueprints`, ...declaredNames(path.join(root, 'lib/blueprints/index.d.ts')), '',
  ].join('\n');
}

function byName({ name: one }, { name: two }) {
  return one < two ? -1 : 1;
}

function modifiers({ static: isStatic, const: isConstant, protected: isProtected }) {
  return [isStatic && 'static ', isConstant && 'constant ', isProtected && 'protected '].filter(Boolean).join('');
}

function deprecated(docs) {
  return docs?.deprecated ? ' (deprecated)' : '';
}

function signature(member) {
  const { text } = member.getSourceFile();
  return text.slice(member.getStart(), member.body?.getStart() ?? member.end).replace(/\/\*[\s\S]*?\*\//g, '').replace(/\s+/g, ' ').replace(/;$/, '').trim();
}

function spelledDefault(member) {
  const text = defaultOf(member);
  return text === undefined ? '' : ` = ${text}`;
}
