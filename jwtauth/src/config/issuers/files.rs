//! The keys of an issuer that are not fetched: `jwks_file` and `master_secret_file`.

use std::path::PathBuf;

use figment::Figment;

use crate::algorithm::Algorithm;
use crate::config::findings::Findings;
use crate::config::keys::from_secret;
use crate::config::material::{NamedFile, material, watched_file};
use crate::config::names::{ISSUERS, OF_ISSUER};
use crate::config::settings::Settings;
use crate::config::values::Config;
use crate::issuers::{FixedKeys, KeySet};
use crate::keys::Key;

/// The maximum length of a JWK set in bytes, as for a fetched one.
const LONGEST: u64 = 256 * 1024;

/// The settings of a fetch.
const OF_FETCHING: [&str; 9] =
    ["discovery", "jwks_uri", "eager", "retain_on_error", "timeout", "ca", "bearer_token_file", "proxy", "allow_http"];

/// The keys of one issuer, and the file of its JWK set.
pub(super) struct IssuerFiles {
    pub(super) keys: FixedKeys,
    pub(super) jwks_file: Option<PathBuf>,
}

/// Reads the files. Returns `None` if there is a fault. `algorithms` is `None` if that setting has a fault. `cached` is
/// the number of verified tokens that are cached.
pub(super) fn read(table: &mut Settings<'_>, algorithms: Option<&[Algorithm]>, cached: usize) -> Option<IssuerFiles> {
    let are_set = [table.is_set("jwks_file"), table.is_set("master_secret_file")];
    let (set, jwks_file) = jwks(table, algorithms).unzip();
    let secret = secret(table, algorithms);
    let are_read = [set.is_some(), secret.is_some()];
    (are_set == are_read).then(|| IssuerFiles { keys: FixedKeys::new(set, secret, cached), jwks_file })
}

/// Rereads the files of all issuers, whose settings are those of the launch. Returns the keys of each issuer that has
/// files without a fault.
pub(super) fn reread(config: &Config, at_launch: &Figment) -> (Findings, Vec<(String, FixedKeys)>) {
    let mut settings = Settings::of(at_launch);
    let mut keys = Vec::new();
    let tables = settings.open_list(ISSUERS).unwrap_or_default();
    for (issuer, mut table) in config.issuers.iter().zip(tables) {
        let has_files = issuer.jwks_file.is_some() || issuer.master_secret_file;
        let files = read(&mut table, Some(&issuer.algorithms), config.verified_cache);
        keys.extend(files.filter(|_| has_files).map(|files| (issuer.issuer.clone(), files.keys)));
        table.skip_rest();
        settings.close(table, &OF_ISSUER);
    }
    (settings.into_findings(), keys)
}

/// Refuses the settings of a fetch, because the keys of this issuer are in files only. Without a `jwks_file`,
/// `algorithms` is the reason.
pub(super) fn refuse_fetching(table: &mut Settings<'_>, has_jwks_file: bool) {
    let remedy = match has_jwks_file {
        true => "remove it, or remove `jwks_file`",
        false => "remove it, or add an algorithm of the published keys to `algorithms`",
    };
    for name in OF_FETCHING {
        if let Some((_, origin)) = table.take(name) {
            let problem = "is set, and the keys of this issuer are not fetched: they are in files";
            table.fault(name, Some(&origin), problem, remedy);
        }
    }
}

fn jwks(table: &mut Settings<'_>, algorithms: Option<&[Algorithm]>) -> Option<(KeySet, PathBuf)> {
    let NamedFile { path, bytes, origin } = watched_file(table, "jwks_file", LONGEST)?;
    let accepted = algorithms.unwrap_or(Algorithm::ALL);
    if accepted.iter().all(|algorithm| algorithm.is_hmac()) {
        let problem = "is set, and `algorithms` has none for its keys";
        table.fault("jwks_file", Some(&origin), problem, "add the algorithm of the keys, or remove it");
        return None;
    }
    let Ok(set) = KeySet::parse(&bytes, accepted) else {
        let remedy = "write the object with the list `keys` into it";
        table.fault("jwks_file", Some(&origin), "names a file that is not a JWK set (RFC 7517 §5)", remedy);
        return None;
    };
    if let (Some(algorithms), true) = (algorithms, set.is_empty()) {
        let names: Vec<&str> = algorithms.iter().map(|algorithm| algorithm.name()).collect();
        let problem = format!("names a file without a usable key for its algorithms ({})", names.join(", "));
        let remedy = set.skipped().lines().first().cloned().unwrap_or_else(|| "add a key".to_owned());
        table.fault("jwks_file", Some(&origin), problem, remedy);
        return None;
    }
    Some((set, path))
}

fn secret(table: &mut Settings<'_>, algorithms: Option<&[Algorithm]>) -> Option<Key> {
    if let Some((_, origin)) = table.take("master_secret") {
        let remedy = "write the secret into a file, and name it in `master_secret_file`";
        table.fault("master_secret", Some(&origin), "is not a setting of an issuer", remedy);
    }
    let algorithm = algorithms.unwrap_or_default().iter().copied().find(|algorithm| algorithm.is_hmac());
    let secret = material(table, "master_secret")?;
    from_secret(table, algorithm?, secret, false)
}
