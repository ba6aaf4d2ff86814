use jwtauth::Permissions;

#[derive(Permissions)]
enum Permission {
    ReadOrders,
    #[permission]
    WriteOrders,
    #[permission(DeleteOrders)]
    DeleteOrders,
}

fn main() {}
