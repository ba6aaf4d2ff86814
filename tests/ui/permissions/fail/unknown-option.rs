use jwtauth::Permissions;

#[derive(Permissions)]
#[permissions(claims = "scope")]
enum Permission {
    #[permission("orders:read", grants(WriteOrders))]
    ReadOrders,
    #[permission("orders:write")]
    WriteOrders,
}

fn main() {}
