use jwtauth::Permissions;

#[derive(Permissions)]
enum Permission {
    #[permission("read orders")]
    ReadOrders,
    #[permission("")]
    WriteOrders,
}

fn main() {}
