/** A request of a `.http` file, with what its comments say of it. Texts hold `{{variables}}`. */
export interface TourRequest {
  /** What it is about: the text after `###`. */
  readonly title: string;
  /** What its answer is called in later variables (`# @name`). */
  readonly name: string | undefined;
  /** `# => 202` */
  readonly status: number | undefined;
  /** `# until …`: what its answer must hold in the end. */
  readonly until: string | undefined;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Variables that are set after it. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Variables by name, and the bodies of answers by theirs. */
export interface TourScope {
  readonly variables: Record<string, string>;
  readonly answers: Record<string, unknown>;
}

/** Reads a `.http` file as editors do; the first part, before any `###`, only sets variables. */
export function parseTour(text: string): {
  readonly variables: Readonly<Record<string, string>>;
  readonly requests: readonly TourRequest[];
} {
  const [head = '', ...parts] = text.split(/^###/m);
  return { variables: variablesIn(head), requests: parts.map(toRequest) };
}

/** The text with its variables filled in. Throws for one that is not known. */
export function fill(text: string, { variables, answers }: TourScope): string {
  return text.replaceAll(/\{\{([^}]+)\}\}/g, (_whole, path: string) => {
    const [name = '', ...inner] = path.split('.');
    const value =
      inner.length === 0
        ? variables[name]
        : // After `response.body`.
          inner
            .slice(2)
            .reduce<unknown>((body, field) => (body as Record<string, unknown>)[field], answers[name]);
    if (typeof value !== 'string' && typeof value !== 'number') throw new Error(`there is no {{${path}}}`);
    return fill(String(value), { variables, answers });
  });
}

function toRequest(part: string): TourRequest {
  const [title = '', ...lines] = part.split('\n');
  const comments = lines.filter((line) => line.startsWith('#')).join('\n');
  const rest = lines
    .filter((line) => !/^[#@]/.test(line))
    .join('\n')
    .trim();
  const [head = '', ...body] = rest.split(/\n\n/);
  const [first = '', ...headers] = head.split('\n');
  const [method = '', url = ''] = first.split(' ');
  const status = /^# => (\d{3})$/m.exec(comments)?.[1];
  return {
    title: title.trim(),
    name: /^# @name (\w+)$/m.exec(comments)?.[1],
    status: status === undefined ? undefined : Number(status),
    until: /^# until (.+)$/m.exec(comments)?.[1],
    method,
    url,
    headers: Object.fromEntries(headers.map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string])),
    body: body.length === 0 ? undefined : body.join('\n\n'),
    variables: variablesIn(part),
  };
}

function variablesIn(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(/^@(\w+) = (.+)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
}
