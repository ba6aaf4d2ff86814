/// Where the token of a request is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The header `Authorization`.
    Header,
    /// One of the cookies of this application.
    Cookie,
}
