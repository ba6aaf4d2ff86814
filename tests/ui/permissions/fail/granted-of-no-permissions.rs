use jwtauth::{Claims, Granted};
use serde::{Deserialize, Serialize};

enum Permission {
    ReadOrders,
}

#[derive(Serialize, Deserialize, Claims)]
struct Profile {
    permissions: Granted<Permission>,
}

fn main() {}
