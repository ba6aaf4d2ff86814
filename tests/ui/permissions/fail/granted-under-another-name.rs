use jwtauth::{Claims, Granted, Permissions};
use serde::{Deserialize, Serialize};

#[derive(Permissions)]
enum Permission {
    #[permission("orders:read")]
    ReadOrders,
}

#[derive(Serialize, Deserialize, Claims)]
struct Profile {
    nickname: String,
    roles: Granted<Permission>,
}

#[derive(Serialize, Deserialize, Claims)]
#[serde(rename_all = "UPPERCASE")]
struct Renamed {
    permissions: Option<Granted<Permission>>,
}

fn main() {}
