export { forgetOwnBundle } from "./bundle.ts";
export { renderErb, type Template } from "./erb.ts";
export { RubyError } from "./errors.ts";
export { findRuby, type Ruby } from "./find.ts";
