import { access, constants } from "node:fs/promises";
import { join } from "node:path";

/** Where rbenv, asdf, mise, RVM, chruby and ruby-install keep the Ruby of a version. */
export function installsOf(version: string, env: NodeJS.ProcessEnv): readonly string[] {
  const home = env["HOME"] ?? "/";
  const data = env["XDG_DATA_HOME"] ?? join(home, ".local/share");
  const folders = [
    join(env["RBENV_ROOT"] ?? join(home, ".rbenv"), "versions", version),
    join(env["ASDF_DATA_DIR"] ?? join(home, ".asdf"), "installs/ruby", version),
    join(env["MISE_DATA_DIR"] ?? join(data, "mise"), "installs/ruby", version),
    join(env["rvm_path"] ?? join(home, ".rvm"), "rubies", `ruby-${version}`),
    join("/usr/local/rvm/rubies", `ruby-${version}`),
    join(home, ".rubies", `ruby-${version}`),
    join("/opt/rubies", `ruby-${version}`),
  ];
  return folders.map((folder) => join(folder, "bin/ruby"));
}

/** The first of `paths` that may be executed. */
export async function firstExecutable(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
