/** Whether EventMachine's reactor runs beside the app: when the app has loaded EventMachine, always, or never. */
export const REACTOR_USES = ["auto", "always", "never"] as const;

export type ReactorUse = (typeof REACTOR_USES)[number];
