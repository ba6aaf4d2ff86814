//! The examples of the RFCs, which all implementations must agree on.

use base64_simd::URL_SAFE_NO_PAD;
use jwtauth::{Algorithm, TokenError};
use jwtauth_tests::NOW;
use serde_json::Value;

use crate::jwk;

/// An example, with its key as a JWK (RFC 7517).
struct Vector {
    name: &'static str,
    algorithm: Algorithm,
    key: &'static [(&'static str, &'static str)],
    header: &'static str,
    payload: &'static str,
    signature: &'static str,
}

impl Vector {
    fn jwk(&self) -> Value {
        self.key.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect()
    }

    fn token(&self) -> String {
        [self.header, self.payload, self.signature].join(".")
    }
}

#[test]
fn verifier_accepts_rfc_examples() {
    for vector in &VECTORS {
        let ring = jwk::ring(vector.algorithm, &vector.jwk()).expect(vector.name);
        let payload = URL_SAFE_NO_PAD.decode_to_vec(vector.payload).expect(vector.name);
        assert_eq!(ring.verify(&vector.token(), NOW), Ok(payload), "{}", vector.name);
    }
}

#[test]
fn verifier_refuses_rfc_examples_with_another_payload() {
    for vector in &VECTORS {
        let ring = jwk::ring(vector.algorithm, &vector.jwk()).expect(vector.name);
        let token = [vector.header, "Zm9v", vector.signature].join(".");
        assert_eq!(ring.verify(&token, NOW), Err(TokenError::Signature), "{}", vector.name);
    }
}

#[test]
fn verifier_refuses_rfc_examples_with_another_key() {
    for vector in &VECTORS {
        for other in &VECTORS {
            if vector.key.last() != other.key.last() || vector.algorithm != other.algorithm {
                let ring = jwk::ring(other.algorithm, &other.jwk()).expect(other.name);
                assert!(ring.verify(&vector.token(), NOW).is_err(), "{} with the key of {}", vector.name, other.name);
            }
        }
    }
}

#[test]
fn verifier_refuses_unsecured_rfc_examples_with_any_key() {
    // RFC 7515 A.5 and RFC 7519 6.1 are the same token.
    let unsecured = format!("eyJhbGciOiJub25lIn0.{JOE}.");
    // RFC 7515 E: `crit` with an extension that does not exist.
    let critical = "eyJhbGciOiJub25lIiwNCiAiY3JpdCI6WyJodHRwOi8vZXhhbXBsZS5jb20vVU5ERUZJTkVEIl0sDQogImh0dHA6Ly9leGFt\
                    cGxlLmNvbS9VTkRFRklORUQiOnRydWUNCn0.RkFJTA.";
    for vector in &VECTORS {
        let ring = jwk::ring(vector.algorithm, &vector.jwk()).expect(vector.name);
        assert_eq!(ring.verify(&unsecured, NOW), Err(TokenError::Algorithm), "{}", vector.name);
        assert_eq!(ring.verify(critical, NOW), Err(TokenError::Extension), "{}", vector.name);
    }
}

/// The payload of the examples in RFC 7515 A.
const JOE: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

/// The payload of the examples in RFC 7520 4.
const BILBO: &str = "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9h\
    ZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3\
    ZXB0IG9mZiB0by4";

/// The modulus of the RSA key in RFC 7520 3.3.
const BILBOS_MODULUS: &str = "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKr\
    Kb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5l\
    FHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__\
    kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw";

#[rustfmt::skip]
const VECTORS: [Vector; 9] = [
    Vector {
        name: "RFC 7515 A.1",
        algorithm: Algorithm::HS256,
        key: &[
            ("kty", "oct"),
            ("k", "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"),
        ],
        header: "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
        payload: JOE,
        signature: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    },
    Vector {
        name: "RFC 7515 A.2",
        algorithm: Algorithm::RS256,
        key: &[
            ("kty", "RSA"),
            ("n", "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SF\
                d2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo\
                7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkM\
                Ls91kzk2PAcDTW9gb54h4FRWyuXpoQ"),
            ("e", "AQAB"),
        ],
        header: "eyJhbGciOiJSUzI1NiJ9",
        payload: JOE,
        signature: "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdb\
            F9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383\
            LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWy\
            wlVmtVrBp0igcN_IoypGlUPQGe77Rw",
    },
    Vector {
        name: "RFC 7515 A.3",
        algorithm: Algorithm::ES256,
        key: &[
            ("kty", "EC"),
            ("crv", "P-256"),
            ("x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
            ("y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"),
        ],
        header: "eyJhbGciOiJFUzI1NiJ9",
        payload: JOE,
        signature: "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
    },
    Vector {
        name: "RFC 7515 A.4",
        algorithm: Algorithm::ES512,
        key: &[
            ("kty", "EC"),
            ("crv", "P-521"),
            ("x", "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk"),
            ("y", "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"),
        ],
        header: "eyJhbGciOiJFUzUxMiJ9",
        payload: "UGF5bG9hZA",
        signature: "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgo\
            XD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
    },
    Vector {
        name: "RFC 7520 4.1",
        algorithm: Algorithm::RS256,
        key: &[
            ("kty", "RSA"),
            ("kid", "bilbo.baggins@hobbiton.example"),
            ("n", BILBOS_MODULUS),
            ("e", "AQAB"),
        ],
        header: "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9",
        payload: BILBO,
        signature: "MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB\
            -BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxn\
            t8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcI\
            e8u9ipH84ogoree7vjbU5y18kDquDg",
    },
    Vector {
        name: "RFC 7520 4.2",
        algorithm: Algorithm::PS384,
        key: &[
            ("kty", "RSA"),
            ("kid", "bilbo.baggins@hobbiton.example"),
            ("n", BILBOS_MODULUS),
            ("e", "AQAB"),
        ],
        header: "eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9",
        payload: BILBO,
        signature: "cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP6O8TTB5dDDItllVo6\
            _1OLPpcbUrhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8P_ijQ7p8Vdz0TTrxUeT3\
            lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0uTOcbH510a6G\
            YmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw",
    },
    Vector {
        name: "RFC 7520 4.3",
        algorithm: Algorithm::ES512,
        key: &[
            ("kty", "EC"),
            ("crv", "P-521"),
            ("kid", "bilbo.baggins@hobbiton.example"),
            ("x", "AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt"),
            ("y", "AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1"),
        ],
        header: "eyJhbGciOiJFUzUxMiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9",
        payload: BILBO,
        signature: "AE_R_YZCChjn4791jSQCrdPZCNYqHXCTZH0-JZGYNlaAjP2kqaluUIIUnC9qvbu9Plon7KRTzoNEuT4Va2cmL1eJAQy3mtPBu_u_sDDy\
            YjnAMDxXPn7XrT0lw-kvAD890jl8e2puQens_IEKBpHABlsbEPX6sFY8OcGDqoRuBomu9xQ2",
    },
    Vector {
        name: "RFC 7520 4.4",
        algorithm: Algorithm::HS256,
        key: &[
            ("kty", "oct"),
            ("kid", "018c0ae5-4d9b-471b-bfd6-eef314bc7037"),
            ("k", "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg"),
        ],
        header: "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9",
        payload: BILBO,
        signature: "s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0",
    },
    Vector {
        name: "RFC 8037 A.4",
        algorithm: Algorithm::EdDSA,
        key: &[
            ("kty", "OKP"),
            ("crv", "Ed25519"),
            ("x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"),
        ],
        header: "eyJhbGciOiJFZERTQSJ9",
        payload: "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
        signature: "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
    },
];
