use jwtauth::Permissions;

#[derive(Permissions)]
enum Permission {
    #[permission("orders:read")]
    ReadOrders(u32),
    #[permission("orders:write")]
    WriteOrders { id: u32 },
}

fn main() {}
