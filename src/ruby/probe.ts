import { startChild } from "../unix/index.ts";

/** What a Ruby says of itself. */
export interface RubyFacts {
  /** `3.1.2` */
  readonly version: string;
  /** `ruby`, `jruby`, `truffleruby` */
  readonly engine: string;
  /** `x86_64-linux-gnu` */
  readonly platform: string;
  readonly hasYjit: boolean;
}

const QUESTION = "puts RUBY_VERSION, RUBY_ENGINE, RUBY_PLATFORM, defined?(RubyVM::YJIT) ? 1 : 0";

/** Asks a Ruby in one spawn; a string is why it could not be asked. */
export async function probe(command: string, env: NodeJS.ProcessEnv): Promise<RubyFacts | string> {
  const child = startChild(command, ["--disable-gems", "-e", QUESTION], {
    // `bundle exec` sets RUBYOPT=-rbundler/setup, which fails where the bundle is another Ruby's.
    env: { ...env, RUBYOPT: "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [answer, complaint, exit] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    child.exited,
  ]);
  if (exit.code !== 0) return complaint.trim().split("\n")[0] || exit.reason;
  return factsFrom(answer) ?? `it does not answer like a Ruby: ${answer.trim().slice(0, 80)}`;
}

function factsFrom(answer: string): RubyFacts | undefined {
  const [version, engine, platform, yjit] = answer.split("\n");
  if (!version || !engine || !platform || !/^\d+\.\d+\.\d+/.test(version)) return undefined;
  return { version, engine, platform, hasYjit: yjit === "1" };
}

async function textOf(stream: AsyncIterable<Buffer> | null): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
