import type { ComponentChildren } from 'preact';
import { visible } from './format.ts';

/** Text that somebody else wrote: shown as it is, and kept from reordering what is around it. */
export function Text({ value }: { readonly value: string }) {
  return <bdi>{visible(value)}</bdi>;
}

/** A name, id or code. */
export function Code({ value }: { readonly value: string }) {
  return (
    <code>
      <Text value={value} />
    </code>
  );
}

/** A saga's status as a badge. */
export function StatusBadge({ status }: { readonly status: string }) {
  return <span class={`badge is-${status}`}>{status}</span>;
}

/** A framed part of a screen. */
export function Card(props: {
  readonly title: string;
  readonly tools?: ComponentChildren;
  readonly children: ComponentChildren;
  readonly class?: string;
}) {
  return (
    <section class={`card ${props.class ?? ''}`} aria-label={props.title}>
      <header class="card-head">
        <h2>{props.title}</h2>
        <div class="card-tools">{props.tools}</div>
      </header>
      {props.children}
    </section>
  );
}

/** Where there is nothing, or nothing yet, or something went wrong. */
export function Notice(props: {
  readonly kind: 'empty' | 'loading' | 'error';
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class={`notice is-${props.kind}`} role={props.kind === 'error' ? 'alert' : 'status'}>
      <strong>{props.title}</strong>
      {props.children}
    </div>
  );
}

/** What an error says, with a way to try again. */
export function ErrorNotice({ error, retry }: { readonly error: Error; readonly retry?: () => void }) {
  return (
    <Notice kind="error" title="This did not work">
      <p>
        <Text value={error.message} />
      </p>
      {retry === undefined ? null : (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </Notice>
  );
}
