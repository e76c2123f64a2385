/**
 * The chat page in a real browser, against a real cluster: the replica that serves it dies, and the
 * chat continues.
 */
import type { Page } from 'playwright-core';
import { withBrowser } from '../support/browser.ts';
import { LiveCluster } from '../support/live-cluster.ts';

async function signUp(page: Page, name: string): Promise<void> {
  await page.getByTestId('name').fill(name);
  await page.getByTestId('password').fill('correct horse');
  await page.getByTestId('sign-up').click();
  await page.getByTestId('me').getByText(name).waitFor();
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByTestId('composer').fill(text);
  await page.getByTestId('send').click();
}

/** Does something with a message, whose buttons are there for whoever points at it. */
async function act(page: Page, text: string, what: 'edit' | 'delete'): Promise<void> {
  const message = page.locator('[data-testid=message]', { hasText: text });
  await message.hover();
  await message.getByTestId(what).click();
}

function messages(page: Page): Promise<string[]> {
  return page.getByTestId('message').allInnerTexts();
}

withBrowser('the chat page', (newPage) => {
  test('continues when the replica that serves it is killed', async () => {
    const cluster = await LiveCluster.start(3);
    try {
      const [ada, grace] = [await newPage(), await newPage()];
      // The console may say that a replica does not answer, but not that the page did something
      // that the browser forbids.
      const complaints: string[] = [];
      ada.on('console', (message) => {
        if (message.text().includes('Content Security Policy')) complaints.push(message.text());
      });
      await ada.goto(cluster.url('r1'));
      await grace.goto(cluster.url('r2'));
      await signUp(ada, 'ada');
      await signUp(grace, 'grace');

      // Nobody was there when ada came; grace turns up in her list by herself.
      await ada.getByTestId('person-grace').click();
      await say(ada, 'are you there?');
      await grace.getByTestId('conversation-ada').click();
      await grace.getByTestId('message').getByText('are you there?').waitFor();

      await cluster.kill('r1');
      await say(ada, 'my server just died');
      await grace.getByTestId('message').getByText('my server just died').waitFor();
      await say(grace, 'and yet here you are');
      await ada.getByTestId('message').getByText('and yet here you are').waitFor();
      await ada.locator('[data-testid=message][data-state=sent]').getByText('my server just died').waitFor();

      for (const page of [ada, grace]) {
        const seen = (await messages(page)).join('\n');
        for (const text of ['are you there?', 'my server just died', 'and yet here you are']) {
          expect(seen.split(text)).toHaveLength(2);
        }
      }
      await ada.locator('[data-testid=message][data-sequence="2"] [data-fate=read]').waitFor();

      // A room, in which a message is changed and another taken back; script and markup are text.
      await ada.getByTestId('new-room').click();
      await ada.getByTestId('room-name').fill('Hall');
      await ada.getByTestId('create-room').click();
      await ada.getByTestId('partner').getByText('#hall').waitFor();
      await grace.getByTestId('search').fill('hal');
      await grace.getByTestId('room-hall').click();
      await grace.getByTestId('partner').getByText('#hall').waitFor();
      await say(ada, 'a typo hree');
      await say(ada, '<img src=x onerror=alert(1)> https://example.org/?q=1.');
      await grace.getByTestId('message').getByText('onerror').waitFor();
      expect(await grace.getByTestId('message').getByRole('link').getAttribute('href')).toBe(
        'https://example.org/?q=1',
      );
      await act(ada, 'hree', 'edit');
      await say(ada, 'no typo here');
      ada.once('dialog', (dialog) => void dialog.accept());
      await act(ada, 'onerror', 'delete');
      await grace.getByTestId('message').getByText('message deleted').waitFor();
      expect((await messages(grace)).join('\n')).toMatch(/no typo here.*message deleted/s);
      await ada.locator('[data-testid=replica-r1][data-health=down]').waitFor();
      expect(complaints).toEqual([]);
    } finally {
      await cluster.stop();
      cluster.remove();
    }
  }, 120_000);
});
