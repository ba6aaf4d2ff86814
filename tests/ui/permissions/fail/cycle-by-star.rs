use jwtauth::Permissions;

#[derive(Permissions)]
enum Permission {
    #[permission("orders:read", implies(Admin))]
    ReadOrders,
    #[permission("orders:write")]
    WriteOrders,
    #[permission("admin", implies(*))]
    Admin,
}

fn main() {}
