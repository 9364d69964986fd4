import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Who a process is to become. */
export interface Identity {
  readonly user: string;
  readonly group: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** The system knows no such user or group. */
class IdentityError extends Error {
  override readonly name = "IdentityError";
  readonly code = "UNKNOWN_IDENTITY";
}

/** Looks a user up; without `group` it is the user's own. Throws IdentityError for names that nobody has. */
export function identityOf(user: string, group: string | undefined): Identity {
  const found = entry("passwd", user);
  if (found === undefined) throw new IdentityError(`can't find user for ${user}`);
  const [name = user, , uid, ownGid, , home = "/"] = found;
  const groupEntry = entry("group", group ?? ownGid ?? "");
  if (groupEntry === undefined && group !== undefined) {
    throw new IdentityError(`can't find group for ${group}`);
  }
  const gid = Number(groupEntry?.[2] ?? ownGid);
  return { user: name, group: groupEntry?.[0] ?? String(gid), uid: Number(uid), gid, home };
}

/** The number of a group. Throws IdentityError for a name that nobody has. */
export function groupIdOf(group: string): number {
  const found = entry("group", group);
  if (found === undefined) throw new IdentityError(`can't find group for ${group}`);
  return Number(found[2]);
}

/**
 * Becomes `identity` for good, with the groups that the user is in, and its USER and HOME. What was opened before stays
 * open. Throws EPERM when this process may not.
 */
export function become(identity: Identity, env: NodeJS.ProcessEnv): void {
  const { user, uid, gid, home } = identity;
  if (process.getuid?.() === uid && process.getgid?.() === gid) return;
  (process as WithGroups).initgroups?.(user, gid);
  process.setgid?.(gid);
  process.setuid?.(uid);
  env["USER"] = user;
  env["HOME"] = home;
}

/** Node has it; its types forgot. */
type WithGroups = NodeJS.Process & { initgroups?(user: string, extraGroup: number): void };

/** The fields of a line of passwd or group, by name or number; `getent` also knows of directories in the network. */
function entry(database: "passwd" | "group", key: string): readonly string[] | undefined {
  let text: string;
  try {
    text = execFileSync("getent", ["--", database, key], { encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") return undefined;
    text = readFileSync(`/etc/${database}`, "utf8");
  }
  const lines = text.split("\n").map((line) => line.split(":"));
  return lines.find(([name, , id]) => name === key || id === key);
}
