/** What happens to the server as a whole, for whoever keeps the log. */
export type ServerFact =
  | {
      readonly type: "server-starting";
      readonly version: string;
      readonly environment: string;
      readonly directory: string;
      /** The file asked for; undefined when it was found. */
      readonly rackup: string | undefined;
      readonly ruby: string;
      readonly workers: number;
      readonly threads: number;
      readonly maxConnections: number;
    }
  /** Bound, and a worker is ready. `addresses`: see `Server.addresses`. */
  | {
      readonly type: "server-listening";
      readonly addresses: readonly string[];
      readonly bootMs: number;
    }
  | {
      readonly type: "server-stopping";
      /** Requests get this long to finish; undefined: they are dropped. */
      readonly deadlineMs: number | undefined;
      readonly connections: number;
    }
  | { readonly type: "server-stopped"; readonly uptimeMs: number }
  | { readonly type: "log-reopening"; readonly path: string }
  | {
      readonly type: "ruby-differs";
      readonly version: string;
      readonly wanted: string;
      readonly file: string;
    };
