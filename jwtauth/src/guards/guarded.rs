use std::any::TypeId;
use std::fmt;
use std::future::ready;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::task::{Context, Poll, Waker};

use rocket::futures::future::BoxFuture;
use rocket::http::{Method, Status};
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::route::{self, Handler};
use rocket::{Data, Ignite, Rocket, Route, Sentinel, options, routes};

use super::identity::Identity;
use super::public::Public;
use crate::jwtauth::JwtAuth;
use crate::request::state::RequestState;

/// Puts a guard before every route of a mount.
///
/// ```
/// use jwtauth::{Identity, Permissions, guarded};
/// use rocket::fs::FileServer;
/// use rocket::{get, routes};
///
/// #[derive(Permissions)]
/// enum Permission {
///     #[permission("admin")]
///     Admin,
/// }
///
/// #[get("/")]
/// fn dashboard() -> &'static str {
///     "For admins only"
/// }
///
/// type Admin = Identity<(), permission::Admin>;
///
/// # fn build(reports: std::path::PathBuf) -> rocket::Rocket<rocket::Build> {
/// rocket::build()
///     .mount("/admin", guarded::<Admin>(routes![dashboard]))
///     .mount("/reports", guarded::<Admin>(FileServer::from(reports)))
/// # }
/// ```
///
/// The routes may be of any kind: functions, a [`FileServer`](rocket::fs::FileServer), WebSockets, the routes of
/// another crate. Their handlers are wrapped, so no path reaches a route around the guard. The routes may also have
/// guards for the identity. It is verified once per request.
///
/// The guard may be any request guard. Do not use a guard that always succeeds: `Option<Identity>`,
/// `Result<Identity, AuthError>`, `Visitor` and `&JwtAuth` accept every request. Use [`Public`](crate::Public) for a
/// mount that is open on purpose.
///
/// # Responses
///
/// If the guard fails, the response is the same as for a route that declares it. If it forwards, the response is an
/// error with the status of the forward, so another route does not answer instead.
///
/// A CORS preflight passes to a route for `OPTIONS`: browsers send it without credentials. It has the headers `Origin`
/// and `Access-Control-Request-Method` (Fetch Standard §3.2.2).
///
/// The launch stops if the fairing is not attached.
pub fn guarded<G>(routes: impl Into<Vec<Route>>) -> Vec<Route>
where
    G: for<'r> FromRequest<'r> + Send + Sync + 'static,
{
    let guard = |mut route: Route| {
        route.handler = Box::new(Guarded::<G> { inner: route.handler, guard: PhantomData });
        route
    };
    routes.into().into_iter().map(guard).chain(launch_check::<G>()).collect()
}

/// A route behind a guard.
struct Guarded<G> {
    inner: Box<dyn Handler>,
    guard: PhantomData<fn() -> G>,
}

impl<G> Clone for Guarded<G> {
    fn clone(&self) -> Self {
        Guarded { inner: self.inner.clone(), guard: PhantomData }
    }
}

// This is not an `async fn`: its future would be another allocation, and would move the request's data and the response
// once more.
impl<G> Handler for Guarded<G>
where
    G: for<'r> FromRequest<'r> + Send + Sync + 'static,
{
    fn handle<'r, 'h, 'i, 'f>(&'h self, request: &'r Request<'i>, data: Data<'r>) -> BoxFuture<'f, route::Outcome<'r>>
    where
        'r: 'f,
        'h: 'f,
        'i: 'f,
        Self: 'f,
    {
        if is_preflight(request) {
            RequestState::of(request).note_guard(request);
            return self.inner.handle(request, data);
        }
        let mut guard = G::from_request(request);
        // Most guards have nothing to wait for. Otherwise, the guard is polled again with the waker of the request.
        match guard.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => match refusal(request, outcome) {
                None => self.inner.handle(request, data),
                Some(status) => Box::pin(ready(Outcome::Error(status))),
            },
            Poll::Pending => Box::pin(async move {
                match refusal(request, guard.await) {
                    None => self.inner.handle(request, data).await,
                    Some(status) => Outcome::Error(status),
                }
            }),
        }
    }
}

/// The status of the refusal. `None` if the guard accepts the request.
fn refusal<G, E: fmt::Debug>(request: &Request<'_>, outcome: request::Outcome<G, E>) -> Option<Status> {
    let status = match outcome {
        Outcome::Success(_) => return None,
        Outcome::Error((status, error)) => {
            // As Rocket does for the guards of a route.
            let name = request.route().and_then(|route| route.name.as_deref()).unwrap_or("a route without a name");
            rocket::info!("the guard before `{name}` fails with {status}: {error:?}");
            status
        }
        Outcome::Forward(status) => status,
    };
    // A guard may fail or forward with any status.
    Some(if status.code >= 400 { status } else { Status::InternalServerError })
}

/// Whether the request is a CORS preflight (Fetch Standard §3.2.2).
fn is_preflight(request: &Request<'_>) -> bool {
    request.method() == Method::Options
        && ["Origin", "Access-Control-Request-Method"].iter().all(|name| request.headers().contains(*name))
}

/// A route that never answers. Its sentinel stops a launch without the fairing. Routes that were made elsewhere can't
/// get another sentinel.
fn launch_check<G: 'static>() -> Vec<Route> {
    // Rocket refuses two routes with the same path and rank.
    static RANK: AtomicIsize = AtomicIsize::new(1_000_000);
    // The type `G` may have no sentinel, so its permissions are unknown at launch.
    let has_no_permissions = [TypeId::of::<Public>(), TypeId::of::<Identity>()].contains(&TypeId::of::<G>());
    let mut routes = if has_no_permissions { routes![jwtauth_guarded] } else { routes![jwtauth_guarded_by_other] };
    routes.iter_mut().for_each(|route| route.rank = RANK.fetch_add(1, Ordering::Relaxed));
    routes
}

#[options("/.well-known/jwtauth-guarded")]
fn jwtauth_guarded(_check: LaunchCheck) -> Status {
    Status::NotFound
}

#[options("/.well-known/jwtauth-guarded")]
fn jwtauth_guarded_by_other(_check: LaunchCheck, _other: OtherGuard) -> Status {
    Status::NotFound
}

/// A guard that always forwards.
struct LaunchCheck;

/// A guard that always forwards. Its sentinel notes that there is a guard whose permissions are not known.
struct OtherGuard;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for LaunchCheck {
    type Error = ();

    async fn from_request(_: &'r Request<'_>) -> request::Outcome<Self, ()> {
        Outcome::Forward(Status::NotFound)
    }
}

impl Sentinel for LaunchCheck {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        JwtAuth::missing(rocket)
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for OtherGuard {
    type Error = ();

    async fn from_request(_: &'r Request<'_>) -> request::Outcome<Self, ()> {
        Outcome::Forward(Status::NotFound)
    }
}

impl Sentinel for OtherGuard {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        if let Some(jwtauth) = rocket.state::<JwtAuth>() {
            jwtauth.declared().note_other_guard();
        }
        false
    }
}
