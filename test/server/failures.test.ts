import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { RawClient } from "../harness/http.ts";
import { appFolder, type RunningServer, serve } from "../harness/server.ts";

const APP = `
class Half
  def each
    yield "the first half"
    raise IOError, "The second half is lost"
  end
end

run lambda { |env|
  case env["PATH_INFO"]
  when "/chunked" then [200, {}, Half.new]
  when "/sized" then [200, { "content-length" => "100" }, Half.new]
  when "/fine" then [200, {}, ["fine"]]
  else raise ArgumentError, "grüße <script>alert(1)</script>"
  end
}
`;

async function failing(t: TestContext, environment: string): Promise<RunningServer> {
  return serve(t, { app: await appFolder(t, APP), args: ["-w1", "-t1", "-e", environment] });
}

const SECRETS = {
  cookie: "session=s3cret",
  authorization: "Bearer s3cret",
  "x-api-key": "s3cret",
  "x-csrf-token": "s3cret",
  referer: "http://localhost/?token=s3cret",
};

test("An app that raises is explained in development, escaped and without secrets", async (t) => {
  const server = await failing(t, "development");
  const headers = { ...SECRETS, "x-probe": "<b>&" };
  const response = await fetch(`${server.url}/?page=2&password=s3cret`, { headers });
  assert.equal(response.status, 500);
  assert.equal(response.headers.get("content-type"), "text/html; charset=utf-8");
  const html = await response.text();
  assert.match(html, /<h1>ArgumentError<\/h1><pre class="message">grüße &lt;script&gt;/);
  assert.match(html, /config\.ru:14:in `block in &lt;main&gt;'|config\.ru:14:in/);
  assert.match(html, /<mark> +14 {4}else raise ArgumentError, &quot;grüße/);
  assert.match(html, /<th>HTTP_X_PROBE<td>&lt;b&gt;&amp;\n/);
  assert.match(html, /<th>HTTP_COOKIE<td>\[masked\]\n/);
  assert.match(html, /<th>QUERY_STRING<td>page=2&amp;password=\[masked\]\n/);
  assert.doesNotMatch(html, /s3cret|<script|<b>/);
});

test("An app that raises is a plain 500 in production, logged once with its backtrace", async (t) => {
  const server = await failing(t, "production");
  const response = await fetch(`${server.url}/there`);
  assert.equal(response.status, 500);
  assert.equal(response.headers.get("content-type"), "text/plain");
  assert.equal(await response.text(), "Internal Server Error\n");
  await server.waitForLine(/config\.ru:14/);
  assert.equal((await server.stop()).code, 0);
  const said = server.stdout() + server.stderr();
  assert.match(
    said,
    /error GET \/there failed: grüße <script>alert\(1\)<\/script> \(ArgumentError\)\n +\S+config\.ru:14:in/,
  );
  assert.equal(said.match(/grüße/g)?.length, 1);
});

for (const path of ["/chunked", "/sized"]) {
  test(`An app that raises in the middle of a body has its client cut off: ${path}`, async (t) => {
    const server = await failing(t, "production");
    const client = await RawClient.open(t, { port: server.port });
    client.get(path);
    const received = (await client.rest()).toString();
    assert.match(received, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(received, /the first half(\r\n)?$/);
    await server.waitForLine(
      new RegExp(`GET ${path} failed in the middle of its body: The second half is lost`),
    );
    assert.equal(await (await fetch(`${server.url}/fine`)).text(), "fine");
  });
}
