/** Reads a property that imported clusters refuse by throwing when they were not given it. */
export function readIfGiven<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Whether the object is of a class of the CDK or of a class derived from it, also when two copies of the CDK are loaded. */
export function isInstanceOf(object: object, propertyInjectionId: string): boolean {
  for (let type = object.constructor; typeof type === 'function'; type = Object.getPrototypeOf(type)) {
    if ((type as { PROPERTY_INJECTION_ID?: string }).PROPERTY_INJECTION_ID === propertyInjectionId) {
      return true;
    }
  }
  return false;
}
