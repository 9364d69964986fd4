export { cgiKey, cgiPairs } from "./cgi.ts";
export type { Handler } from "./handler.ts";
export type { Peer, Request, RequestBody } from "./request.ts";
export {
  type Assignment,
  type FileBody,
  HOLDS,
  type Page,
  type Reply,
  type ResponseHead,
} from "./response.ts";
export { withoutSecrets } from "./secrets.ts";
