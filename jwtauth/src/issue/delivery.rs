/// How new tokens reach the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// In the body and in the header `Authorization`.
    Body,
    /// In cookies.
    Cookies {
        /// Whether the browser forgets them when it closes.
        is_transient: bool,
        /// Whether the tokens are those of a login that was renewed or confirmed. A login or a logout in the same
        /// request takes precedence.
        is_renewal: bool,
    },
}
