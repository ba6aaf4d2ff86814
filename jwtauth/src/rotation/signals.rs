#[cfg(unix)]
use std::io::{IsTerminal, stderr, stdin, stdout};

#[cfg(unix)]
use rocket::tokio::signal::unix;

/// Signals to the process: SIGHUP, on systems that have it.
pub(crate) struct Signals {
    #[cfg(unix)]
    hang_up: Option<unix::Signal>,
    /// Whether the process has a terminal. The system also sends SIGHUP when the terminal is closed, and the process
    /// would end if we did not handle the signal.
    #[cfg(unix)]
    in_terminal: bool,
}

/// The meaning of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(unix), allow(dead_code))]
pub(crate) enum Signal {
    Reload,
    TerminalGone,
}

impl Signals {
    /// Receives no signals.
    pub(crate) fn none() -> Self {
        Signals {
            #[cfg(unix)]
            hang_up: None,
            #[cfg(unix)]
            in_terminal: false,
        }
    }

    /// Receives SIGHUP from now on, unless the operator has given it another meaning. Receives nothing in a runtime
    /// without signal support.
    pub(crate) fn of(config: &rocket::Config) -> Self {
        #[cfg(unix)]
        if !config.shutdown.signals.contains(&rocket::config::Sig::Hup) {
            let hang_up = unix::signal(unix::SignalKind::hangup()).ok();
            return Signals { hang_up, in_terminal: is_in_terminal() };
        }
        let _ = config;
        Signals::none()
    }

    pub(crate) async fn next(&mut self) -> Signal {
        #[cfg(unix)]
        if let Some(hang_up) = &mut self.hang_up
            && hang_up.recv().await.is_some()
        {
            return if self.in_terminal && !is_in_terminal() { Signal::TerminalGone } else { Signal::Reload };
        }
        std::future::pending().await
    }
}

/// Whether any of the standard streams is a terminal. A terminal that was closed does not count.
#[cfg(unix)]
fn is_in_terminal() -> bool {
    stdin().is_terminal() || stdout().is_terminal() || stderr().is_terminal()
}
