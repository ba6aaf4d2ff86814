use jwtauth::Permissions;

#[derive(Permissions)]
enum Use {
    #[permission("orders:read")]
    ReadOrders,
}

fn main() {}
