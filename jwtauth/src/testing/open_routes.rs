//! Finds the routes of an application that are open.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rocket::fairing::AdHoc;
use rocket::http::{Accept, ContentType, Header, Method, Status};
use rocket::local::asynchronous::Client;
use rocket::{Build, Rocket, Route};

use crate::request::state::RequestState;

/// The texts that are used as parameters of a path. Most types accept one of them.
const CANDIDATES: [&str; 7] =
    ["1", "a", "true", "2000-01-01", "00000000-0000-4000-8000-000000000000", "a@example.com", "a.txt"];

/// The maximum number of requests to one route.
const MAX_REQUESTS: usize = 343;

/// Sends requests without credentials to every mounted route, and lists the open routes. A route is open if it used no
/// guard of this crate, not even [`Public`](crate::Public), and its response was not 401, 403 or 404.
///
/// One test can then ensure that no route is open by accident:
///
/// ```
/// use jwtauth::testing::open_routes;
/// # use jwtauth::JwtAuth;
/// # fn rocket() -> rocket::Rocket<rocket::Build> { rocket::build().attach(JwtAuth::fairing()) }
///
/// # /*
/// #[rocket::async_test]
/// # */
/// async fn no_route_is_open() {
///     open_routes(rocket()).await.assert_none();
/// }
/// # rocket::async_test(no_route_is_open());
/// ```
///
/// The requests use the declared methods and formats. Each parameter of a path is filled with a number, a word, a date,
/// a UUID and others. A route is listed as [unreached](OpenRoutes::unreached) if no request reached it, because another
/// route responded or no candidate had the type of its parameter.
///
/// The handlers of open routes run. Use a test database.
///
/// # Panics
///
/// Panics if the launch fails.
pub async fn open_routes(rocket: Rocket<Build>) -> OpenRoutes {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let client = Client::untracked(rocket.attach(watch(Arc::clone(&seen)))).await;
    let client = client.unwrap_or_else(|error| panic!("the application does not launch: {error}"));
    let mut found = OpenRoutes { open: Vec::new(), unreached: Vec::new() };
    for route in client.rocket().routes() {
        // These routes never respond.
        if route.name.as_deref().is_some_and(|name| OURS.contains(&name)) {
            continue;
        }
        let mut statuses = BTreeSet::new();
        let mut is_reached = false;
        for uri in uris(route) {
            send(&client, route, uri).await;
            let answers = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
            for answer in answers.iter().filter(|answer| answer.route == identity(route)) {
                is_reached = true;
                if !answer.is_guarded && !matches!(answer.status.code, 401 | 403 | 404) {
                    statuses.insert(answer.status.code);
                }
            }
        }
        if !statuses.is_empty() {
            let statuses: Vec<String> = statuses.iter().map(u16::to_string).collect();
            found.open.push(format!("{} answers {}", shown(route), statuses.join(", ")));
        } else if !is_reached {
            found.unreached.push(shown(route));
        }
    }
    found
}

/// The routes that [`open_routes`] found. `Display` prints them as a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRoutes {
    open: Vec<String>,
    unreached: Vec<String>,
}

impl OpenRoutes {
    /// Returns the open routes, each with its method, URI, name and the statuses of its responses.
    pub fn open(&self) -> &[String] {
        &self.open
    }

    /// Returns the routes that no request reached, each with its method, URI and name. It is unknown whether these
    /// routes are open.
    pub fn unreached(&self) -> &[String] {
        &self.unreached
    }

    /// Fails the test if a route is open or was not reached.
    ///
    /// # Panics
    ///
    /// Panics with the list of these routes.
    #[track_caller]
    pub fn assert_none(&self) {
        assert!(self.open.is_empty() && self.unreached.is_empty(), "{self}");
    }
}

impl fmt::Display for OpenRoutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lists = [
            ("open routes, without a guard of jwtauth; add `Public` to those that are open on purpose", &self.open),
            ("routes that no request has reached; test them by hand", &self.unreached),
        ];
        for (title, routes) in lists.into_iter().filter(|(_, routes)| !routes.is_empty()) {
            writeln!(f, "{title}:")?;
            routes.iter().try_for_each(|route| writeln!(f, "  {route}"))?;
        }
        Ok(())
    }
}

/// The routes that this crate mounts itself.
const OURS: [&str; 5] =
    ["jwtauth_jwks", "jwtauth_resource_metadata", "jwtauth_cookies", "jwtauth_guarded", "jwtauth_guarded_by_other"];

/// The fields that identify a route.
type RouteIdentity = (Method, String, isize, Option<String>);

fn identity(route: &Route) -> RouteIdentity {
    (route.method, route.uri.to_string(), route.rank, route.name.as_deref().map(str::to_owned))
}

fn shown(route: &Route) -> String {
    format!("{} {} ({})", route.method, route.uri, route.name.as_deref().unwrap_or("without a name"))
}

struct Seen {
    route: RouteIdentity,
    status: Status,
    is_guarded: bool,
}

/// A fairing that records which route responded, and whether the route used a guard.
fn watch(seen: Arc<Mutex<Vec<Seen>>>) -> AdHoc {
    AdHoc::on_response("jwtauth: open routes", move |request, response| {
        if let Some(route) = request.route() {
            let is_guarded = RequestState::of(request).is_guarded(request);
            let answer = Seen { route: identity(route), status: response.status(), is_guarded };
            seen.lock().unwrap_or_else(PoisonError::into_inner).push(answer);
        }
        Box::pin(async {})
    })
}

async fn send(client: &Client, route: &Route, uri: String) {
    let mut request = client.req(route.method, uri);
    if let Some(format) = &route.format {
        let format = format.clone();
        match route.method.supports_payload() {
            true => request.add_header(ContentType(format)),
            false => request.add_header(Header::new("Accept", Accept::from(format).to_string())),
        }
    }
    drop(request.dispatch().await);
}

/// Returns URIs that the route matches, for all combinations of candidates.
fn uris(route: &Route) -> Vec<String> {
    let uri = route.uri.to_string();
    let (path, query) = uri.split_once('?').map_or((uri.as_str(), None), |(path, query)| (path, Some(query)));
    let mut paths = vec![String::new()];
    for segment in path.split('/').skip(1) {
        let texts = match segment {
            _ if segment.starts_with('<') => CANDIDATES.to_vec(),
            segment => vec![segment],
        };
        let longer = |path: &String| texts.iter().map(|text| format!("{path}/{text}")).collect::<Vec<_>>();
        paths = paths.iter().flat_map(longer).take(MAX_REQUESTS).collect();
    }
    let queries = match query {
        None => vec![String::new()],
        Some(query) => CANDIDATES.iter().map(|text| format!("?{}", filled(query, text))).collect(),
    };
    let whole = |path: &String| queries.iter().map(|query| format!("{path}{query}")).collect::<Vec<_>>();
    paths.iter().flat_map(whole).take(MAX_REQUESTS).collect()
}

/// Returns the query with this text as the value of each parameter.
fn filled(query: &str, text: &str) -> String {
    let part = |part: &str| match part.strip_prefix('<').and_then(|name| name.strip_suffix('>')) {
        Some(name) => format!("{}={text}", name.trim_end_matches("..")),
        None => part.to_owned(),
    };
    query.split('&').map(part).collect::<Vec<_>>().join("&")
}
