import assert from "node:assert/strict";
import { cpSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { connectTls, tlsFile } from "../fixtures/tls/index.ts";
import { RawClient } from "../harness/http.ts";
import { appFolder, serve, start } from "../harness/server.ts";

const KEY = tlsFile("localhost.key");
const CERT = tlsFile("localhost.crt");
const SHOP_KEY = tlsFile("shop.key");
const SHOP_CERT = tlsFile("shop.crt");
const SAYS_ENV = `run ->(env) {
  keys = %w[rack.url_scheme HTTPS SERVER_NAME SERVER_PORT]
  [200, { "content-type" => "text/plain" }, [env.values_at(*keys).join(" ")]]
}`;

function dial(t: TestContext, port: number): RawClient {
  const socket = connectTls(port);
  t.after(() => socket.destroy());
  return new RawClient(socket);
}

for (const [command, args] of [
  ["thin", ["--ssl", "--ssl-key-file", KEY, "--ssl-cert-file", CERT, "--ssl-version", "TLSv1_2"]],
  ["gossamer", ["--tls-key", KEY, "--tls-cert", CERT, "-w1"]],
] as const) {
  test(`${command} serves https, and the app is told so`, async (t) => {
    const app = await appFolder(t, SAYS_ENV);
    const server = await serve(t, { app, command, args });
    const client = dial(t, server.port);
    client.get("/");
    assert.equal((await client.read()).text, `https on localhost ${server.port}`);
    client.send("GET / HTTP/1.1\r\nHost: example.com:8443\r\n\r\n");
    assert.equal((await client.read()).text, "https on example.com 8443");
    assert.equal((await server.stop()).code, 0);
  });
}

/** Whose certificate a client is shown that asks for `servername`. */
async function shownTo(t: TestContext, port: number, servername: string): Promise<string> {
  const socket = connectTls(port, { servername, rejectUnauthorized: false });
  t.after(() => socket.destroy());
  const client = new RawClient(socket);
  client.get("/");
  await client.read();
  return String(socket.getPeerCertificate().subject.CN);
}

for (const [command, args] of [
  [
    "gossamer",
    ["--tls-key", KEY, "--tls-cert", CERT, "--tls-key", SHOP_KEY, "--tls-cert", SHOP_CERT],
  ],
  [
    "thin",
    ["--ssl", "--ssl-key-file", KEY, "--ssl-key-file", SHOP_KEY].concat([
      ...["--ssl-cert-file", CERT, "--ssl-cert-file", SHOP_CERT],
    ]),
  ],
] as const) {
  test(`${command} has a certificate for each of several names`, async (t) => {
    const app = await appFolder(t, SAYS_ENV);
    const server = await serve(t, { app, command, args });
    assert.equal(await shownTo(t, server.port, "localhost"), "localhost");
    assert.equal(await shownTo(t, server.port, "www.shop.example"), "shop.example");
    assert.equal(await shownTo(t, server.port, "nobody.example"), "localhost");
  });
}

test("gossamer and thin refuse a second certificate that is of no use, before anything starts", async (t) => {
  const app = await appFolder(t, "abort 'it was loaded'");
  const pairs = [KEY, CERT, SHOP_KEY, CERT];
  for (const [command, code, flags] of [
    ["gossamer", 2, ["--tls-key", "--tls-cert"]],
    ["thin", 1, ["--ssl-key-file", "--ssl-cert-file"]],
  ] as const) {
    const words = pairs.flatMap((file, at) => [flags[at % 2] ?? "", file]);
    const args = command === "thin" ? ["--ssl", ...words] : words;
    const refused = start(t, { app, command, args });
    assert.equal((await refused.exited).code, code);
    assert.match(
      refused.stderr(),
      /^(?:gossamer: )?The TLS key \S+shop\.key does not belong to the certificate \S+localhost\.crt\. .*\n$/,
    );
  }
});

test("thin -C takes lists of keys and certificates", async (t) => {
  const app = await appFolder(t, SAYS_ENV);
  const file = join(app, "thin.yml");
  const yaml = `ssl: true\nssl_key_file: [${KEY}, ${SHOP_KEY}]\nssl_cert_file:\n- ${CERT}\n- ${SHOP_CERT}\n`;
  await writeFile(file, yaml);
  const server = await serve(t, { app, command: "thin", args: ["-C", file] });
  assert.equal(await shownTo(t, server.port, "shop.example"), "shop.example");
});

test("HUP has gossamer read every certificate anew, or none where one of them is bad", async (t) => {
  const app = await appFolder(t, SAYS_ENV);
  const take = (to: string, key: string, cert: string): void => {
    cpSync(tlsFile(key), join(app, `${to}.key`));
    cpSync(tlsFile(cert), join(app, `${to}.crt`));
  };
  take("first", "localhost.key", "localhost.crt");
  take("second", "shop.key", "shop.crt");
  const args = ["first", "second"].flatMap((one) => [
    ...["--tls-key", `${one}.key`, "--tls-cert", `${one}.crt`],
  ]);
  const server = await serve(t, { app, args: [...args, "-w1"] });
  take("first", "other.key", "other.crt");
  take("second", "shop.key", "localhost.crt");
  server.signal("SIGHUP");
  await server.waitForLine(/The old TLS key and certificate stay: .*second\.key does not belong/);
  assert.equal(await shownTo(t, server.port, "localhost"), "localhost");
  assert.equal(await shownTo(t, server.port, "shop.example"), "shop.example");
  await server.waitForLine(/Generation 2 is at work/);
  take("second", "localhost.key", "localhost.crt");
  server.signal("SIGHUP");
  await server.waitForLine(/The TLS key and certificate were read anew/);
  assert.equal(await shownTo(t, server.port, "localhost"), "other.localhost");
  assert.equal(await shownTo(t, server.port, "shop.example"), "other.localhost");
});

const SAYS_CERTIFICATE = 'run ->(env) { [200, {}, [env.fetch("rack.peer_cert", "none")]] }';

for (const [command, args, asks] of [
  ["thin", ["--ssl", "--ssl-key-file", KEY, "--ssl-cert-file", CERT], true],
  [
    "thin",
    ["--ssl", "--ssl-key-file", KEY, "--ssl-cert-file", CERT, "--ssl-disable-verify"],
    false,
  ],
  ["gossamer", ["--tls-key", KEY, "--tls-cert", CERT, "--tls-client-certs", "-w1"], true],
  ["gossamer", ["--tls-key", KEY, "--tls-cert", CERT, "-w1"], false],
] as const) {
  const words = args.slice(-2).join(" ").replaceAll(/\S*\//g, "");
  test(`${command} … ${words} ${asks ? "shows" : "shows no"} app the client's certificate`, async (t) => {
    const app = await appFolder(t, SAYS_CERTIFICATE);
    const server = await serve(t, { app, command, args });
    const [key, cert] = [readFileSync(tlsFile("other.key")), readFileSync(tlsFile("other.crt"))];
    for (const [options, said] of [
      [{ key, cert }, asks ? cert.toString() : "none"],
      [{}, "none"],
    ] as const) {
      const socket = connectTls(server.port, options);
      t.after(() => socket.destroy());
      const client = new RawClient(socket);
      client.send(
        "GET / HTTP/1.1\r\nHost: a\r\nrack.peer_cert: forged\r\nX-Twice: 1\r\nX-Twice: 2\r\n\r\n",
      );
      assert.equal((await client.read()).text, said);
    }
  });
}

test("A tunnel by hijack over TLS gives the app plain bytes, and each side's end is the other's", async (t) => {
  const app = resolve(import.meta.dirname, "../server/apps/tunnels.ru");
  const server = await serve(t, { app, args: ["--tls-key", KEY, "--tls-cert", CERT, "-w1"] });
  for (const path of ["/full?a", "/partial?a"]) {
    const client = dial(t, server.port);
    client.send(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`);
    await client.until(Buffer.from("\r\n\r\n"));
    client.send("plain".repeat(50_000));
    assert.equal((await client.bytes(250_000)).toString(), "plain".repeat(50_000));
    client.socket.end();
    assert.equal((await client.rest()).toString(), "bye");
  }
  const cut = dial(t, server.port);
  cut.get("/full?cut");
  await cut.until(Buffer.from("\r\n\r\n"));
  cut.socket.destroy();
  await server.waitForLine(/full cut saw/);
  assert.equal((await server.stop()).code, 0);
});

test("HUP has gossamer read key and certificate anew, and keep the old ones where the new are bad", async (t) => {
  const app = await appFolder(t, SAYS_ENV);
  const take = (key: string, cert: string): void => {
    cpSync(tlsFile(key), join(app, "a.key"));
    cpSync(tlsFile(cert), join(app, "a.crt"));
  };
  take("localhost.key", "localhost.crt");
  const args = ["--tls-key", "a.key", "--tls-cert", "a.crt", "-w1"];
  const server = await serve(t, { app, args });
  const named = async (): Promise<string> => {
    const socket = connectTls(server.port, { rejectUnauthorized: false });
    t.after(() => socket.destroy());
    const client = new RawClient(socket);
    client.get("/");
    await client.read();
    return String(socket.getPeerCertificate().subject.CN);
  };
  take("other.key", "localhost.crt");
  server.signal("SIGHUP");
  await server.waitForLine(/The old TLS key and certificate stay: .*does not belong/);
  assert.equal(await named(), "localhost");
  await server.waitForLine(/Generation 2 is at work/);
  take("other.key", "other.crt");
  server.signal("SIGHUP");
  await server.waitForLine(/The TLS key and certificate were read anew/);
  assert.equal(await named(), "other.localhost");
});

test("gossamer and thin refuse TLS that cannot be, in one line, before anything starts", async (t) => {
  const app = await appFolder(t, "abort 'it was loaded'");
  await writeFile(join(app, "text"), "no PEM");
  const wrong: [string, string, RegExp, ...string[]][] = [
    [
      "none.key",
      CERT,
      /Cannot read the TLS key .*\/none\.key: it is not there\. Correct the path\./,
    ],
    [KEY, "none.crt", /Cannot read the TLS certificate .*\/none\.crt: it is not there/],
    [".", CERT, /Cannot read the TLS key .*: it is a folder\. Name the file in it\./],
    ["text", CERT, /\/text is no private key in PEM form/],
    [KEY, "text", /\/text is no certificate in PEM form/],
    [
      tlsFile("other.key"),
      CERT,
      /other\.key does not belong to the certificate .*localhost\.crt\./,
    ],
    [tlsFile("encrypted.key"), CERT, /encrypted\.key is encrypted.* Decrypt it: openssl pkey -in /],
    [KEY, CERT, /No TLS cipher is called "BOGUS"/, "cipher", "BOGUS"],
    [KEY, CERT, /version: expected a version of TLS: .*, got "BOGUS"/, "version", "BOGUS"],
    [KEY, CERT, /version: expected a version of TLS: .*, got "SSLv3"/, "version", "SSLv3"],
  ];
  for (const [key, cert, line, option, value = ""] of wrong) {
    const ours = option && ["--tls-ciphers", "--tls-version"][option === "cipher" ? 0 : 1];
    const thins = option && ["--ssl-cipher-list", "--ssl-version"][option === "cipher" ? 0 : 1];
    const words = {
      gossamer: ["--tls-key", key, "--tls-cert", cert, ...(ours ? [ours, value] : [])],
      thin: [
        "--ssl",
        "--ssl-key-file",
        key,
        "--ssl-cert-file",
        cert,
        ...(thins ? [thins, value] : []),
      ],
    };
    for (const [command, code] of [
      ["gossamer", 2],
      ["thin", 1],
    ] as const) {
      const refused = start(t, { app, command, args: words[command] });
      assert.equal((await refused.exited).code, code);
      assert.match(refused.stderr(), new RegExp(`^(gossamer: )?\\S*.*${line.source}.*\\n$`));
      assert.equal(refused.stdout(), "");
    }
  }
});

test("gossamer wants key and certificate together, thin wants both with --ssl", async (t) => {
  const app = await appFolder(t, "abort 'it was loaded'");
  for (const [command, args, line] of [
    [
      "gossamer",
      ["--tls-key", KEY],
      "gossamer: --tls-key needs --tls-cert too. Name the file of the certificate: --tls-cert FILE.",
    ],
    [
      "gossamer",
      ["--tls-cert", CERT],
      "gossamer: --tls-cert needs --tls-key too. Name the file of the private key: --tls-key FILE.",
    ],
    [
      "thin",
      ["--ssl", "--ssl-cert-file", CERT],
      "--ssl needs --ssl-key-file. Name the file of the private key: --ssl-key-file PATH.",
    ],
    [
      "thin",
      ["--ssl", "--ssl-key-file", KEY],
      "--ssl needs --ssl-cert-file. Name the file of the certificate: --ssl-cert-file PATH.",
    ],
    [
      "gossamer",
      ["--tls-key", KEY, "--tls-cert", CERT, "--tls-cert", SHOP_CERT],
      "gossamer: There are as many TLS keys as certificates, not 1 and 2. Name the key of each certificate, in the same order.",
    ],
  ] as const) {
    const refused = start(t, { app, command, args });
    assert.equal((await refused.exited).code, command === "thin" ? 1 : 2);
    assert.equal(refused.stderr(), `${line}\n`);
  }
});

test("thin without --ssl looks at no key, says so once, and serves plain HTTP", async (t) => {
  const app = await appFolder(t, SAYS_ENV);
  const server = await serve(t, { app, command: "thin", args: ["--ssl-key-file", "none.key"] });
  const client = await RawClient.open(t, { port: server.port });
  client.get("/");
  assert.equal((await client.read()).text, "http  localhost 80");
  assert.equal(
    server.stderr(),
    "WARNING: --ssl-key-file means nothing without --ssl: serving plain HTTP\n",
  );
});
