use jwtauth::Permissions;

#[derive(Permissions)]
enum Permission<T> {
    #[permission("orders:read")]
    ReadOrders,
    #[permission("orders:write")]
    WriteOrders(T),
}

fn main() {}
