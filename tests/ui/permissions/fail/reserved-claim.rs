use jwtauth::Permissions;

#[derive(Permissions)]
#[permissions(claim = "sub")]
enum Permission {
    #[permission("orders:read")]
    ReadOrders,
}

fn main() {}
