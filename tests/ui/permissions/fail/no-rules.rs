use jwtauth::Identity;
use rocket::get;

#[get("/orders")]
fn orders(_identity: Identity<(), ()>) {}

fn main() {}
