#[cfg(unix)]
use std::io::{IsTerminal, stderr, stdin, stdout};

#[cfg(unix)]
use rocket::tokio::signal::unix;

/// What is said to the process from outside: SIGHUP, where there is such a thing.
pub(crate) struct Signals {
    #[cfg(unix)]
    hang_up: Option<unix::Signal>,
    /// The signal is also how a process hears that its terminal is gone. Without us it would end by that.
    #[cfg(unix)]
    in_terminal: bool,
}

/// What a signal means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(unix), allow(dead_code))]
pub(crate) enum Signal {
    Reload,
    TerminalGone,
}

impl Signals {
    /// None that ever come.
    pub(crate) fn none() -> Self {
        Signals {
            #[cfg(unix)]
            hang_up: None,
            #[cfg(unix)]
            in_terminal: false,
        }
    }

    /// SIGHUP from now on, unless the operator has given it another meaning. In a runtime that takes no signals,
    /// there are none.
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

/// Whether a terminal is at any of its ends; one that has hung up is none any more.
#[cfg(unix)]
fn is_in_terminal() -> bool {
    stdin().is_terminal() || stdout().is_terminal() || stderr().is_terminal()
}
