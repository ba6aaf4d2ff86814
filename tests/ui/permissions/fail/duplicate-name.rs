use jwtauth::Permissions;

#[derive(Permissions)]
enum Permission {
    #[permission("orders:read")]
    ReadOrders,
    #[permission("orders:read")]
    WriteOrders,
}

fn main() {}
