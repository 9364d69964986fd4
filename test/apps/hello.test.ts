import { resolve } from "node:path";
import { helloContract } from "./contracts/hello.ts";
import { DEVELOPMENT, holdTo, linted, PRODUCTION } from "./served.ts";

/** The app itself has no Gemfile; Lint comes with somebody else's Rack. */
const RACK = resolve(import.meta.dirname, "../gems/rack-3.2/Gemfile");

holdTo("hello", helloContract, PRODUCTION);
holdTo("hello", helloContract, linted("hello", DEVELOPMENT), RACK);
