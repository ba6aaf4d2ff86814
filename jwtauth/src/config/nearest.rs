use strsim::damerau_levenshtein;

/// The known name that is nearest to a misspelt one, with the number of letters that differ. `None` if no name is near
/// enough to be the one that was meant. Case does not count.
pub(super) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<(usize, &'k str)> {
    let lower = name.to_lowercase();
    let distance = |known: &str| damerau_levenshtein(&known.to_lowercase(), &lower);
    let nearest = known.into_iter().map(|known| (distance(known), known)).min();
    nearest.filter(|(distance, _)| *distance <= 1 + name.len() / 4)
}
