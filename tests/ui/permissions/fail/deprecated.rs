#![deny(deprecated)]

use jwtauth::{Permissions, Rule};

#[derive(Permissions)]
enum Permission {
    #[deprecated(note = "ask for `orders:write`")]
    #[permission("orders:delete", implies(WriteOrders))]
    DeleteOrders,
    #[permission("orders:write")]
    WriteOrders,
}

fn needs<R: Rule>() {}

fn main() {
    needs::<permission::WriteOrders>();
    needs::<permission::DeleteOrders>();
}
