/** Attributes of a resource that a template asks for. */
export function attributesWanted(template: unknown): Map<string, Set<string>> {
  const wanted = new Map<string, Set<string>>();
  walk(template, (id, attribute) => {
    if (attribute !== undefined) {
      wanted.set(id, (wanted.get(id) ?? new Set()).add(attribute));
    }
  });
  return wanted;
}

/** Ids, in the order in which they stand there, that a part of a template refers to. */
export function references(value: unknown): string[] {
  const found = new Set<string>();
  walk(value, (id) => found.add(id));
  return [...found];
}

function walk(value: unknown, visit: (id: string, attribute?: string) => void): void {
  if (typeof value !== 'object' || value === null) {
    return;
  }
  for (const [name, argument] of Object.entries(value)) {
    if (name === 'Ref' && typeof argument === 'string') {
      visit(argument);
    } else if (name === 'Fn::GetAtt') {
      const [id, ...attribute] = typeof argument === 'string' ? argument.split('.') : argument;
      visit(id, attribute.join('.'));
    } else if (name === 'Fn::Sub') {
      for (const [, reference] of String([argument].flat()[0]).matchAll(/\$\{([^!}][^}]*)\}/g)) {
        const [id, ...attribute] = reference.split('.');
        visit(id, attribute.length > 0 ? attribute.join('.') : undefined);
      }
      walk(argument, visit);
    } else {
      walk(argument, visit);
    }
  }
}
