//! `jwtauth check`: reports what a launch with these settings would log.

mod summary;

use std::io::{self, Write};

use figment::{Figment, Source};

use self::summary::summary;
use super::store::{Opened, open};
use super::{BAD, GOOD, Streams, runtime};
use crate::clock::Clock;
use crate::config::{Checked, Config, IssuerConfig, SecretSize, origin_of_warning, secret_sizes};
use crate::issuers::{IssuerSettings, inspect};
use crate::shown;

/// The report, in the order in which it is printed.
#[derive(Default)]
struct Report {
    settings: Vec<String>,
    in_force: Vec<String>,
    secrets: Vec<String>,
    store: Vec<String>,
    issuers: Vec<String>,
    warnings: Vec<String>,
    faults: Vec<String>,
}

pub(super) fn command(figment: &Figment, streams: &mut Streams<'_>, clock: &Clock) -> io::Result<u8> {
    let mut report = Report { settings: sources(figment), ..Report::default() };
    report.secrets(secret_sizes(figment));
    match Config::check(figment, false, clock.now()) {
        Ok(checked) => {
            for warning in &checked.warnings {
                let origin = origin_of_warning(figment, warning);
                report
                    .warnings
                    .push(warning.clone() + &origin.map(|origin| format!(" [{origin}]")).unwrap_or_default());
            }
            report.in_force = summary(&checked.config, &checked.keys, clock.now());
            runtime()?.block_on(report.ask(&checked));
        }
        Err(error) => report.faults.extend(error.faults().iter().map(ToString::to_string)),
    }
    report.write(streams.output)?;
    Ok(if report.faults.is_empty() { GOOD } else { BAD })
}

/// The profile, and the files that contain settings.
fn sources(figment: &Figment) -> Vec<String> {
    let files: Vec<_> = figment.metadata().filter_map(|metadata| metadata.source.as_ref()).collect();
    let files = files.into_iter().filter_map(Source::file_path).map(|path| format!("file: {}", path.display()));
    let mut lines = vec![format!("profile: {}", figment.profile())];
    lines.extend(files);
    if lines.len() == 1 {
        lines.push("file: none (no Rocket.toml here or in a folder above)".to_owned());
    }
    lines.extend(syntax_error(figment));
    lines
}

/// The position of a syntax error in the settings. The rest of the error is not shown, because it quotes the line,
/// which may contain a secret.
fn syntax_error(figment: &Figment) -> Option<String> {
    let error = figment.find_value("jwtauth").err().filter(|error| !error.missing())?.to_string();
    let (_, place) = error.split_once("parse error at line ")?;
    let (line, rest) = place.split_once(", column ")?;
    let column: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let line: u64 = line.parse().ok()?;
    Some(format!("syntax error at line {line}, column {column}"))
}

impl Report {
    fn secrets(&mut self, sizes: Vec<SecretSize>) {
        for SecretSize { setting, origin, bytes, encoded, least } in sizes {
            let origin = origin.map(|origin| format!(" [{origin}]")).unwrap_or_default();
            let encoding = encoded.map(|(name, decoded)| format!(", the text of {decoded} bytes in {name}"));
            let encoding = encoding.unwrap_or_default();
            self.secrets.push(format!("`{setting}` has {bytes} bytes{encoding}{origin}"));
            if let Some((name, decoded)) = encoded.filter(|(_, decoded)| *decoded < least && bytes >= least) {
                self.warnings.push(format!(
                    "`{setting}` seems to be {decoded} random bytes in {name}: it is long enough as a text, but has \
                     less randomness than the {least} bytes that it should have; make a longer one{origin}"
                ));
            }
        }
    }

    /// Checks the store and the issuers that the settings name.
    async fn ask(&mut self, checked: &Checked) {
        if let Some(chosen) = &checked.sessions {
            match open(&chosen.place).await {
                Ok(Opened::Open { kind, .. }) => self.store.push(format!("{kind}: it can be used")),
                Ok(Opened::Closed { kind, reason, is_warning }) => {
                    self.store.push(format!("{kind}: not checked"));
                    let notes = if is_warning { &mut self.warnings } else { &mut self.store };
                    notes.push(format!("`sessions.url`: {reason}"));
                }
                Err(error) => {
                    self.store.push("it can't be used".to_owned());
                    self.faults.extend(error.faults().iter().map(ToString::to_string));
                }
            }
        }
        for (place, (issuer, settings)) in checked.config.issuers.iter().zip(checked.issuers.settings()).enumerate() {
            self.ask_issuer(place, issuer, settings).await;
        }
    }

    async fn ask_issuer(&mut self, place: usize, issuer: &IssuerConfig, settings: &IssuerSettings) {
        let name = format!("`issuers[{place}]` {}", shown::escaped(&issuer.issuer));
        self.issuers.extend(settings.fixed.described().iter().map(|line| format!("{name}: {}", shown::escaped(line))));
        if !settings.source.is_fetched() {
            return;
        }
        let published = match inspect(settings).await {
            Ok(published) => published,
            Err(error) => {
                self.issuers.push(format!("{name}: its keys can't be fetched"));
                let (what, remedy) = (shown::escaped(error.problem()), shown::escaped(error.remedy()));
                let problem = format!("`issuers[{place}].issuer`: its keys can't be fetched: {what}");
                match issuer.eager {
                    true => self.faults.push(format!("{problem}; {remedy}, or remove `eager`")),
                    false => {
                        self.warnings.push(format!("{problem}; {remedy}; until then, its tokens are answered with 503"))
                    }
                }
                return;
            }
        };
        let usable = published.keys.iter().filter(|key| key.usable.is_ok()).count();
        let lifetime = published.max_age.map(|age| format!(", good for {age} seconds")).unwrap_or_default();
        self.issuers.push(format!("{name}: reachable, {usable} of {} keys usable{lifetime}", published.keys.len()));
        for key in &published.keys {
            let kid = key.kid.as_deref().map(shown::text).unwrap_or_else(|| "without `kid`".to_owned());
            self.issuers.push(match &key.usable {
                Ok(algorithms) => {
                    let names: Vec<_> = algorithms.iter().map(|algorithm| algorithm.name()).collect();
                    format!("  key {kid}: {}", names.join(", "))
                }
                Err(reason) => format!("  key {kid}: skipped, because {reason}"),
            });
        }
        if usable == 0 {
            let problem = format!("`issuers[{place}].issuer`: it publishes no key for any of the `algorithms`");
            match issuer.eager {
                true => self.faults.push(format!("{problem}; add its algorithm, or remove `eager`")),
                false => self.warnings.push(format!("{problem}; all its tokens are refused")),
            }
        }
    }

    fn write(&self, output: &mut dyn Write) -> io::Result<()> {
        for (title, lines) in [
            ("settings", &self.settings),
            ("in force", &self.in_force),
            ("secrets", &self.secrets),
            ("session store", &self.store),
            ("trusted issuers", &self.issuers),
        ] {
            if !lines.is_empty() {
                writeln!(output, "{title}")?;
                lines.iter().try_for_each(|line| writeln!(output, "  {line}"))?;
            }
        }
        for (what, lines) in [("warning", &self.warnings), ("fault", &self.faults)] {
            match lines.len() {
                0 => writeln!(output, "no {what}s")?,
                1 => writeln!(output, "1 {what}")?,
                count => writeln!(output, "{count} {what}s")?,
            }
            lines.iter().try_for_each(|line| writeln!(output, "  - {line}"))?;
        }
        Ok(())
    }
}
