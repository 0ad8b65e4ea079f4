//! Ctrl-C leaves nothing half done.
#![cfg(unix)]

use std::time::Duration;

use fake_port::{Fault, Route};

use crate::support::World;

const THREE: &str = "
- { identifier: a, url: 'https://a.example', events: [run.created] }
- { identifier: b, url: 'https://b.example', events: [run.created] }
- { identifier: c, url: 'https://c.example', events: [run.created] }
";

/// Holds the response to a create until the faults are cleared.
pub(crate) fn held() -> Fault {
    Fault::slow(Duration::from_secs(3600)).on([Route::Create])
}

/// Until the fake has carried out the create of this webhook.
fn until_created(world: &World, identifier: &str) {
    while world.fake.webhook(identifier).is_none() {
        std::thread::yield_now();
    }
}

#[test]
fn the_write_under_way_is_finished_and_no_other_begun() {
    let world = World::new();
    world.file("hooks.yaml", THREE);
    world.fake.inject(held().identifier("b"));
    let mut apply = world.start(&["apply", "-f", "hooks.yaml"]);
    until_created(&world, "b");
    apply.interrupt();
    assert_eq!(apply.told("finishing first: "), "create b (Ctrl-C again aborts it)");
    world.fake.clear_faults();
    let ran = apply.end();
    assert_eq!(ran.code, Some(130), "{ran:#?}");
    assert!(ran.out.ends_with("[1/3] created a\n[2/3] created b\n"), "{ran:#?}");
    insta::assert_snapshot!(ran.err);
    assert_eq!(world.fake.webhooks().len(), 2);

    let told = world.run(&["apply", "-f", "hooks.yaml"]).done();
    assert!(
        told.ends_with("plan: 1 to create, 0 to change, 0 to delete, 2 unchanged (Port at http://127.0.0.1:PORT)\n[1/1] created c\n"),
        "{told}"
    );
}

#[test]
fn a_second_one_gives_it_up_and_says_what_is_not_known() {
    let world = World::new();
    world.file("hooks.yaml", THREE);
    world.fake.inject(Fault::hanging().applied().on([Route::Create]).identifier("b").always());
    let mut apply = world.start(&["apply", "-f", "hooks.yaml"]);
    until_created(&world, "b");
    apply.interrupt();
    apply.told("finishing first: ");
    apply.interrupt();
    let ran = apply.end();
    assert_eq!(ran.code, Some(130), "{ran:#?}");
    insta::assert_snapshot!(ran.err);
    world.fake.clear_faults();
    world.run(&["apply", "-f", "hooks.yaml"]).done();
    assert_eq!(world.fake.webhooks().len(), 3);
}

#[test]
fn a_single_write_is_finished_and_told() {
    let world = World::new();
    world.fake.inject(held());
    let mut create = world.start(&["create", "a", "--url", "https://a.example", "--event", "run.created"]);
    until_created(&world, "a");
    create.signal(rustix::process::Signal::TERM);
    assert_eq!(create.told("finishing first: "), "create a (stopped by SIGTERM)");
    world.fake.clear_faults();
    let ran = create.end();
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), "created a\n"));
}

/// `timeout` and a terminal that is closed send their signal twice, or one after the other.
#[test]
fn repeated_sigterm_and_sighup_abort_nothing() {
    use rustix::process::Signal;

    let world = World::new();
    world.fake.inject(held());
    let mut create = world.start(&["create", "a", "--url", "https://a.example", "--event", "run.created"]);
    until_created(&world, "a");
    create.signal(Signal::HUP);
    assert_eq!(create.told("finishing first: "), "create a (stopped by SIGHUP)");
    for signal in [Signal::HUP, Signal::TERM, Signal::TERM, Signal::HUP, Signal::INT] {
        create.signal(signal);
    }
    world.fake.clear_faults();
    let ran = create.end();
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), "created a\n"));
}

#[test]
fn a_single_write_that_is_given_up_says_where_to_look() {
    let world = World::new();
    world.fake.inject(Fault::hanging().applied().on([Route::Create]).always());
    let mut create = world.start(&["create", "a", "--url", "https://a.example", "--event", "run.created"]);
    until_created(&world, "a");
    create.interrupt();
    create.told("finishing first: ");
    create.interrupt();
    let err = create.end().failed(130);
    assert_eq!(
        err,
        "error: aborted: create a (Port at http://127.0.0.1:PORT)\n  it may have been carried out: `port-webhooks get a` shows the current state\n"
    );
}

/// What it was asked for is done, and its reader, such as `less`, takes no more of what it says.
#[test]
fn a_second_one_ends_it_while_its_reader_pauses() {
    let world = World::live();
    // More than a pipe holds.
    let mapping = format!(
        r#"{{"title":"A","mappings":[{{"blueprint":"a","filter":"{}","entity":{{"identifier":"b"}}}}]}}"#,
        "x".repeat(300_000)
    );
    world.file("a.json", &mapping);
    let mut create = world.start(&["create", "a", "-f", "a.json"]);
    create.told("created ");
    assert_eq!(create.interrupt_until_it_ends(), Some(130));
}
