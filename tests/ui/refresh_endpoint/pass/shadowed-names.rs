//! Names of the surroundings that are not what generated code might take them for.

#![allow(unused, nonstandard_style)]

mod shadowing {
    use jwtauth::refresh_endpoint;
    use rocket::http::CookieJar;

    mod core {}
    mod jwtauth_macros {}
    mod private {}

    struct Option;
    struct Result;
    struct Box;
    struct Refreshing;
    struct Reissued;
    fn gate() {}
    fn reissue() {}
    fn loading() {}
    const userid: u8 = 0;
    const route: u8 = 0;
    const loaded: u8 = 0;
    const refreshing: u8 = 0;
    #[allow(non_camel_case_types)]
    struct str;

    #[refresh_endpoint("/refresh")]
    pub async fn refresh(id: &::core::primitive::str, refresh: &CookieJar<'_>) -> ::core::option::Option<()> {
        None
    }
}

fn main() {
    let _ = rocket::routes![shadowing::refresh];
    assert_eq!(rocket::uri!(shadowing::refresh).to_string(), "/refresh");
}
