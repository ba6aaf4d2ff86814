use jwtauth::Permissions;

#[derive(Permissions)]
enum Permission {
    #[permission("orders:read")]
    ReadOrders,
    #[permission("orders:write", implies(ReadOrder))]
    WriteOrders,
}

fn main() {}
