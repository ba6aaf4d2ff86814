//! actix-web with an extractor written by hand on `jsonwebtoken`.

use std::error::Error;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::error::{ErrorForbidden, ErrorInternalServerError, ErrorUnauthorized};
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::Data;
use actix_web::{App, FromRequest, HttpRequest, HttpResponse, HttpServer, get, post};
use by_hand::{Claims, Keys};

/// The fixed answer of the refresh route's twin.
struct Example {
    authorization: &'static str,
    body: &'static str,
}

/// The extractor.
struct User(Claims);

impl FromRequest for User {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let claims = match request.app_data::<Data<Keys>>() {
            Some(keys) => authorization(request).and_then(|authorization| keys.verify(authorization)),
            None => return ready(Err(ErrorInternalServerError("no keys"))),
        };
        ready(claims.map(User).ok_or_else(|| ErrorUnauthorized("")))
    }
}

fn authorization(request: &HttpRequest) -> Option<&str> {
    request.headers().get(AUTHORIZATION)?.to_str().ok()
}

#[get("/open")]
async fn open() -> &'static str {
    "Hello, Alice"
}

#[get("/me")]
async fn me(user: User) -> String {
    format!("Hello, {}", user.0.nickname)
}

#[post("/refresh")]
async fn refresh(request: HttpRequest, keys: Data<Keys>) -> Result<HttpResponse, actix_web::Error> {
    let refreshed = authorization(&request).and_then(|authorization| keys.refresh(authorization));
    let refreshed = refreshed.ok_or_else(|| ErrorForbidden(""))?;
    let authorization = format!("Bearer {}", refreshed.access_token);
    let mut answer = HttpResponse::Ok();
    Ok(answer.insert_header((AUTHORIZATION, authorization)).insert_header((CACHE_CONTROL, "no-store")).json(refreshed))
}

#[post("/fixed")]
async fn fixed(example: Data<Example>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((AUTHORIZATION, example.authorization))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(example.body)
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let keys = Keys::from_arguments()?;
    let refreshed = keys.example().ok_or("no token")?;
    let example = Data::new(Example {
        authorization: format!("Bearer {}", refreshed.access_token).leak(),
        body: serde_json::to_string(&refreshed)?.leak(),
    });
    let keys = Data::new(keys);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(keys.clone())
            .app_data(example.clone())
            .service(open)
            .service(me)
            .service(refresh)
            .service(fixed)
    });
    let server = server.workers(1).bind(("127.0.0.1", 0))?;
    println!("listening on {}", server.addrs()[0].port());
    server.run().await?;
    Ok(())
}
