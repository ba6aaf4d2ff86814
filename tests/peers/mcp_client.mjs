// The client of the official SDK for MCP, for the tests: does what it is told on stdin, one JSON object a line. The
// argument, if there is one, is the directory whose node_modules has it.

import { createRequire } from "node:module";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

const SDK = "@modelcontextprotocol/sdk";
let Client, StreamableHTTPClientTransport, ClientCredentialsProvider, extractWWWAuthenticateParams;
try {
  const [directory] = process.argv.slice(2);
  const require = createRequire(directory ? `${resolve(directory)}/` : import.meta.url);
  ({ Client } = require(`${SDK}/client/index.js`));
  ({ StreamableHTTPClientTransport } = require(`${SDK}/client/streamableHttp.js`));
  ({ ClientCredentialsProvider } = require(`${SDK}/client/auth-extensions.js`));
  ({ extractWWWAuthenticateParams } = require(`${SDK}/client/auth.js`));
} catch (error) {
  print({ missing: error.code ?? String(error) });
  process.exit();
}

const ANSWERS = {
  // Knows only the URL of the server, and its own registration at the authorization server.
  async call({ url, tool, clientId, clientSecret, issuer }) {
    const authProvider = new ClientCredentialsProvider({ clientId, clientSecret, expectedIssuer: issuer });
    const requests = [];
    const challenges = [];
    const recording = async (input, init) => {
      const request = new Request(input, init);
      const body = await request.clone().text();
      const isForm = request.headers.get("content-type")?.startsWith("application/x-www-form-urlencoded");
      const what = isForm ? Object.fromEntries(new URLSearchParams(body)) : body && JSON.parse(body).method;
      const response = await fetch(request);
      requests.push({ url: request.url, method: request.method, status: response.status, what });
      if (response.status === 401) {
        const { resourceMetadataUrl, scope, error } = extractWWWAuthenticateParams(response);
        challenges.push({ resourceMetadataUrl, scope, error });
        // Its provider for client credentials asks for the scope of its settings only.
        authProvider.clientMetadata.scope = scope;
      }
      return response;
    };
    const client = new Client({ name: "tests", version: "1.0.0" });
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { authProvider, fetch: recording }));
    const { tools } = await client.listTools();
    const { content } = await client.callTool({ name: tool, arguments: {} });
    await client.close();
    return { tools: tools.map(({ name }) => name), content, requests, challenges };
  },
};

print({ ready: SDK });
for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  print(await ANSWERS[question.op](question).catch((error) => ({ failed: String(error) })));
}
process.exit();
