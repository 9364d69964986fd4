import type { SecureVersion } from "node:tls";
import type { Address } from "../http/index.ts";
import type { Adapter } from "./adapter.ts";
import type { ReactorUse } from "./reactor.ts";

/** What an operator may decide: one value for each row of `OPTIONS`. */
export interface Settings {
  readonly listen: readonly Address[];
  readonly port: number | undefined;
  readonly socket: string | undefined;
  readonly socketMode: number;
  readonly backlog: number;
  readonly maxConns: number;
  /** Undefined: as many as there are. */
  readonly maxPersistentConns: number | undefined;
  /** As many as there are certificates, in their order. */
  readonly tlsKey: readonly string[];
  readonly tlsCert: readonly string[];
  readonly tlsVersion: SecureVersion;
  readonly tlsCiphers: string | undefined;
  readonly tlsClientCerts: boolean;
  readonly chdir: string;
  readonly config: string | undefined;
  readonly rackup: string | undefined;
  /** Undefined: by the files of the app. */
  readonly adapter: Adapter | undefined;
  readonly prefix: string | undefined;
  readonly require: readonly string[];
  readonly environment: string;
  readonly tag: string | undefined;
  readonly imitate: "thin" | undefined;
  /** Name or number. */
  readonly user: string | undefined;
  readonly group: string | undefined;
  readonly workers: number | "auto";
  readonly threads: number;
  readonly reactor: ReactorUse;
  readonly preload: boolean;
  /** Undefined: as the Ruby is. */
  readonly yjit: boolean | undefined;
  readonly earlyHints: boolean;
  readonly oobgc: boolean;
  readonly maxQueue: number;
  readonly workerTimeout: number;
  readonly bootTimeout: number;
  readonly maxRequests: number;
  readonly maxMemory: number;
  readonly timeout: number;
  readonly keepAliveTimeout: number;
  readonly headTimeout: number;
  readonly bodyTimeout: number;
  readonly maxHead: number;
  readonly maxTarget: number;
  readonly maxFields: number;
  readonly maxBody: number;
  readonly bodyMemory: number;
  readonly streamUploads: boolean;
  readonly stats: string | undefined;
  readonly log: string | undefined;
  readonly logFormat: LogFormat;
  /** A file, or `-` for standard output; undefined: none. */
  readonly accessLog: string | undefined;
  readonly accessLogFormat: AccessLogFormat;
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly trace: boolean;
}

export type SettingName = keyof Settings;

export type LogFormat = "text" | "json";

export type AccessLogFormat = "combined" | "common" | "json";
