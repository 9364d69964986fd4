import { existsSync } from "node:fs";
import { test } from "node:test";
import { chromium, type Page } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";
const isMissing = !existsSync(CHROMIUM);
const { CI } = process.env;
const mayBeMissing = CI !== "true";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A test with a page of a real Chromium; it fails, too, when a script of the page throws. */
export function browserTest(name: string, body: (page: Page) => Promise<void>): void {
  const skip = isMissing && mayBeMissing && `${CHROMIUM} is not installed, so no browser was tried`;
  test(name, { skip, timeout: 60_000 }, async () => {
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    try {
      const page = await browser.newPage();
      const errors: Error[] = [];
      page.on("pageerror", (error) => errors.push(error));
      await body(page);
      if (errors.length > 0) throw new AggregateError(errors, "A script of the page threw");
    } finally {
      await browser.close();
    }
  });
}
