// What an entry point exports that is not in the assembly, read from its declarations.
import ts from 'typescript';

/** Names and declarations of all exports, in the order of the names. */
export function exportedDeclarations(file) {
  const program = ts.createProgram([file], { module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16, noLib: true, types: [] });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  return checker.getExportsOfModule(checker.getSymbolAtLocation(source)).sort(byName).map((exported) => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    return { name: exported.name, declaration: symbol.declarations[0] };
  });
}

export function publicMembers(declaration) {
  return (declaration.members ?? []).filter((member) => !(ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private));
}

/** The exports in the form in which an assembly has them, as far as their documentation goes. */
export function documentedTypes(file) {
  return exportedDeclarations(file).map(({ name, declaration }) => {
    const [initializers, others] = [true, false].map((wanted) => publicMembers(declaration).filter((member) => ts.isConstructorDeclaration(member) === wanted));
    return {
      name,
      kind: ts.isClassDeclaration(declaration) ? 'class' : 'interface',
      datatype: ts.isInterfaceDeclaration(declaration),
      docs: docsOf(declaration),
      initializer: initializers.map(documented)[0],
      members: others.map(documented),
    };
  });
}

export function defaultOf(node) {
  const tag = ts.getJSDocTags(node).find(({ tagName }) => tagName.text === 'default');
  return tag && (ts.getTextOfJSDocComment(tag.comment) ?? '').replace(/\s+/g, ' ');
}

function documented(node) {
  return {
    name: node.name?.getText(),
    docs: docsOf(node),
    optional: node.questionToken !== undefined,
    type: typeOf(node),
    parameters: (node.parameters ?? []).map((parameter) => ({ name: parameter.name.getText(), docs: docsOf(parameter), optional: Boolean(parameter.questionToken ?? parameter.initializer), type: typeOf(parameter) })),
  };
}

function docsOf(node) {
  const comments = ts.isParameter(node) ? ts.getJSDocParameterTags(node) : ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const [summary, ...remarks] = comments.map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '').join('\n\n').split(/\n\s*\n/);
  return { summary, remarks: remarks.join('\n\n'), default: defaultOf(node) };
}

function typeOf({ type }) {
  const text = type?.getText();
  return ['string', 'number', 'boolean'].includes(text) ? { primitive: text } : {};
}

function byName({ name: one }, { name: two }) {
  return one < two ? -1 : 1;
}
