// oidc-provider for the tests: does what it is told on stdin, one JSON object a line. The argument, if there is one, is
// the directory whose node_modules has it.

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
// It has something to say of each setting that is for development; stdout is ours.
console.info = console.warn = console.log = () => {};

let Provider, version;
try {
  const [directory] = process.argv.slice(2);
  const require = createRequire(directory ? `${resolve(directory)}/` : import.meta.url);
  ({ default: Provider } = await import(pathToFileURL(require.resolve("oidc-provider"))));
  version = require("oidc-provider/package.json").version;
} catch (error) {
  print({ missing: error.code ?? String(error) });
  process.exit();
}

const CLIENT = { client_id: "shop", client_secret: "a secret of the tests, for the token endpoint" };

const TYPES = {
  ES256: ["ec", { namedCurve: "P-256" }],
  ES384: ["ec", { namedCurve: "P-384" }],
  ES512: ["ec", { namedCurve: "P-521" }],
  EdDSA: ["ed25519", {}],
};

function key(algorithm, kid) {
  const [type, options] = TYPES[algorithm] ?? ["rsa", { modulusLength: 2048 }];
  const jwk = generateKeyPairSync(type, options).privateKey.export({ format: "jwk" });
  return { ...jwk, kid, alg: algorithm, use: "sig" };
}

let server;
let port = 0;

function provider({ algorithm, keys }) {
  return new Provider(`http://127.0.0.1:${port}`, {
    clients: [{
      ...CLIENT,
      grant_types: ["client_credentials"],
      // It has no ID tokens, but must be able to sign some.
      id_token_signed_response_alg: algorithm,
      redirect_uris: [],
      response_types: [],
    }],
    cookies: { keys: ["a secret of the tests, for cookies"] },
    enabledJWA: { idTokenSigningAlgValues: [algorithm] },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource) => ({
          scope: "read",
          audience: resource,
          accessTokenFormat: "jwt",
          accessTokenTTL: 7 * 24 * 60 * 60,
          jwt: { sign: { alg: algorithm } },
        }),
      },
    },
    jwks: { keys },
  });
}

const close = () => new Promise((done) => {
  server.closeAllConnections();
  server.close(done);
});

let keys = [];

const ANSWERS = {
  // Starts, or starts again with another key before those that are kept.
  async start({ algorithm, kid, keep }) {
    if (server?.listening) await close();
    if (kid) keys = [key(algorithm, kid), ...keys.slice(0, keep ?? keys.length)];
    server = createServer((request, response) => server.handler(request, response));
    await new Promise((listening) => server.listen(port, "127.0.0.1", listening));
    port = server.address().port;
    server.handler = provider({ algorithm, keys }).callback();
    return { issuer: `http://127.0.0.1:${port}` };
  },

  async stop() {
    await close();
    return {};
  },

  // As a client of it, for itself.
  async token({ resource }) {
    const response = await fetch(`http://127.0.0.1:${port}/token`, {
      method: "POST",
      headers: {
        Authorization: `Basic ${btoa(Object.values(CLIENT).map(encodeURIComponent).join(":"))}`,
        Connection: "close",
      },
      body: new URLSearchParams({ grant_type: "client_credentials", scope: "read", resource }),
    });
    const body = await response.json();
    return body.access_token ? { token: body.access_token } : { failed: body };
  },
};

print({ ready: { "oidc-provider": version } });
for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  print(await ANSWERS[question.op](question));
}
process.exit();
