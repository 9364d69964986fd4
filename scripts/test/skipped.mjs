/** A reporter for node:test: one line for each test that was skipped. */
export default async function* skipped(source) {
  for await (const { type, data } of source) {
    if (type === "test:pass" && data.skip !== undefined) yield `${data.file}: ${data.name}\n`;
  }
}
