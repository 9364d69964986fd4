/** A note of the last success, so that a bundle nobody touched costs no process at all. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileOf } from "./bundler.mjs";

/** The gem folders, when Gemfile, lock and Ruby are the same and every folder is still there. */
export function readStamp(gemfile, ruby) {
  const file = fileOf(gemfile, "stamps", "json");
  if (!existsSync(file)) return undefined;
  const { key, folders } = JSON.parse(readFileSync(file, "utf8"));
  return key === keyOf(gemfile, ruby) && folders.every(existsSync) ? folders : undefined;
}

export function writeStamp(gemfile, ruby, folders) {
  const stamp = JSON.stringify({ key: keyOf(gemfile, ruby), folders });
  writeFileSync(fileOf(gemfile, "stamps", "json"), stamp);
}

function keyOf(gemfile, ruby) {
  const lock = `${gemfile}.lock`;
  const locked = existsSync(lock) ? readFileSync(lock, "utf8") : "";
  const parts = [ruby, readFileSync(gemfile, "utf8"), locked];
  return createHash("sha256").update(parts.join("\0")).digest("hex");
}
