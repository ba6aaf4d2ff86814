//! axum with an extractor written by hand on `jsonwebtoken`.

use std::error::Error;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use by_hand::{Claims, Keys};
use tokio::net::TcpListener;

/// The fixed answer of the refresh route's twin.
#[derive(Clone, Copy)]
struct Example {
    authorization: &'static str,
    body: &'static str,
}

#[derive(Clone, FromRef)]
struct App {
    keys: Arc<Keys>,
    example: Example,
}

/// The extractor.
struct User(Claims);

impl<S: Send + Sync> FromRequestParts<S> for User
where
    Arc<Keys>: FromRef<S>,
{
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, StatusCode> {
        let authorization = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let claims = authorization.and_then(|authorization| Arc::<Keys>::from_ref(state).verify(authorization));
        claims.map(User).ok_or(StatusCode::UNAUTHORIZED)
    }
}

async fn open() -> &'static str {
    "Hello, Alice"
}

async fn me(user: User) -> String {
    format!("Hello, {}", user.0.nickname)
}

async fn refresh(State(keys): State<Arc<Keys>>, headers: HeaderMap) -> Result<impl IntoResponse, StatusCode> {
    let authorization = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let refreshed = authorization.and_then(|authorization| keys.refresh(authorization)).ok_or(StatusCode::FORBIDDEN)?;
    let authorization = format!("Bearer {}", refreshed.access_token);
    Ok(([(AUTHORIZATION, authorization), (CACHE_CONTROL, "no-store".to_owned())], Json(refreshed)))
}

async fn fixed(State(example): State<Example>) -> impl IntoResponse {
    let Example { authorization, body } = example;
    ([(AUTHORIZATION, authorization), (CACHE_CONTROL, "no-store"), (CONTENT_TYPE, "application/json")], body)
}

async fn serve() -> Result<(), Box<dyn Error + Send + Sync>> {
    let keys = Keys::from_arguments()?;
    let refreshed = keys.example().ok_or("no token")?;
    let example = Example {
        authorization: format!("Bearer {}", refreshed.access_token).leak(),
        body: serde_json::to_string(&refreshed)?.leak(),
    };
    let app = Router::new()
        .route("/open", get(open))
        .route("/me", get(me))
        .route("/refresh", post(refresh))
        .route("/fixed", post(fixed))
        .with_state(App { keys: Arc::new(keys), example });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on {}", listener.local_addr()?.port());
    axum::serve(listener, app).await?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    // As Rocket does it: accepting is this thread's, requests are the worker's.
    runtime.block_on(serve())
}
