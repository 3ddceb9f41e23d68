// A child says every few seconds that it is alive; its supervisor takes a long silence for a hang.

/** What it says, among the messages that matter. */
export const heartbeat = 'toploss: alive';
export const heartbeatMs = 5_000;
