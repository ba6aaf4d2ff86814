use rocket::Data;
use rocket::http::Status;
use rocket::outcome::Outcome;
use rocket::request::Request;
use rocket::route::{self, Handler, Route};

use super::refreshing::verify_refresh_request;
use crate::error::{AuthError, RefreshError};
use crate::request::state::RequestState;

/// Verifies the token before all guards and the handler of the route, and sets the name of the route. `parses` checks
/// whether a user id parses as the application's type.
pub fn gate(mut route: Route, name: &'static str, parses: fn(&str) -> bool) -> Route {
    route.name = Some(name.into());
    route.handler = Box::new(Gate { handler: route.handler, parses });
    route
}

#[derive(Clone)]
struct Gate {
    handler: Box<dyn Handler>,
    parses: fn(&str) -> bool,
}

#[rocket::async_trait]
impl Handler for Gate {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> route::Outcome<'r> {
        let error = match verify_refresh_request(request).await {
            Ok(refreshing) if (self.parses)(refreshing.userid()) => {
                refreshing.begin_route();
                let outcome = {
                    // A guard of the loader that requires an identity must not call the loader.
                    let _renewing = RequestState::of(request).cookies.renewing();
                    self.handler.handle(request, data).await
                };
                if let Outcome::Error(Status::ServiceUnavailable) = outcome {
                    // A guard of the loader failed, for example its database connection. This adds `Retry-After`.
                    RequestState::of(request).fail(AuthError::Unavailable);
                }
                return outcome;
            }
            Ok(_) => RefreshError::UserId,
            Err(error) => error,
        };
        route::Outcome::from(request, error)
    }
}
