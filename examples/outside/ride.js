// SPDX-License-Identifier: Apache-2.0
// A scenario: a passenger of dispatch orders a ride, sees who comes, and pays. Each step is done when the user sees that it is.

export const name = 'ride';

export const steps = [
  {
    name: 'open',
    run: async (page, url) => {
      await page.goto(url, { waitUntil: 'load' });
      await page.locator('#order:enabled').waitFor();
    },
  },
  {
    name: 'order',
    // When all drivers are busy, the page says so, and the user tries again.
    run: async page => {
      const ordered = page.locator('#show:enabled');
      do {
        await page.locator('#order').click();
        await ordered.or(page.locator('#order:enabled')).first().waitFor();
      } while (!await ordered.isVisible() && await page.waitForTimeout(300) === undefined);
    },
  },
  {
    name: 'see the driver',
    run: async page => {
      await page.locator('#show').click();
      await page.locator('#driver', { hasText: /\d/ }).waitFor();
    },
  },
  {
    name: 'pay',
    run: async page => {
      await page.locator('#pay').click();
      await page.locator('#receipt', { hasText: /\d/ }).waitFor();
    },
  },
];
