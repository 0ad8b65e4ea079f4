//! Suggestions for misspelled names.

/// The known name that is most similar to this one, if any is similar.
pub(crate) fn closest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let distance = |other: &str| strsim::damerau_levenshtein(&name, &other.to_lowercase());
    let (distance, closest) = known.into_iter().map(|other| (distance(other), other)).min()?;
    // At most a third of the letters may differ.
    (distance * 3 <= closest.len().max(name.len())).then_some(closest)
}
