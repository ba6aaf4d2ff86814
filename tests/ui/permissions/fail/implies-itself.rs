use jwtauth::Permissions;

#[derive(Permissions)]
enum Permission {
    #[permission("orders:read", implies(ReadOrders))]
    ReadOrders,
}

fn main() {}
