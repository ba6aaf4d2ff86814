//! With parameters: claims if what they stand for can be read and written.

#![deny(warnings)]

use jwtauth::{Claims, Identity, refresh_endpoint};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Claims)]
struct Wrapped<T = u8, const N: usize = 1> {
    value: T,
}

#[derive(Serialize, Deserialize, Claims)]
#[serde(bound = "T: Serialize + DeserializeOwned")]
struct Bounded<T: Copy>
where
    T: Default,
{
    value: Vec<T>,
}

#[refresh_endpoint("/refresh")]
async fn refresh(_userid: &str, _identity: Identity<Wrapped<String>>) -> Option<Bounded<u8>> {
    Some(Bounded { value: vec![1] })
}

fn claims<C: Claims>() {}

fn main() {
    claims::<Wrapped>();
    claims::<Wrapped<Vec<String>, 3>>();
    claims::<Bounded<i64>>();
    let _routes = rocket::routes![refresh];
    let Wrapped::<u8> { value } = Wrapped { value: 3 };
    assert_eq!(value, 3);
}
