use jwtauth::Permissions;

#[derive(Permissions)]
struct Permission;

fn main() {}
