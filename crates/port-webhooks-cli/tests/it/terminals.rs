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
