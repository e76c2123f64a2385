/** Zooming in the report, with buttons, mouse, finger and keys, in all pictures of a run. */
import type { Locator, Page } from 'playwright-core';
import { removeTemporary } from '../../logs/temporary.ts';
import { type NewPage, withBrowser } from '../../support/browser.ts';
import { plantRun } from '../checks/planted.ts';
import { busyRun, look, pageOf } from './pages.ts';

afterAll(removeTemporary);

/** A clock that goes up by one a millisecond, and in the last tenth of a second by a thousand. */
const CLIMB = Array.from({ length: 1001 }, (_, i) => ({
  event: 'internal' as const,
  timeUs: i * 1000,
  lamport: i < 900 ? i + 1 : 900 + (i - 899) * 1000,
  queue: i < 500 ? 2 : 7,
}));

withBrowser('zoom in the report', (newPage) => {
  let html: string;
  beforeAll(async () => {
    html = pageOf(await look(plantRun({ a: CLIMB })), await busyRun(20_000, 700_000));
  });

  async function open(options: Parameters<NewPage>[0] = {}): Promise<Page> {
    const page = await newPage({ viewport: { width: 1280, height: 900 }, ...options });
    await page.setContent(html);
    return page;
  }

  const figure = (run: Locator, title: string) => run.locator('figure', { hasText: title }).first();
  const numbers = async (plot: Locator) => (await plot.locator('.side text').allTextContents()).join(' ');
  const shown = (run: Locator) => run.locator('output').textContent();
  /** How high the line is drawn, of 150 pixels. */
  const heights = (plot: Locator) =>
    plot
      .locator('.lines .line')
      .first()
      .evaluate((line) => {
        const box = (line as unknown as { getBBox(): { y: number; height: number } }).getBBox();
        return [Math.round(box.y), Math.round(box.y + box.height)];
      });

  async function drag(page: Page, field: Locator, from: number, to: number): Promise<void> {
    await field.scrollIntoViewIfNeeded();
    const box = (await field.boundingBox())!;
    await page.mouse.move(box.x + box.width * from, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * to, box.y + 30);
    await page.mouse.up();
  }

  test('the shown part is rescaled to the height of its plot, and the whole run can be shown again', async () => {
    const page = await open();
    const run = page.locator('.pictures').first();
    const [clocks, queues] = [figure(run, 'Lamport clocks, at the end'), figure(run, 'Queues')];
    const whole = [await numbers(clocks), await numbers(queues), await heights(clocks)];
    expect(whole).toEqual(['0 20,000 40,000 60,000 80,000 100,000', '0 2 4 6', [8, 142]]);
    const line = await clocks.locator('.lines .line').first().getAttribute('d');

    await drag(page, queues.locator('.field'), 0.2, 0.4);
    expect(await shown(run)).toMatch(/^shown: 0\.(19|20)\d+ s to 0\.(39|40)\d+ s$/);
    expect(await numbers(clocks)).toMatch(/^(200 )?250 300 350( 400)?$/);
    expect(await numbers(queues)).toBe('2');
    // Intervals are five milliseconds long: 41 to 79 lie within.
    const scaled = await clocks.locator('.lines .line').first().getAttribute('d');
    const points = [...scaled!.matchAll(/([\d.]+) (-?[\d.]+)/g)].map(
      ([, x, y]) => [Number(x), Number(y)] as const,
    );
    const inside = points.filter(([x]) => x >= 41 && x <= 79).map(([, y]) => y);
    expect(Math.min(...inside)).toBeLessThan(20);
    expect(Math.min(...inside)).toBeGreaterThanOrEqual(8);
    expect(Math.max(...inside)).toBeGreaterThan(130);
    expect(Math.max(...inside)).toBeLessThanOrEqual(142);

    await run.getByRole('button', { name: 'whole run' }).click();
    expect([await numbers(clocks), await numbers(queues), await heights(clocks)]).toEqual(whole);
    expect(await clocks.locator('.lines .line').first().getAttribute('d')).toBe(line);
    expect(await shown(run)).toBe('whole run: 0.000 s to 1.000 s');
  });

  test('logarithmic axes and durations are rescaled, too', async () => {
    const page = await open();
    const run = page.locator('.pictures').nth(1);
    const latency = figure(run, 'Latency');
    const whole = await numbers(latency);
    expect(whole).toMatch(/ms/);
    await run.getByRole('button', { name: 'closer' }).click();
    await run.getByRole('button', { name: 'closer' }).click();
    expect(await numbers(latency)).not.toBe(whole);
    expect(await numbers(latency)).toMatch(/ms/);
  });

  test('the axes without the script are those that the script draws of the whole run', async () => {
    const axes = async (page: Page) => {
      const parts = await page.locator('.pictures .frame').all();
      return Promise.all(
        parts.map(async (frame) => [
          await numbers(frame),
          await frame.locator('.axis text').allTextContents(),
        ]),
      );
    };
    const still = await axes(await open({ javaScriptEnabled: false }));
    expect(still.length).toBeGreaterThan(10);
    expect(await axes(await open())).toEqual(still);
  });

  test('all pictures of a run zoom together, and other runs do not', async () => {
    const page = await open();
    const [other, run] = [page.locator('.pictures').first(), page.locator('.pictures').nth(1)];
    const part = () => run.locator('.layer:not(.detail)').first().getAttribute('viewBox');
    const [before, apart] = [[await shown(run), await part()], await shown(other)];
    await run.getByRole('button', { name: /^A: / }).click();
    expect(await shown(run)).not.toBe(before[0]);
    expect(await part()).not.toBe(before[1]);
    expect(await run.locator('.detail:not(.far)').count()).toBe(1);
    await run.getByRole('button', { name: 'whole run' }).click();
    expect([await shown(run), await part()]).toEqual(before);
    expect(await run.locator('.detail:not(.far)').count()).toBe(0);

    await drag(page, run.locator('.field').nth(2), 0.25, 0.5);
    const [, , width] = (await part())!.split(' ').map(Number);
    expect(width! / 10_000).toBeCloseTo(0.25, 2);
    const axes = await run.locator('.axis').evaluateAll((all) => all.map((axis) => axis.textContent));
    expect(new Set(axes).size).toBe(1);
    expect(axes[0]!.split(' s').length).toBeGreaterThan(2);
    expect(await shown(other)).toBe(apart);
  });

  test('keys zoom in and out, move earlier and later, and reset', async () => {
    const page = await open();
    const run = page.locator('.pictures').first();
    const whole = await shown(run);
    // Tab leads to the pictures.
    await run.getByRole('button', { name: /^A: / }).focus();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.classList.contains("field")')).toBe(true);
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineWidth');
    expect(outline).toBe('3px');
    const seen = [];
    for (const key of ['+', 'ArrowRight', 'ArrowLeft', '-', '+', '0', '+', 'Escape']) {
      await page.keyboard.press(key);
      seen.push(await shown(run));
    }
    expect(seen).toEqual([
      'shown: 0.250 s to 0.750 s',
      'shown: 0.375 s to 0.875 s',
      'shown: 0.250 s to 0.750 s',
      whole,
      'shown: 0.250 s to 0.750 s',
      whole,
      'shown: 0.250 s to 0.750 s',
      whole,
    ]);
  });

  test('a finger that moves sideways selects a part', async () => {
    const page = await open({ viewport: { width: 400, height: 800 }, hasTouch: true, isMobile: true });
    const run = page.locator('.pictures').first();
    const field = figure(run, 'Queues').locator('.field');
    await field.scrollIntoViewIfNeeded();
    const box = (await field.boundingBox())!;
    const touch = await page.context().newCDPSession(page);
    const y = box.y + 40;
    const at = (part: number) => [{ x: box.x + box.width * part, y }];
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(0.5) });
    for (const part of [0.55, 0.6, 0.7, 0.75])
      await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at(part) });
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    await run.locator('output', { hasText: /^shown: 0\.(49|50)\d+ s to 0\.(74|75)\d+ s$/ }).waitFor();
  });

  test('buttons that cannot do anything are disabled', async () => {
    const page = await open();
    const run = page.locator('.pictures').first();
    const disabled = () =>
      run.locator('[aria-disabled=true]').evaluateAll((all) => all.map((one) => one.textContent));
    expect(await disabled()).toEqual(['whole run', '−', '←', '→']);
    await run.getByRole('button', { name: 'closer' }).click();
    expect(await disabled()).toEqual([]);
  });

  test.each([320, 1280])('at %i pixels the words of an axis do not touch', async (width) => {
    const page = await open({ viewport: { width: 1280, height: 800 } });
    await page.setViewportSize({ width, height: 800 });
    await page.locator('.field').first().focus();
    for (let i = 0; i < 10; i++) await page.keyboard.press('+');
    for (const axis of await page.locator('.pictures .axis').all()) {
      const boxes = await axis
        .locator('text')
        .evaluateAll((all) =>
          all.map((text) => text.getBoundingClientRect()).map(({ left, right }) => [left, right]),
        );
      boxes.forEach(([left], i) => {
        if (i > 0) expect(left! - boxes[i - 1]![1]!).toBeGreaterThan(4);
      });
      expect(boxes.at(-1)![1]!).toBeLessThanOrEqual(width);
    }
  });

  test('on paper it says which part is shown', async () => {
    const page = await open();
    const run = page.locator('.pictures').first();
    await page.emulateMedia({ media: 'print' });
    expect(await run.locator('output').isVisible()).toBe(false);
    await run.locator('.field').first().focus();
    await page.keyboard.press('+');
    expect(await run.locator('output').isVisible()).toBe(true);
    expect(await run.getByRole('button').first().isVisible()).toBe(false);
  });
});
