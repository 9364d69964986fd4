import { equal } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { browserTest } from "../browser.ts";
import type { App } from "../visitor.ts";

/** `examples/rails` as a person with a browser meets it. */
export function railsBrowserContract(app: App): void {
  browserTest("Rails example is signed in a browser", async (page) => {
    const message = randomUUID();
    await page.goto(app().url);
    const display = await page.evaluate(`getComputedStyle(document.querySelector("nav")).display`);
    equal(display, "flex", "the stylesheet is applied");
    await page.getByLabel("Name").fill("Ann");
    await page.getByLabel("Message").fill(message);
    await page.getByRole("button", { name: "Sign" }).click();
    await page.getByText("Thank you, Ann.").waitFor();
    await page.locator("#entries li", { hasText: message }).waitFor();
  });

  browserTest("Rails example brings an Action Cable message into the page", async (page) => {
    await page.goto(`${app().url}/chat?room=${randomUUID()}`);
    await page.getByText("open", { exact: true }).waitFor();
    await page.getByLabel("Message").fill("Hello, room");
    await page.getByRole("button", { name: "Say" }).click();
    await page.locator("#messages li", { hasText: "Hello, room" }).waitFor();
  });
}
