import type { Request } from "./request.ts";
import type { Reply } from "./response.ts";

/** Answers requests: what listeners call, and what the pool, middleware and fetch handlers are. */
export type Handler = (request: Request, reply: Reply) => void;
