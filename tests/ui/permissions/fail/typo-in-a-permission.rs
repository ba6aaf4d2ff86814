use jwtauth::{Identity, Permissions};
use rocket::get;

#[derive(Permissions)]
enum Permission {
    #[permission("orders:read")]
    ReadOrders,
}

#[get("/orders")]
fn orders(_identity: Identity<(), permission::ReadOrder>) {}

fn main() {}
