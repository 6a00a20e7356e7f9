import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startDemo } from '../../examples/order/start-demo.ts';
import { fill, parseTour, type TourRequest, type TourScope } from './http-tour.ts';

const { variables, requests } = parseTour(
  readFileSync(new URL('../../api_examples.http', import.meta.url), 'utf8'),
);

test('every request of api_examples.http says what it is answered with', () => {
  expect(requests.length).toBeGreaterThan(50);
  expect(requests.filter(({ status }) => status === undefined)).toEqual([]);
});

test('api_examples.http runs from top to bottom against the demo', async () => {
  const data = mkdtempSync(join(tmpdir(), 'sagachart-tour-'));
  const demo = await startDemo({ config: { data, port: 0, natsPort: 0 } });
  onTestFinished(async () => {
    await demo.close();
    rmSync(data, { recursive: true, force: true });
  });
  const scope: TourScope = { variables: { ...variables, host: demo.url }, answers: {} };
  const seen: string[] = [];
  for (const request of requests) seen.push(`${described(request)} => ${await run(request, scope)}`);
  expect(seen).toEqual(requests.map((request) => `${described(request)} => ${request.status}`));
}, 90_000);

/** Sends a request, until its answer says what it has to; gives the status. */
async function run(request: TourRequest, scope: TourScope): Promise<number> {
  let answer = await send(request, scope);
  const { until = '' } = request;
  const look = async () => {
    if (!answer.text.includes(until)) answer = await send(request, scope);
    return answer.text;
  };
  await expect.poll(look, { timeout: 30_000 }).toContain(until);
  if (request.name !== undefined) scope.answers[request.name] = JSON.parse(answer.text);
  Object.assign(scope.variables, request.variables);
  return answer.status;
}

async function send({ method, url, headers, body }: TourRequest, scope: TourScope) {
  const response = await fetch(fill(url, scope), {
    method,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fill(value, scope)])),
    ...(body === undefined ? {} : { body: fill(body, scope) }),
  });
  return { status: response.status, text: await response.text() };
}

function described({ title, method, url }: TourRequest): string {
  return `${title}: ${method} ${url}`;
}
