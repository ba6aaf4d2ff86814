/// The outcome of [`JwtAuth::reload`](crate::JwtAuth::reload).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reloaded {
    /// Nothing has changed since the keys in use were read.
    Same,
    /// There is new content, and it is noted. A read at least one second later that finds the same content puts it
    /// into use. Until then the keys stay as they are: the content may be half written.
    Noted,
    /// The content was noted by an earlier read, and its keys are now in use.
    Used,
}
