//! Those who mount it are warned, but not of what is generated.

#![deny(warnings)]

use jwtauth::refresh_endpoint;

#[refresh_endpoint("/old")]
#[deprecated = "use /refresh"]
async fn old(_userid: &str) -> Option<()> {
    None
}

#[deprecated]
#[refresh_endpoint("/older")]
fn older(_userid: &str) -> Option<()> {
    None
}

fn main() {
    #[expect(deprecated)]
    let _ = rocket::routes![old];
    #[expect(deprecated)]
    let _ = rocket::routes![older];
}
