import { railsContract } from "./contracts/rails.ts";
import { DEVELOPMENT, holdTo, linted, PRODUCTION } from "./served.ts";

holdTo("rails", railsContract, PRODUCTION);
holdTo("rails", railsContract, linted("rails", DEVELOPMENT));
