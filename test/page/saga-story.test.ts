import { expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { goodOrder } from './page-server.ts';
import { describePage } from './page-world.ts';

const patience = { timeout: 10_000 };

/** Run in an inspector: the states it was told of. */
const statesTold =
  "JSON.stringify(window.got.filter(({ type }) => type === '@xstate.snapshot').map(({ snapshot }) => snapshot.value))";

/** Does not give up while a test looks at it. */
const patient = defineSaga('patient', {
  defaults: { timeout: '5m', retry: { initialInterval: 50, maximumAttempts: 5 } },
}).step('pay', { action: 'payment.charge', compensation: 'payment.refund' });

describePage('the page, looking at one saga', ({ serve, open, complaints }) => {
  it('starts an order and shows live how it is undone', async () => {
    const server = await serve({ pace: 60 });
    const page = await open(`${server.url}/ui/definitions/order`);
    await page.getByRole('button', { name: 'Start one' }).click();
    const dialog = page.getByRole('dialog');
    await dialog
      .getByLabel('Input')
      .fill(JSON.stringify({ ...goodOrder, shippingAddress: { country: 'XX' } }));
    await dialog.getByLabel('Id').fill('mine');
    await dialog.getByRole('button', { name: 'Start' }).click();
    await expect.poll(() => page.url(), patience).toContain('/ui/sagas/mine');
    const seen = new Set<string>();
    const status = page.locator('.saga-head .badge').first();
    await expect.poll(async () => seen.add(await status.innerText()).has('compensated'), patience).toBe(true);
    const step = (name: string) => page.locator('.step', { hasText: new RegExp(`^.${name}`) }).innerText();
    await expect.poll(() => step('createShipment'), patience).toMatch(/failed/);
    expect(await step('undo reserveInventory')).toContain('undone');
    expect(await step('undo createShipment')).toContain('not needed');
    await expect
      .poll(() => page.locator('.answers').innerText(), patience)
      .toContain('undeliverable, nothing is delivered to country XX');
    expect(await page.locator('.drawing .is-compensated, .drawing svg.is-compensated').count()).toBe(1);
    expect(await page.locator('.bar').allInnerTexts()).toHaveLength(5);
    expect(await page.locator('.rows .row.is-open .badge').innerText()).toBe('compensated');
    expect(complaints).toEqual([]);
  });

  it('goes back in time: state, chart, data and timeline of that moment', async () => {
    const server = await serve();
    await server.orchestrator.start(
      'order',
      { ...goodOrder, shippingAddress: { country: 'XX' } },
      { id: 'a' },
    );
    const { version } = await server.orchestrator.settled('a', { timeout: 5_000 });
    const page = await open(`${server.url}/ui/sagas/a`);
    const badge = page.locator('.saga-head .badge').first();
    await expect.poll(() => badge.innerText(), patience).toBe('compensated');
    await page.getByLabel('Line of the journal').focus();
    await page.keyboard.press('Home');
    await expect.poll(() => badge.innerText(), patience).toBe('running');
    expect(page.url()).toContain('seq=1');
    await expect
      .poll(
        () => page.locator('.drawing .state.active[data-state="running.reserveInventory"]').count(),
        patience,
      )
      .toBe(1);
    await expect.poll(() => page.locator('.bar').count(), patience).toBe(1);
    await page.getByRole('button', { name: 'One line on' }).click();
    await expect
      .poll(
        () => page.locator('.drawing .state.active[data-state="running.processPayment"]').count(),
        patience,
      )
      .toBe(1);
    await page.getByRole('tab', { name: 'results' }).click();
    await expect.poll(() => page.getByRole('tabpanel').innerText(), patience).toContain('reservation-a');
    expect(await page.getByRole('tabpanel').innerText()).not.toContain('payment-a');
    expect(
      await page
        .locator('.saga-actions')
        .getByRole('button', { name: /Cancel|Retry/ })
        .count(),
    ).toBe(0);
    await page.goBack();
    await page.goto(`${server.url}/ui/sagas/a?seq=3`);
    await expect.poll(() => page.locator('.slider-words b').innerText(), patience).toBe(`3/${version}`);
    await page.getByRole('button', { name: 'back to now' }).click();
    await expect.poll(() => badge.innerText(), patience).toBe('compensated');
    expect(page.url()).not.toContain('seq');
    expect(complaints).toEqual([]);
  });

  it('tells of a state that is clicked, and lets the chart be walked through by keyboard', async () => {
    const server = await serve();
    await server.orchestrator.start('order', { ...goodOrder, paymentMethod: 'card-declined' }, { id: 'a' });
    await server.orchestrator.settled('a', { timeout: 5_000 });
    const page = await open(`${server.url}/ui/sagas/a`);
    await page.locator('.drawing [data-state="running.processPayment"]').click();
    const details = page.getByRole('region', { name: 'State running.processPayment' });
    await expect
      .poll(() => details.innerText(), patience)
      .toMatch(/payment\.charge[\s\S]*refused[\s\S]*card_declined/);
    const tree = page.getByRole('tree');
    expect(await tree.getByRole('treeitem').count()).toBeGreaterThan(8);
    await tree.getByRole('treeitem').first().focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await expect
      .poll(() => page.getByRole('region', { name: 'State running.reserveInventory' }).count(), patience)
      .toBe(1);
    // Where there is nothing further to the left, the chart stays as it is: the key is not the time slider's.
    await tree.getByRole('treeitem').first().focus();
    await page.keyboard.press('ArrowLeft');
    expect(page.url()).not.toContain('seq=');
    await page.getByRole('button', { name: 'full' }).click();
    await expect
      .poll(() => page.locator('.drawing [data-state="running.processPayment.executing"]').count(), patience)
      .toBe(1);
    // What is looked at is in the address.
    await page.goto(`${server.url}/ui/sagas/a?view=full&state=running.processPayment.executing&seq=2`);
    await page.getByRole('region', { name: 'State running.processPayment.executing' }).waitFor();
    await expect
      .poll(
        () => page.locator('.drawing .active[data-state="running.processPayment.executing"]').count(),
        patience,
      )
      .toBe(1);
    expect(complaints).toEqual([]);
  });

  it('shows armed timers on the chart, when they ring, and what time and a refusal would lead to', async () => {
    const server = await serve();
    await server.orchestrator.start('trip', {}, { id: 't' });
    const page = await open(`${server.url}/ui/sagas/t`);
    const clock = page.locator('.drawing [data-state="running.agreement"] > .clock title');
    await expect.poll(() => clock.textContent(), patience).toMatch(/^agreement\.timeout at \d{4}-/);
    await expect
      .poll(() => page.locator('.answers').innerText(), patience)
      .toMatch(/agreement is given up as unanswered in \d+ (?:min|h) and the deadline passes in/);
    await page.locator('.drawing [data-state="running.agreement"]').click();
    await expect
      .poll(() => page.getByRole('region', { name: 'State running.agreement' }).innerText(), patience)
      .toMatch(/by itself in \d+ (?:min|h)/);
  });

  it('shows attempts, the waits between them, and what goes on, on one line of time', async () => {
    const server = await serve({ sagas: [patient] });
    let refusals = 0;
    server.says.script = ({ operation }) => {
      if (operation !== 'charge') return undefined;
      refusals += 1;
      const error = { code: 'bank_busy', message: 'later' };
      return refusals < 3 ? { type: 'failed', error } : new Promise<never>(() => undefined);
    };
    await server.orchestrator.start('patient', {}, { id: 'a' });
    const page = await open(`${server.url}/ui/sagas/a`);
    const names = () => page.locator('.bar .bar-name').allInnerTexts();
    await expect.poll(names, patience).toEqual(['pay', 'backoff', 'pay #2', 'backoff', 'pay #3']);
    expect(await page.locator('.bar.is-failed').first().getAttribute('title')).toContain('bank_busy: later');
    expect(await page.locator('.bar.is-open .bar-name').innerText()).toBe('pay #3');
    await expect.poll(() => page.locator('.answers').innerText(), patience).toContain('attempt 3 of');
  });

  it('gives an inspector the journal once it listens, and what follows as it happens', async () => {
    const server = await serve({ inspectorUrl: 'https://inspect.example/here' });
    await server.orchestrator.start('trip', {}, { id: 't' });
    const page = await open(`${server.url}/ui/sagas/t`);
    // An inspector as the package makes them: it tells its opener that it listens, and takes what is posted.
    const listening =
      "<script>window.got = []; addEventListener('message', ({ data }) => got.push(data)); opener.postMessage({ type: '@statelyai.connected' }, '*')</script>";
    await page
      .context()
      .route('https://inspect.example/**', (route) =>
        route.fulfill({ contentType: 'text/html', body: listening }),
      );
    const opened = page.waitForEvent('popup');
    await page.getByRole('button', { name: 'Open in Stately Inspector' }).click();
    const inspector = await opened;
    const types = () => inspector.evaluate('window.got.map(({ type }) => type)');
    await expect.poll(types, patience).toContain('@xstate.actor');
    await server.orchestrator.signal('t', { name: 'agreement', data: 'yes' });
    await expect.poll(() => inspector.evaluate(statesTold), patience).toMatch(/agreement.*pay.*completed/);
    expect(complaints).toEqual([]);
  });

  it('says so when a saga does not exist, and when the server is gone, and goes on by itself', async () => {
    const server = await serve();
    await server.orchestrator.start('order', goodOrder, { id: 'a' });
    await server.orchestrator.settled('a', { timeout: 5_000 });
    const page = await open(`${server.url}/ui/sagas/nobody`);
    await expect.poll(() => page.getByRole('alert').innerText(), patience).toContain('nobody');
    await page.goto(`${server.url}/ui/sagas`);
    await expect.poll(() => page.locator('.connection').innerText(), patience).toBe('live');
    await page.context().setOffline(true);
    await page.getByRole('button', { name: /^failed/ }).click();
    await expect
      .poll(() => page.getByRole('status').allInnerTexts(), patience)
      .toContainEqual(expect.stringContaining('cannot be reached'));
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => page.locator('.list-pane').innerText(), patience).toContain('No saga matches');
  });
});
