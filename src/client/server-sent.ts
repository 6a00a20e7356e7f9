/** One event of a stream of server-sent events. */
export interface ServerSent {
  readonly event: string;
  readonly data: string;
  /** Of this event, or of the last one that had one. */
  readonly id: string;
}

/** The events of a `text/event-stream`, as the HTML standard reads it. Ends with the stream; what breaks it is thrown. */
export async function* readServerSent(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSent, void> {
  let fields = { event: 'message', data: [] as readonly string[] };
  let id = '';
  for await (const line of readLines(body)) {
    const [name, value] = toField(line);
    if (line === '') {
      if (fields.data.length > 0) yield { event: fields.event, data: fields.data.join('\n'), id };
      fields = { event: 'message', data: [] };
    } else if (name === 'data') fields = { ...fields, data: [...fields.data, value] };
    else if (name === 'event') fields = { ...fields, event: value };
    else if (name === 'id' && !value.includes('\0')) id = value;
  }
}

function toField(line: string): readonly [name: string, value: string] {
  const at = line.indexOf(':');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1).replace(/^ /, '')];
}

/** An unfinished line at the end belongs to no event. */
async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = '';
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += decoder.decode(value, { stream: true });
      // A carriage return at the end may be the first half of a line's end.
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
