import { expect, it } from 'vitest';
import { goodOrder } from './page-server.ts';
import { describePage } from './page-world.ts';

const patience = { timeout: 10_000 };

describePage('the page, without a mouse', ({ serve, open, complaints }) => {
  it('finds, opens, walks through and acts, by keys alone', async () => {
    const server = await serve();
    for (const id of ['a1', 'a2', 'a3'])
      await server.orchestrator.start('order', { ...goodOrder, paymentMethod: 'card-declined' }, { id });
    for (const id of ['a1', 'a2', 'a3']) await server.orchestrator.settled(id, { timeout: 5_000 });
    await server.orchestrator.start('trip', {}, { id: 't1' });
    const page = await open(`${server.url}/ui/sagas`);
    await expect.poll(() => page.locator('.row').count(), patience).toBe(4);
    const press = (...keys: readonly string[]) =>
      keys.reduce((done, key) => done.then(() => page.keyboard.press(key)), Promise.resolve());
    await press('/');
    await page.keyboard.type('name:order status:compensated');
    await press('Enter');
    await expect.poll(() => page.locator('.row').count(), patience).toBe(3);
    expect(page.url()).toContain('q=name%3Aorder+status%3Acompensated');
    const ids = await page.locator('.row-id').allInnerTexts();
    await press('j', 'j', 'k');
    expect(await page.locator('.row.is-cursor .row-id').innerText()).toBe(ids[0]);
    await press('j', 'Enter');
    await expect.poll(() => page.locator('.saga-head').innerText(), patience).toContain(ids[1]);
    await press('j');
    await expect.poll(() => page.locator('.saga-head').innerText(), patience).toContain(ids[2]);
    await press('ArrowLeft');
    await expect.poll(() => page.url(), patience).toContain('seq=');
    await press('Escape');
    await expect.poll(() => page.getByRole('heading', { level: 1 }).innerText(), patience).toBe('Sagas');
    await press('x');
    expect(await page.getByRole('region', { name: 'Selected sagas' }).count()).toBe(1);
    await press('Escape', '?');
    await expect.poll(() => page.getByRole('dialog').innerText(), patience).toContain('Keys and queries');
    // In a dialog keys are the dialog's.
    await press('j', 'Escape');
    await expect.poll(() => page.getByRole('dialog').count(), patience).toBe(0);
    await press('3');
    await expect.poll(() => page.getByRole('heading', { level: 1 }).innerText(), patience).toBe('Errors');
    await press('t');
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
    await page.goto(`${server.url}/ui/sagas/t1`);
    await expect.poll(() => page.locator('.saga-actions button').count(), patience).toBeGreaterThan(2);
    await page.getByRole('button', { name: 'Cancel', exact: true }).focus();
    await press('Enter');
    await page.getByRole('dialog').getByLabel('Why').focus();
    await page.keyboard.type('no more');
    await press('Tab', 'Tab', 'Enter');
    await expect.poll(async () => (await server.orchestrator.get('t1')).cause, patience).toBe('cancelled');
    expect(complaints).toEqual([]);
  });

  it('keeps the order of Tab through everything that can be used, and shows where it is', async () => {
    const server = await serve();
    const page = await open(`${server.url}/ui/definitions/trip`);
    await expect.poll(() => page.getByRole('tree').count(), patience).toBe(1);
    const seen: string[] = [];
    for (let count = 0; count < 25; count += 1) {
      await page.keyboard.press('Tab');
      seen.push(
        String(
          await page.evaluate(
            'document.activeElement.textContent.trim().slice(0, 20) || document.activeElement.getAttribute("aria-label")',
          ),
        ),
      );
    }
    expect(seen[0]).toBe('To the content');
    expect(seen).toEqual(expect.arrayContaining(['Start one', 'Its sagas', 'full', 'SVG']));
    // The whole chart is one stop: arrow keys walk in it.
    expect(await page.locator('.drawing [tabindex="0"]').count()).toBe(1);
  });
});
