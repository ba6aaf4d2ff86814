// jose for the tests: answers questions on stdin, one JSON object a line, by one. The argument, if there
// is one, is the directory whose node_modules has it.

import { createPrivateKey, createPublicKey, createSecretKey, generateKeyPairSync, webcrypto } from "node:crypto";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

// Node 18 has it, but not as a global.
globalThis.crypto ??= webcrypto;

const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

let jose, version;
try {
  const [directory] = process.argv.slice(2);
  const require = createRequire(directory ? `${resolve(directory)}/` : import.meta.url);
  jose = await import(pathToFileURL(require.resolve("jose")));
  version = require("jose/package.json").version;
} catch (error) {
  print({ missing: error.code ?? String(error) });
  process.exit();
}

const CURVES = { ES256: "P-256", ES384: "P-384", ES512: "P-521" };

function generate(algorithm, form) {
  const [type, options, traditional] = {
    RS: ["rsa", { modulusLength: 2048 }, "pkcs1"],
    PS: ["rsa", { modulusLength: 2048 }, "pkcs1"],
    ES: ["ec", { namedCurve: CURVES[algorithm] }, "sec1"],
    Ed: ["ed25519", {}],
  }[algorithm.slice(0, 2)];
  const { privateKey, publicKey } = generateKeyPairSync(type, options);
  return {
    private: privateKey.export({ format: "pem", type: form === "pkcs8" ? "pkcs8" : traditional }),
    public: publicKey.export({ format: "pem", type: "spki" }),
  };
}

const isSecret = (algorithm) => algorithm.startsWith("HS");

async function verify({ token, key, algorithm, issuer, audience }) {
  const material = isSecret(algorithm) ? createSecretKey(Buffer.from(key)) : createPublicKey(key);
  const required = { issuer: issuer ?? undefined, audience: audience ?? undefined };
  const options = { algorithms: [algorithm], requiredClaims: ["exp", "iat", "sub"], ...required };
  try {
    const { payload, protectedHeader } = await jose.jwtVerify(token, material, options);
    return { claims: payload, header: protectedHeader };
  } catch (error) {
    if (error instanceof jose.errors.JOSEError) return { refused: error.code };
    throw error;
  }
}

const sets = new Map();

// As an application does that knows nothing of the issuer but where its keys are.
async function verifyByUrl({ url, token, algorithms }) {
  if (!sets.has(url)) sets.set(url, jose.createRemoteJWKSet(new URL(url), { cooldownDuration: 0 }));
  try {
    const { payload, protectedHeader } = await jose.jwtVerify(token, sets.get(url), { algorithms });
    return { claims: payload, header: protectedHeader };
  } catch (error) {
    if (error instanceof jose.errors.JOSEError) return { refused: error.code };
    throw error;
  }
}

async function sign({ claims, key, algorithm, header }) {
  const material = isSecret(algorithm) ? createSecretKey(Buffer.from(key)) : createPrivateKey(key);
  const token = await new jose.SignJWT(claims).setProtectedHeader({ alg: algorithm, ...header }).sign(material);
  return { token };
}

const ANSWERS = {
  generate: async ({ algorithm, form }) => generate(algorithm, form),
  verify,
  verify_by_url: verifyByUrl,
  sign,
};

print({ ready: { jose: version } });
for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  print(await ANSWERS[question.op](question));
}
