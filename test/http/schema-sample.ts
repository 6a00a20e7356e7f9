/** A JSON schema, as far as the API's request bodies need it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly minLength?: number;
}

/** A value that fits a schema: what must be there, and nothing else. */
export function sampleOf(schema: Schema, named: Readonly<Record<string, Schema>>): unknown {
  const { $ref, anyOf, oneOf, allOf } = schema;
  if ($ref !== undefined) return sampleOf(named[$ref.split('/').at(-1) ?? ''] ?? {}, named);
  const choice = anyOf?.[0] ?? oneOf?.[0];
  if (choice !== undefined) return sampleOf(choice, named);
  if (allOf !== undefined) return Object.assign({}, ...allOf.map((part) => sampleOf(part, named) as object));
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.type === 'object')
    return Object.fromEntries(
      (schema.required ?? []).map((name) => [name, sampleOf(schema.properties?.[name] ?? {}, named)]),
    );
  if (schema.type === 'array')
    return Array.from({ length: schema.minItems ?? 0 }, () => sampleOf(schema.items ?? {}, named));
  if (schema.type === 'string') return 'x'.repeat(Math.max(1, schema.minLength ?? 1));
  if (schema.type === 'integer' || schema.type === 'number') return 1;
  return schema.type === 'boolean' ? true : null;
}
