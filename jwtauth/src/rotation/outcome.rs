/// The outcome of [`JwtAuth::reload`](crate::JwtAuth::reload).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reloaded {
    /// The files have not changed since the current keys were read.
    Same,
    /// The files have new content. It is used if a read at least one second later finds the same content. Until then
    /// the old keys stay in use, because the files may be half written.
    Noted,
    /// The content was noted by an earlier read, and its keys are now in use.
    Used,
}
