//! Replacing keys while the application runs.

mod outcome;
mod publish;
mod reload;
mod signals;
mod source;
mod state;
mod warnings;
mod watch;

pub use self::outcome::Reloaded;
pub(crate) use self::publish::route;
pub(crate) use self::source::KeySource;
pub(crate) use self::state::Rotation;
pub(crate) use self::watch::watch;
