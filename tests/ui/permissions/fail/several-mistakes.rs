use jwtauth::{Identity, Permissions};
use rocket::get;

#[derive(Permissions)]
enum Permission {
    #[permission("orders read")]
    ReadOrders,
    WriteOrders,
    #[permission("admin", implies(Everything))]
    Admin,
}

// The types are there, so their uses are no further errors.
#[get("/orders")]
fn orders(_identity: Identity<(), (permission::ReadOrders, permission::WriteOrders, permission::Admin)>) {}

fn main() {}
