import { api } from './api.ts';
import { JsonView } from './json-view.tsx';
import { Card, Text } from './text.tsx';
import { useLoad } from './use-load.ts';

/** What was proven of a definition; nothing where the server proves nothing. */
export function ProofCard({ name, version }: { readonly name: string; readonly version: number }) {
  const { data } = useLoad(`${name} ${version}`, (signal) => api.proof(name, version, signal));
  if (data === undefined) return null;
  const properties = Array.isArray(data['properties'])
    ? (data['properties'] as readonly unknown[]).map(toProperty)
    : [];
  return (
    <Card title="Proof">
      {properties.length === 0 ? (
        <JsonView value={data} />
      ) : (
        <ul class="proof">
          {properties.map(({ title, holds }) => (
            <li key={title} class={holds ? 'is-held' : 'is-broken'}>
              <b>{holds ? '✓ holds' : '✕ does not hold'}</b> <Text value={title} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function toProperty(property: unknown): { readonly title: string; readonly holds: boolean } {
  const { text, holds } = (property ?? {}) as Readonly<Record<string, unknown>>;
  return { title: typeof text === 'string' ? text : '', holds: holds === true };
}
