use jwtauth::Claims;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Claims)]
#[claims(user = i64)]
struct Profile {}

fn main() {}
