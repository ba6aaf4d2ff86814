use jwtauth::{Identity, Permissions};
use rocket::get;

#[derive(Permissions)]
enum Permission {
    #[permission("orders:read")]
    ReadOrders,
}

struct ReadOrders;

#[get("/orders")]
fn orders(_identity: Identity<(), ReadOrders>) {}

fn main() {}
