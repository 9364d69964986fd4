/** What happens to the server as a whole, for whoever keeps the log. */
export type ServerFact =
  | {
      readonly type: "server-starting";
      readonly version: string;
      readonly environment: string;
      readonly directory: string;
      /** The file asked for; undefined when it was found. */
      readonly rackup: string | undefined;
      /** How the app is made where no file was asked for. */
      readonly adapter: string;
      readonly ruby: string;
      readonly workers: number;
      readonly threads: number;
      readonly maxConnections: number;
    }
  /** There can be no more connections than this, as so many files may be open. */
  | {
      readonly type: "connections-limited";
      readonly connections: number;
      readonly wanted: number;
      readonly fileLimit: number;
    }
  /** Bound, and a worker is ready. `addresses`: see `Server.addresses`. */
  | {
      readonly type: "server-listening";
      readonly addresses: readonly string[];
      /** What is spoken at those of TCP. */
      readonly scheme: "http" | "https";
      readonly bootMs: number;
    }
  | {
      readonly type: "server-stopping";
      /** Requests get this long to finish; undefined: they are dropped. */
      readonly deadlineMs: number | undefined;
      readonly connections: number;
    }
  | { readonly type: "server-stopped"; readonly uptimeMs: number }
  /** The addresses are bound; from now on the server and the app have no more rights than this user. */
  | { readonly type: "privileges-changing"; readonly user: string; readonly group: string }
  /** They could not be given up: the server goes on as who it is. */
  | {
      readonly type: "privileges-kept";
      readonly user: string;
      readonly group: string;
      readonly reason: string;
    }
  /** The server of a daemon begins, and can be found by this file. */
  | { readonly type: "pid-writing"; readonly path: string }
  /** A daemon ends. */
  | { readonly type: "daemon-exiting" }
  | { readonly type: "log-reopening"; readonly path: string }
  | {
      readonly type: "ruby-differs";
      readonly version: string;
      readonly wanted: string;
      readonly file: string;
    };
