import { lenient, THIN_OPTIONS, type ThinGiven } from "../config/index.ts";
import { PidFile } from "../unix/index.ts";
import { EXIT } from "./exit-codes.ts";
import type { ThinCommand } from "./thin-command-line.ts";
import { pidStateOf, startInBackground } from "./thin-daemon.ts";
import { type Member, membersOf } from "./thin-members.ts";
import { textOf, thinPlace } from "./thin-place.ts";
import { restartServer } from "./thin-restart.ts";
import { stopServer } from "./thin-stop.ts";
import { type ThinVoice, thinVoice } from "./thin-voice.ts";

/** How a rolling restart went on with a member that did not come up in time. */
const TOO_SLOW =
  "The server didn't start in time. Please look at server's log file for more information, or set the value of 'wait' in your config file to be higher (defaults: 30).";
const DEFAULT_WAIT_S = 30;

/**
 * Does `command` to each server of a cluster, side by side; a restart with -O one after the other, up to the first that
 * fails. Resolves with 1 when one of them failed, which is said with its name.
 */
export async function forCluster(
  command: ThinCommand,
  given: ThinGiven,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const voice = thinVoice(given);
  const work = (member: Member): Promise<number> => forMember(command, member, voice, env);
  const members = membersOf(given);
  if (command === "restart" && given.has("onebyone")) {
    return await oneByOne(members, work, waitOf(given), voice);
  }
  const codes = await Promise.all(members.map((member) => reported(member, work(member))));
  return Math.max(EXIT.ok, ...codes);
}

async function oneByOne(
  members: readonly Member[],
  work: (member: Member) => Promise<number>,
  waitMs: number,
  voice: ThinVoice,
): Promise<number> {
  for (const member of members) {
    const working = work(member);
    voice.say("Waiting for server to start ...");
    const code = await reported(member, within(waitMs, working));
    if (code !== EXIT.ok) return code;
  }
  return EXIT.ok;
}

async function forMember(
  command: ThinCommand,
  member: Member,
  voice: ThinVoice,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const { given, label } = member;
  if (command === "stop") {
    voice.say(`Stopping server on ${label} ... `);
    return await stopServer(given);
  }
  if (command === "restart" && isThere(given)) {
    voice.say(`Restarting server on ${label} ... `);
    return await restartServer(given);
  }
  voice.say(`Starting server on ${label} ... `);
  return await startInBackground(["start", ...wordsOf(given)], given, env);
}

/** A member that is not there is started by a restart, as Thin does. */
function isThere(given: ThinGiven): boolean {
  const { pidName, pidPath } = thinPlace(given);
  return pidStateOf(pidName, new PidFile(pidPath)).kind === "running";
}

/** The options as they would be typed. */
function wordsOf(given: ThinGiven): readonly string[] {
  return THIN_OPTIONS.flatMap(({ key, long }) => {
    const value = given.get(key);
    if (value === undefined || value === false) return [];
    if (value === true) return [`--${long}`];
    return [value].flat().map((one) => `--${long}=${one}`);
  });
}

async function reported(member: Member, work: Promise<number>): Promise<number> {
  try {
    return await work;
  } catch (error) {
    console.error(`${member.label}: ${error instanceof Error ? error.message : String(error)}`);
    return EXIT.failed;
  }
}

function waitOf(given: ThinGiven): number {
  return (lenient(textOf(given, "wait")) ?? DEFAULT_WAIT_S) * 1_000;
}

/** Rejects in Thin's words when `work` takes longer than `ms`; it goes on all the same. */
async function within(ms: number, work: Promise<number>): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<number>((_, reject) => {
    timer = setTimeout(() => reject(new Error(TOO_SLOW)), ms);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
