"""PyJWT for the tests: answers questions on stdin, one JSON object a line, by one."""

import json
import sys

try:
    import jwt
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
except ImportError as error:
    print(json.dumps({"missing": str(error)}), flush=True)
    sys.exit()


def generate(algorithm, form):
    match algorithm[:2]:
        case "RS" | "PS":
            key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        case "ES":
            curves = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}
            key = ec.generate_private_key(curves[algorithm]())
        case "Ed":
            key = ed25519.Ed25519PrivateKey.generate()
    pem = serialization.Encoding.PEM
    private = {
        "pkcs8": serialization.PrivateFormat.PKCS8,
        "traditional": serialization.PrivateFormat.TraditionalOpenSSL,
    }[form]
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    return {
        "private": key.private_bytes(pem, private, serialization.NoEncryption()).decode(),
        "public": key.public_key().public_bytes(pem, public).decode(),
    }


def verify(question):
    try:
        claims = jwt.decode(
            question["token"],
            question["key"],
            algorithms=[question["algorithm"]],
            issuer=question["issuer"],
            audience=question["audience"],
            options={"require": ["exp", "iat", "sub"], "enforce_minimum_key_length": True},
        )
    except jwt.InvalidTokenError as error:
        return {"refused": type(error).__name__}
    return {"claims": claims, "header": jwt.get_unverified_header(question["token"])}


def verify_by_url(question):
    """As an application does that knows nothing of the issuer but where its keys are."""
    client = clients.setdefault(question["url"], jwt.PyJWKClient(question["url"], cooldown_duration=0))
    try:
        key = client.get_signing_key_from_jwt(question["token"])
        claims = jwt.decode(question["token"], key, algorithms=question["algorithms"])
    except (jwt.InvalidTokenError, jwt.PyJWKClientError) as error:
        return {"refused": type(error).__name__}
    return {"claims": claims, "header": jwt.get_unverified_header(question["token"])}


clients = {}


def answer(question):
    match question["op"]:
        case "verify_by_url":
            return verify_by_url(question)
        case "generate":
            return generate(question["algorithm"], question["form"])
        case "verify":
            return verify(question)
        case "sign":
            header = question["header"]
            return {"token": jwt.encode(question["claims"], question["key"], question["algorithm"], headers=header)}


print(json.dumps({"ready": {"PyJWT": jwt.__version__}}), flush=True)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
