//! All that is one JSON object.

#![deny(warnings, missing_docs, unreachable_pub, rust_2018_idioms)]
#![allow(dead_code)]

use std::marker::PhantomData;

use jwtauth::Claims;
use serde::{Deserialize, Serialize};

/// Documented.
#[derive(Serialize, Deserialize, Claims)]
pub(crate) struct Profile {
    /// Documented.
    pub(crate) nickname: String,
    r#type: u8,
    #[serde(rename = "valid_until")]
    exp: u64,
    #[serde(skip)]
    iat: u64,
    #[serde(flatten)]
    sub: More,
}

#[derive(Default, Serialize, Deserialize, Claims)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct More {
    auth_time: u64,
}

#[derive(Serialize, Deserialize, Claims)]
struct Unit;

#[derive(Serialize, Deserialize, Claims)]
struct Empty {}

#[derive(Serialize, Deserialize, Claims)]
struct Newtype(More);

#[derive(Serialize, Deserialize, Claims)]
#[serde(transparent)]
struct Transparent<T> {
    nonce: T,
    #[serde(skip)]
    marker: PhantomData<T>,
}

#[derive(Serialize, Deserialize, Claims)]
#[serde(tag = "kind", rename_all_fields = "UPPERCASE")]
enum Tagged {
    Nobody,
    Somebody { exp: u64 },
    Else(More),
}

#[derive(Serialize, Deserialize, Claims)]
#[serde(tag = "kind", content = "of")]
enum TaggedBeside {
    Exp { exp: u64 },
    Pair(u8, u8),
}

#[derive(Serialize, Deserialize, Claims)]
#[serde(untagged)]
enum Untagged {
    Named { nickname: String },
    Else(More),
}

#[derive(Clone, Serialize, Deserialize, Claims)]
#[serde(from = "Stored", into = "Stored")]
struct Converted {
    exp: u64,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    end: u64,
}

impl From<Stored> for Converted {
    fn from(stored: Stored) -> Self {
        Converted { exp: stored.end }
    }
}

impl From<Converted> for Stored {
    fn from(converted: Converted) -> Self {
        Stored { end: converted.exp }
    }
}

fn claims<C: Claims>() {}

fn main() {
    claims::<Profile>();
    claims::<More>();
    claims::<Unit>();
    claims::<Empty>();
    claims::<Newtype>();
    claims::<Transparent<More>>();
    claims::<Tagged>();
    claims::<TaggedBeside>();
    claims::<Untagged>();
    claims::<Converted>();
}
