use jwtauth::Permissions;

#[derive(Permissions)]
enum Permission {}

fn main() {}
