//! What is otherwise on a terminal.
#![cfg(unix)]

use serde_json::json;

use crate::support::World;
use crate::support::terminal::run;

/// A text without what colors it.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, styled)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = styled.split_once('m').unwrap().1;
    }
    plain + rest
}

#[test]
fn a_table_fits_and_has_color() {
    let world = World::seeded();
    for columns in [200, 100, 60, 30] {
        let shown = run(world.command(&["list"]), columns, "");
        assert_eq!(shown.code, Some(0));
        assert!(shown.screen.starts_with("\u{1b}[1mIDENTIFIER"), "{}", shown.screen);
        let text = plain(&shown.screen);
        if columns >= 60 {
            let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= usize::from(columns), "{widest} of {columns}\n{text}");
        }
        insta::assert_snapshot!(format!("table_of_{columns}"), text);
    }
}

/// Words stay whole, whatever the width; what has no place for its words is left out.
#[test]
fn a_narrow_table_breaks_no_word() {
    let world = World::new();
    for number in 0..5 {
        let events: Vec<_> = fake_port_events().into_iter().take(number * 2 + 1).collect();
        world
            .fake
            .seed(json!({
                "identifier": format!("webhook-{number}"), "title": "A title of several words", "events": events,
                "url": format!("https://hooks.example.com/{number}"),
            }))
            .unwrap();
    }
    for columns in [60, 70, 80, 100, 200] {
        let text = plain(&run(world.command(&["list"]), columns, "").screen);
        let whole = world.run(&["list"]).done();
        let known: Vec<_> = whole.split_whitespace().collect();
        for word in text.split_whitespace() {
            assert!(known.contains(&word), "{columns}: {word}\n{text}");
        }
        assert!(text.lines().all(|line| line.chars().count() <= usize::from(columns)), "{columns}\n{text}");
        assert!(text.contains("https://hooks.example.com/4"), "{columns}\n{text}");
    }
}

fn fake_port_events() -> Vec<&'static str> {
    vec![
        "entity.created",
        "entity.updated",
        "entity.deleted",
        "action.created",
        "action.updated",
        "action.deleted",
        "run.created",
        "run.updated",
        "run.completed",
        "blueprint.created",
    ]
}

/// Long and wide texts are shortened before the table is laid out, for terminals and for pipes.
#[test]
fn long_cells_are_shortened() {
    let world = World::new();
    for (identifier, path) in
        [("word", "x".repeat(900_000)), ("wide", "\u{754c}".repeat(300)), ("words", "a ".repeat(100_000))]
    {
        world
            .fake
            .seed(json!({ "identifier": identifier, "url": format!("https://a.example/{path}"), "title": path, "events": [] }))
            .unwrap();
    }
    let text = plain(&run(world.command(&["list"]), 80, "").screen);
    let widest = text.lines().map(unicode_width::UnicodeWidthStr::width).max().unwrap();
    assert!(widest <= 80 && text.contains("xxx\u{2026}"), "{widest}\n{text}");
    let piped = world.run(&["list"]).done();
    assert_eq!(piped.lines().count(), 4, "a row is a line");
    assert!(piped.len() < 10_000, "{}", piped.len());
    // All of it is there for programs.
    assert!(world.run(&["list", "-o", "json"]).done().contains(&"x".repeat(900_000)));
}

#[test]
fn color_can_be_had_without_one_and_be_left_out_on_one() {
    let world = World::seeded();
    assert!(world.run(&["list", "--color", "always"]).done().contains("\u{1b}[1m"));
    assert!(!world.run(&["list"]).done().contains('\u{1b}'));
    assert!(!run(world.command(&["list", "--color", "never"]), 100, "").screen.contains('\u{1b}'));
    let mut command = world.command(&["list"]);
    command.env("NO_COLOR", "1");
    assert!(!run(command, 100, "").screen.contains('\u{1b}'));
}

#[test]
fn a_plan_has_color() {
    let world = World::seeded();
    world.file(
        "hooks.yaml",
        "- { identifier: audit, events: [run.created] }\n- { identifier: entity-created, title: null }",
    );
    let shown = run(world.command(&["apply", "-f", "hooks.yaml", "--dry-run"]), 80, "").screen;
    insta::assert_snapshot!(shown.replace('\u{1b}', "ESC"));
}

#[test]
fn delete_asks() {
    for (typed, status, left) in
        [("n\n", 1, 1), ("\n", 1, 1), ("\u{4}", 1, 1), ("y\n", 0, 0), ("YES\n", 0, 0)]
    {
        let world = World::new();
        world.fake.seed(json!({ "identifier": "audit" })).unwrap();
        let shown = run(world.command(&["delete", "audit"]), 80, typed);
        let screen = plain(&shown.screen);
        assert_eq!(shown.code, Some(status), "{screen}");
        assert!(screen.contains("delete audit? [y/N] "), "{screen}");
        assert_eq!(screen.contains("nothing was deleted"), left == 1, "{screen}");
        assert_eq!(world.fake.webhooks().len(), left);
    }
}
