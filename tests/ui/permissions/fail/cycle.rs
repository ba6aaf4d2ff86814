use jwtauth::Permissions;

#[derive(Permissions)]
enum Permission {
    #[permission("orders:read", implies(WriteOrders))]
    ReadOrders,
    #[permission("orders:write", implies(DeleteOrders))]
    WriteOrders,
    #[permission("orders:delete", implies(ReadOrders))]
    DeleteOrders,
}

fn main() {}
