//! What `docs/stability.md` promises is so.

use std::fmt::Debug;

use crate::support::markdown;
use crate::test_util::{KINDS, OUTCOMES};

const PAGE: &str = "docs/stability.md";

fn names(values: &[impl Debug]) -> impl Iterator<Item = String> {
    values.iter().map(|value| format!("{value:?}"))
}

#[test]
fn kinds_and_outcomes_have_the_names_of_the_page() {
    let rows = markdown::rows(&markdown::read(PAGE), ["name"]);
    let promised: Vec<String> = rows.into_iter().flat_map(|mut row| row.swap_remove(0).code).collect();
    assert_eq!(promised, names(&KINDS).chain(names(&OUTCOMES)).collect::<Vec<_>>());
}

#[test]
fn features_have_the_names_of_the_page() {
    let rows = markdown::rows(&markdown::read(PAGE), ["crate", "features"]);
    assert_eq!(rows.len(), 4);
    for row in rows {
        let name = &row[0].code[0];
        let manifest = markdown::read(format!("crates/{name}/Cargo.toml"));
        let features = manifest.split("\n[features]\n").nth(1).unwrap().split("\n[").next().unwrap();
        let features = features.lines().filter_map(|line| line.split_once(" = ")).map(|(feature, _)| feature);
        assert_eq!(row[1].code, features.collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn the_oldest_rust_is_the_one_of_the_page() {
    let manifest = markdown::read("Cargo.toml");
    let line = manifest.lines().find_map(|line| line.strip_prefix("rust-version = ")).unwrap();
    let version = line.trim_matches('"');
    assert!(markdown::read(PAGE).contains(&format!("It is `{version}`.")));
    assert!(markdown::read("README.md").contains(&format!("Rust {version} or newer")));
}

#[test]
fn numbers_of_crates_in_the_readme_are_measured() {
    let page = markdown::read("docs/performance.md");
    let rows = markdown::rows(&markdown::read("README.md"), ["", "crates in the tree"]);
    assert_eq!(rows.len(), 4);
    for row in rows {
        let (name, number) = (&row[0].code[0], &row[1].text);
        let section = page.split(&format!("\n### {name}\n\n")).nth(1).unwrap().lines().next().unwrap();
        assert!(section.split(' ').any(|word| word == number), "{name}: {number}, but {section}");
    }
}
