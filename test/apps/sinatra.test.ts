import { sinatraContract } from "./contracts/sinatra.ts";
import { DEVELOPMENT, holdTo, linted, PRODUCTION } from "./served.ts";

holdTo("sinatra", sinatraContract, PRODUCTION);
holdTo("sinatra", sinatraContract, linted("sinatra", DEVELOPMENT));
