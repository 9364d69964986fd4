import assert from "node:assert/strict";
import { test } from "node:test";
import { takeListenFds } from "../../src/unix/index.ts";

test("takeListenFds() takes the sockets with their names and leaves no variable behind", () => {
  const env = { LISTEN_FDS: "2", LISTEN_PID: "42", LISTEN_FDNAMES: "web:admin", HOME: "/" };
  assert.deepEqual(takeListenFds(env, 42), [
    { fd: 3, name: "web" },
    { fd: 4, name: "admin" },
  ]);
  assert.deepEqual(env, { HOME: "/" });
});

test("takeListenFds() leaves sockets alone that are another process's", () => {
  assert.deepEqual(takeListenFds({ LISTEN_FDS: "1", LISTEN_PID: "41" }, 42), []);
});

test("takeListenFds() finds nothing where nothing was handed over", () => {
  assert.deepEqual(takeListenFds({}, 42), []);
  assert.deepEqual(takeListenFds({ LISTEN_FDS: "many", LISTEN_PID: "42" }, 42), []);
});
