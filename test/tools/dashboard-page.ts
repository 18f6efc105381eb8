import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';

const PATH = '/api/v1/performance/dashboard';

/** The dashboard in a tab of its own, with all that went wrong in it. */
export class DashboardPage {
  /** Errors of its script and of the console, and what its policy has kept from it. */
  readonly troubles: string[] = [];
  /** Every URL that was asked for. */
  readonly asked: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly url: string,
  ) {
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.troubles.push(message.text());
    });
    page.on('pageerror', (error) => this.troubles.push(String(error)));
    page.on('request', (request) => this.asked.push(request.url()));
  }

  /** Opens it, without a key unless there is one. */
  static async open(browser: Browser, url: string, key?: string): Promise<DashboardPage> {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 1000 },
      colorScheme: 'light',
      reducedMotion: 'reduce',
    });
    await context.addInitScript({ path: join(import.meta.dirname, 'in-page.js') });
    const opened = new DashboardPage(await context.newPage(), url);
    await opened.page.goto(`${url}${PATH}${key === undefined ? '' : `#key=${encodeURIComponent(key)}`}`);
    return opened;
  }

  /** Hosts that were asked for anything, beside the service. */
  get otherHosts(): string[] {
    return this.asked.filter((url) => !url.startsWith(`${this.url}/`) && !url.startsWith('data:'));
  }

  async text(selector: string): Promise<string> {
    const [text = ''] = await this.page.locator(selector).allInnerTexts();
    return text.trim();
  }

  /** Resolves when the text at the selector is like this. */
  async until(selector: string, like: RegExp, timeout = 20_000): Promise<void> {
    await this.page.locator(selector).filter({ hasText: like }).first().waitFor({ timeout });
  }

  /** The cells of the row that this names, by the heads of their columns. */
  async row(panel: string, name: string): Promise<Record<string, string>> {
    const table = this.page.locator(`${panel} table`);
    const heads = await table.locator('thead th').allInnerTexts();
    const row = table.locator('tbody tr').filter({ has: this.page.getByText(name, { exact: true }) });
    const cells = await row.first().locator('th, td').allInnerTexts();
    return Object.fromEntries(heads.map((head, at) => [head.trim(), (cells[at] ?? '').trim()]));
  }

  /** The column, from the first row to the last. */
  async column(panel: string, label: string): Promise<string[]> {
    const heads = await this.page.locator(`${panel} thead th`).allInnerTexts();
    const at = heads.findIndex((head) => head.trim().startsWith(label));
    return this.page.locator(`${panel} tbody tr > :nth-child(${at + 1})`).allInnerTexts();
  }

  /** Presses Tab until what has the focus is the element, as a person without a mouse does. */
  async tabTo(selector: string, most = 120): Promise<void> {
    for (let pressed = 0; pressed < most; pressed += 1) {
      await this.page.keyboard.press('Tab');
      const there = await this.ask<boolean>(`document.activeElement.matches(${JSON.stringify(selector)})`);
      if (there) return;
    }
    throw new Error(`${selector} is not reached by ${most} tabs`);
  }

  /** What the page itself says: an expression, which may use what in-page.js has. */
  ask<T>(expression: string): Promise<T> {
    return this.page.evaluate<T>(expression);
  }

  /** How the page writes a figure. */
  written(as: 'ms' | 'count' | 'figure', value: number | undefined): Promise<string> {
    return this.ask(`import('${PATH}/format.js').then(({ ${as} }) => ${as}(${value}))`);
  }

  close(): Promise<void> {
    return this.page.context().close();
  }
}
