import assert from "node:assert/strict";
import { test } from "node:test";
import { milliseconds, parseWrk } from "../../bench/clients/wrk-output.ts";

const CLEAN = `Running 4s test @ http://127.0.0.1:9292/
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   679.33us  310.84us   9.19ms   93.44%
    Req/Sec    46.62k     2.10k   50.36k    75.00%
  Latency Distribution
     50%  634.00us
     75%  722.00us
     90%    0.86ms
     99%    1.71ms
  185544 requests in 4.00s, 13.62MB read
Requests/sec:  46386.11
Transfer/sec:      3.41MB
`;

const TROUBLED = `Running 3s test @ http://127.0.0.1:9292/
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.02s   310.84ms   1.19s    93.44%
    Req/Sec    46.62      2.10    50.36     75.00%
  Latency Distribution
     50%    1.02s
     75%    1.10s
     90%    1.15s
     99%    1.19s
  300 requests in 3.00s, 13.62KB read
  Socket errors: connect 1, read 2, write 3, timeout 4
  Non-2xx or 3xx responses: 60
Requests/sec:    100.00
Transfer/sec:      3.41KB
`;

const SILENT = `Running 2s test @ http://127.0.0.1:9292/
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     0.00us    0.00us   0.00us    -nan%
    Req/Sec     0.00      0.00     0.00      -nan%
  Latency Distribution
     50%    0.00us
     75%    0.00us
     90%    0.00us
     99%    0.00us
  0 requests in 2.00s, 0.00B read
  Socket errors: connect 0, read 0, write 0, timeout 32
Requests/sec:      0.00
Transfer/sec:       0.00B
`;

test("parseWrk reads counts, latencies and the rate of a clean run", () => {
  const result = parseWrk(CLEAN);
  assert.deepEqual(result, {
    requests: 185_544,
    seconds: 4,
    requestsPerSecond: 46_386,
    p50Ms: 0.634,
    p99Ms: 1.71,
    failed: 0,
  });
});

test("parseWrk takes refusals out of the rate and counts every failure", () => {
  const result = parseWrk(TROUBLED);
  assert.equal(result.requestsPerSecond, 80);
  assert.equal(result.failed, 70);
  assert.equal(result.p99Ms, 1_190);
});

test("parseWrk reads a run in which nothing was answered", () => {
  const result = parseWrk(SILENT);
  assert.equal(result.requestsPerSecond, 0);
  assert.equal(result.failed, 32);
});

test("parseWrk reads a run that lasted minutes", () => {
  assert.equal(parseWrk(CLEAN.replace("in 4.00s", "in 1.50m")).seconds, 90);
});

test("parseWrk refuses what is no report", () => {
  assert.throws(() => parseWrk("unable to connect to 127.0.0.1:1"), /not a report of wrk/);
});

test("milliseconds knows every unit of wrk and refuses others", () => {
  assert.equal(milliseconds("310.00us"), 0.31);
  assert.equal(milliseconds("1.25ms"), 1.25);
  assert.equal(milliseconds("1.02s"), 1_020);
  assert.equal(milliseconds("2.00m"), 120_000);
  assert.equal(milliseconds("1.00h"), 3_600_000);
  assert.throws(() => milliseconds("12"), /not a duration/);
  assert.throws(() => milliseconds("1.00d"), /not a duration/);
});
