use std::sync::{Mutex, MutexGuard, PoisonError};

use super::endpoint::LoginRenewal;
use super::refreshing::Refreshing;

/// The refresh endpoints that are mounted, in Rocket's managed state. The sentinels of the endpoints fill it at
/// ignition.
#[derive(Default)]
pub(crate) struct Endpoints(Mutex<Vec<MountedEndpoint>>);

/// A refresh endpoint, in the form in which a guard calls it to renew the login of a request.
#[derive(Clone, Copy)]
pub(crate) struct MountedEndpoint {
    /// The function's name, with its module.
    pub(crate) name: &'static str,
    /// Whether its attribute has `renews = true`.
    pub(crate) is_marked: bool,
    /// The parts of the request to its own route that the loader needs. `None`: it can be called for any request.
    pub(crate) needs: Option<&'static str>,
    pub(crate) renew: Renew,
}

/// Loads the user of the login that is being refreshed, and renews it.
pub(crate) type Renew = for<'r> fn(Refreshing<'r>) -> LoginRenewal<'r>;

impl Endpoints {
    pub(super) fn add(&self, endpoint: MountedEndpoint) {
        self.lock().push(endpoint);
    }

    /// The endpoint that renews logins: the only one, or the only one that is marked.
    ///
    /// # Errors
    ///
    /// The problem and the remedy, for the operator.
    pub(crate) fn renewing(&self) -> Result<MountedEndpoint, String> {
        let endpoints = self.lock();
        let marked = Vec::from_iter(endpoints.iter().filter(|endpoint| endpoint.is_marked));
        let names = || {
            let mut names = Vec::from_iter(endpoints.iter().map(|endpoint| format!("`{}`", endpoint.name)));
            names.sort_unstable();
            names.join(", ")
        };
        let endpoint = match (&endpoints[..], &marked[..]) {
            ([], _) => {
                return Err("cookies are renewed by a refresh endpoint, and none is mounted; write a function under \
                            `#[refresh_endpoint(\"/refresh\")]` and mount it, or set `allow_refresh = false`"
                    .to_owned());
            }
            ([endpoint], _) => endpoint,
            (_, [endpoint]) => *endpoint,
            (_, marked) => {
                let how_many = if marked.is_empty() { "none" } else { "more than one" };
                return Err(format!(
                    "cookies are renewed by one refresh endpoint, but these are mounted: {}, and {how_many} of them is \
                     marked; write `renews = true` into the attribute of one",
                    names()
                ));
            }
        };
        match endpoint.needs {
            Some(what) => Err(format!(
                "cookies are renewed by the refresh endpoint `{}`, and its loader needs {what} of its own route, which \
                 other requests do not have; leave that out, or mark another endpoint with `renews = true`",
                endpoint.name
            )),
            None => Ok(*endpoint),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<MountedEndpoint>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::endpoint::Reissued;
    use super::*;
    use crate::error::RefreshError;

    fn endpoint(name: &'static str, is_marked: bool, needs: Option<&'static str>) -> MountedEndpoint {
        let renew: Renew = |_| Box::pin(async { Reissued::Refused(RefreshError::NoSuchUser) });
        MountedEndpoint { name, is_marked, needs, renew }
    }

    fn chosen<const N: usize>(mounted: [MountedEndpoint; N]) -> Result<&'static str, String> {
        let endpoints = Endpoints::default();
        mounted.into_iter().for_each(|endpoint| endpoints.add(endpoint));
        endpoints.renewing().map(|endpoint| endpoint.name)
    }

    #[test]
    fn renewing_endpoint_is_the_only_or_the_marked_one() {
        assert_eq!(chosen([endpoint("a", false, None)]), Ok("a"));
        assert_eq!(chosen([endpoint("a", false, Some("a path")), endpoint("b", true, None)]), Ok("b"));
        let problems = [
            (chosen([]), "none is mounted"),
            (chosen([endpoint("a", false, None), endpoint("b", false, None)]), "`a`, `b`, and none of them is marked"),
            (chosen([endpoint("b", true, None), endpoint("a", true, None)]), "`a`, `b`, and more than one of them"),
            (chosen([endpoint("a", false, Some("the query"))]), "endpoint `a`, and its loader needs the query"),
        ];
        for (chosen, expected) in problems {
            let problem = chosen.expect_err(expected);
            assert!(problem.contains(expected), "{problem}");
        }
    }
}
