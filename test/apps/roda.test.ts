import { rodaContract } from "./contracts/roda.ts";
import { DEVELOPMENT, holdTo, linted, PRODUCTION } from "./served.ts";

holdTo("roda", rodaContract, PRODUCTION);
holdTo("roda", rodaContract, linted("roda", DEVELOPMENT));
