//! What somebody may have meant.

/// As clap does for its own names.
const CLOSE: f64 = 0.7;

/// The known name that is most like this one, if one is.
pub(crate) fn closest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |known| (strsim::jaro(name, known), known);
    let close = known.into_iter().map(likeness).filter(|(likeness, _)| *likeness > CLOSE);
    close.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_with_a_slip_finds_what_was_meant() {
        let known = ["run.created", "run.completed", "entity.created"];
        assert_eq!(closest("run.complete", known), Some("run.completed"));
        assert_eq!(closest("entity.craeted", known), Some("entity.created"));
        assert_eq!(closest("zzz", known), None);
    }
}
