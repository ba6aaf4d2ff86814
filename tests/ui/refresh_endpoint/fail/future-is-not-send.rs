#![allow(unused)]

use jwtauth::refresh_endpoint;

#[refresh_endpoint("/refresh")]
async fn refresh(userid: &str) -> Option<()> {
    let shared = std::rc::Rc::new(());
    std::future::ready(()).await;
    Some(*shared)
}

fn main() {
    let _ = rocket::routes![refresh];
}
