//! Decides which source provides the keys, if several sources set some.

use figment::value::{Tag, Value};
use figment::{Profile, Provider, Source};

use super::names::{KEY_MATERIAL, KEYS, SECTION, of_single_key};
use super::settings::Settings;
use crate::algorithm::Algorithm;

/// Keeps only the key settings of the source with the highest priority among those that set a key. For example, a
/// secret in the environment replaces the key pair of a file. Returns a warning that lists what was overridden.
///
/// A secret and a key pair in the same source are still a fault. So are keys in sources whose order is unknown.
pub(super) fn decide(settings: &mut Settings<'_>) -> Option<String> {
    let set: Vec<(&str, Tag)> =
        KEY_MATERIAL.into_iter().chain([KEYS]).filter_map(|name| Some((name, settings.tag(name)?))).collect();
    let winner = winner(settings, &set)?;
    let is_winner = |tag: Tag| rank(tag) == rank(winner) && tag == winner;
    let (kept, dropped): (Vec<_>, Vec<_>) = set.into_iter().partition(|(_, tag)| is_winner(*tag));
    if dropped.is_empty() {
        return None;
    }
    let mut names: Vec<&str> = dropped.iter().map(|(name, _)| *name).collect();
    if kept.iter().any(|(name, _)| *name == KEYS) {
        // Settings next to a list belong to the single key that the list replaces.
        let beside = of_single_key().iter().filter(|name| settings.tag(name).is_some_and(|tag| !is_winner(tag)));
        names.extend(beside.filter(|name| !KEY_MATERIAL.contains(name)));
    } else if is_of_another_family(settings, &kept) && settings.tag("algorithm").is_some_and(|tag| !is_winner(tag)) {
        names.push("algorithm");
    }
    let origin = |name| settings.whereabouts(name).and_then(|origin| origin.described());
    let kept: Vec<_> = kept.into_iter().map(|(name, _)| named(name, origin(name))).collect();
    let dropped = names.into_iter().filter_map(|name| settings.take(name).map(|(_, origin)| (name, origin)));
    let dropped: Vec<_> = dropped.map(|(name, origin)| named(name, origin.described())).collect();
    Some(format!("{} decides about the keys, and overrides {}", kept.join(", "), dropped.join(", ")))
}

fn named(name: &str, origin: Option<String>) -> String {
    match origin {
        Some(origin) => format!("`{name}` [{origin}]"),
        None => format!("`{name}`"),
    }
}

/// The priority of a profile, in Rocket's order: `global` first, then the selected profile, then `default`.
fn rank(tag: Tag) -> u8 {
    match tag.profile() {
        Some(profile) if profile == Profile::Global => 2,
        Some(profile) if profile == Profile::Default => 0,
        _ => 1,
    }
}

/// The source with the highest priority. `None` if it is unknown.
fn winner(settings: &Settings<'_>, set: &[(&str, Tag)]) -> Option<Tag> {
    let highest = set.iter().map(|(_, tag)| rank(*tag)).max()?;
    let mut tags: Vec<Tag> = set.iter().map(|(_, tag)| *tag).filter(|tag| rank(*tag) == highest).collect();
    tags.sort();
    tags.dedup();
    if let [tag] = tags[..] {
        return Some(tag);
    }
    // The tag of the section is that of the last source merged into it.
    let top = section(settings, highest).map(|section| section.tag());
    if let Some(top) = top.filter(|top| tags.contains(top)) {
        return Some(top);
    }
    // Rocket reads its variables after its file. The order of sources that an application adds is lost.
    let mut variables = tags.iter().filter(|tag| is_environment(settings, **tag));
    let only = variables.next().filter(|_| variables.next().is_none())?;
    tags.iter().all(|tag| tag == only || is_file(settings, *tag)).then_some(*only)
}

fn section(settings: &Settings<'_>, highest: u8) -> Option<Value> {
    let profile = match highest {
        2 => Profile::Global,
        0 => Profile::Default,
        _ => settings.figment.profile().clone(),
    };
    settings.figment.data().ok()?.remove(&profile)?.remove(SECTION)
}

fn is_environment(settings: &Settings<'_>, tag: Tag) -> bool {
    settings.figment.get_metadata(tag).is_some_and(|metadata| metadata.name.ends_with(" environment variable(s)"))
}

fn is_file(settings: &Settings<'_>, tag: Tag) -> bool {
    let metadata = settings.figment.get_metadata(tag);
    metadata.is_some_and(|metadata| matches!(metadata.source, Some(Source::File(_))))
}

/// Whether the algorithm needs the other kind of key: a pair although a secret was kept, or the reverse.
fn is_of_another_family(settings: &Settings<'_>, kept: &[(&str, Tag)]) -> bool {
    let algorithm = settings.peek("algorithm").and_then(Value::as_str).and_then(|name| name.parse::<Algorithm>().ok());
    let is_secret = kept.iter().all(|(name, _)| name.starts_with("master_secret"));
    algorithm.is_some_and(|algorithm| algorithm.is_hmac() != is_secret)
}
