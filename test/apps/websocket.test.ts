import { websocketContract } from "./contracts/websocket.ts";
import { DEVELOPMENT, holdTo, linted, PRODUCTION } from "./served.ts";

holdTo("websocket", websocketContract, PRODUCTION);
holdTo("websocket", websocketContract, linted("websocket", DEVELOPMENT));
