import { expect, it } from 'vitest';
import { goodOrder } from './page-server.ts';
import { describePage } from './page-world.ts';

const patience = { timeout: 10_000 };

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
    await page.getByRole('button', { name: 'full' }).click();
    await expect
      .poll(() => page.locator('.drawing [data-state="running.processPayment.executing"]').count(), patience)
      .toBe(1);
    expect(complaints).toEqual([]);
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
    await expect
      .poll(() => inspector.evaluate('JSON.stringify(window.got)'), patience)
      .toContain('agreement');
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
