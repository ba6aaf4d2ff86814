//! Rocket with jwtauth. Its settings come from the environment: `ROCKET_JWTAUTH={…}`.

use std::error::Error;
use std::sync::OnceLock;

use jwtauth::{Identity, JwtAuth, refresh_endpoint};
use rocket::fairing::AdHoc;
use rocket::http::Header;
use rocket::{Orbit, Responder, Rocket, get, post, routes};
use server_jwtauth::Profile;

/// The fixed answer of the refresh route's twin.
static EXAMPLE: OnceLock<Example> = OnceLock::new();

struct Example {
    authorization: String,
    body: String,
}

#[derive(Responder)]
#[response(content_type = "json")]
struct Fixed {
    body: &'static str,
    authorization: Header<'static>,
    cache_control: Header<'static>,
}

#[get("/open")]
fn open() -> &'static str {
    "Hello, Alice"
}

#[get("/me")]
fn me(identity: Identity<Profile>) -> String {
    format!("Hello, {}", identity.nickname)
}

#[refresh_endpoint("/refresh")]
async fn refresh(userid: &str) -> Option<Profile> {
    userid.starts_with("user-").then(|| Profile { nickname: "Alice".into(), role: "reader".into() })
}

#[post("/fixed")]
fn fixed() -> Option<Fixed> {
    EXAMPLE.get().map(|example| Fixed {
        body: &example.body,
        authorization: Header::new("Authorization", example.authorization.as_str()),
        cache_control: Header::new("Cache-Control", "no-store"),
    })
}

/// A route with as many guards as there are parameters.
macro_rules! guarded {
    ($($name:ident $path:literal $($guard:ident)+;)+) => {
        $(
            #[allow(clippy::too_many_arguments)]
            #[get($path)]
            fn $name($($guard: Identity<Profile>),+) -> String {
                let identities = [$($guard),+];
                format!("Hello, {}", identities[0].nickname)
            }
        )+
    };
}

guarded! {
    guards_1 "/guards/1" a;
    guards_2 "/guards/2" a b;
    guards_3 "/guards/3" a b c;
    guards_5 "/guards/5" a b c d e;
    guards_10 "/guards/10" a b c d e f g h i j;
}

async fn ready(rocket: &Rocket<Orbit>) -> Result<(), Box<dyn Error>> {
    let jwtauth = rocket.state::<JwtAuth>().ok_or("the fairing is attached")?;
    let profile = Profile { nickname: "Alice".into(), role: "reader".into() };
    let tokens = jwtauth.issue("user-0000000", profile).await?;
    let authorization = format!("Bearer {}", tokens.access_token());
    let body = rocket::serde::json::serde_json::to_string(&tokens)?;
    EXAMPLE.get_or_init(|| Example { authorization, body });
    println!("listening on {}", rocket.config().port);
    Ok(())
}

#[rocket::launch]
fn rocket() -> _ {
    let ready = AdHoc::on_liftoff("The port", |rocket| {
        Box::pin(async move {
            if let Err(error) = ready(rocket).await {
                println!("not ready: {error}");
                rocket.shutdown().notify();
            }
        })
    });
    // Rocket asks routes in their order: the first ones are those that are compared with others.
    let routes = routes![open, me, refresh, fixed, guards_1, guards_2, guards_3, guards_5, guards_10];
    rocket::build().attach(JwtAuth::fairing()).attach(ready).mount("/", routes)
}
