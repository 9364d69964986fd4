export { findRuby, type Ruby } from "./find.ts";
