/** On Cloud 66 this type is the web server; `web`, which Heroku knows, is then for others. */
export const CUSTOM_WEB = "custom_web";
export const WEB = "web";

/**
 * What Cloud 66 tells its web server, as far as `env` does not say it: where nginx looks for the socket and the monitor
 * for the pid, where the app is, and its environment, for `-e $RACK_ENV` with nothing behind it would swallow the next word.
 */
export function customWebEnvironment(
  env: NodeJS.ProcessEnv,
  root: string,
  environment: string,
): Readonly<Record<string, string>> {
  const rackEnv = env["RACK_ENV"] || env["RAILS_ENV"] || environment;
  const usual: Readonly<Record<string, string>> = {
    CUSTOM_WEB_SOCKET_FILE: "unix:///tmp/web_server.sock",
    CUSTOM_WEB_PID_FILE: "/tmp/web_server.pid",
    STACK_PATH: root,
    RACK_ENV: rackEnv,
    RAILS_ENV: rackEnv,
  };
  return Object.fromEntries(Object.entries(usual).filter(([key]) => !env[key]));
}
