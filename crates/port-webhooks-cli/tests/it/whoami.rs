//! `whoami`.

use fake_port::Fault;
use serde_json::Value;

use crate::support::{Ran, World, command};

#[test]
fn address_and_source_of_credentials_are_shown() {
    let world = World::seeded();
    let told = world.run(&["whoami"]).done();
    let expected = format!(
        "address      {}\nregion       none: the address is set by its URL\n\
         credentials  client id and secret from the environment\ntoken        accepted\n",
        world.fake.uri()
    );
    assert_eq!(told, expected);
    let token = world.fake.issue_token();
    let told = world.run_with(&["whoami", "--access-token-file", "-", "-o", "json"], &token).done();
    let told: Value = serde_json::from_str(&told).unwrap();
    let expected = serde_json::json!({
        "address": world.fake.uri(), "region": null, "credentials": "access token from a flag", "accepted": true,
    });
    assert_eq!(told, expected);
    world.file(
        "prod.env",
        &format!("PORT_BASE_URL={}/v1\nPORT_ACCESS_TOKEN={}\n", world.fake.uri(), world.fake.issue_token()),
    );
    let told = world.run(&["whoami", "--env-file", "prod.env"]).done();
    assert!(told.contains(&format!("address      {}\n", world.fake.uri())), "{told}");
    assert!(told.contains("access token from prod.env"), "{told}");
}

#[test]
fn rejected_credentials_are_told_by_status_and_output() {
    let world = World::seeded();
    let mut command = world.command(&["whoami"]);
    command.env("PORT_CLIENT_SECRET", "hidden");
    let ran = Ran::of(command, "");
    assert!(ran.out.ends_with("token        rejected\n"), "{ran:?}");
    assert!(!ran.failed(3).contains("hidden"));
    world.fake.inject(Fault::status(403).on([fake_port::Route::List]).always());
    let ran = world.run(&["whoami"]);
    assert!(ran.out.ends_with("token        accepted, but may not list webhooks\n"), "{ran:?}");
    ran.failed(4);
}

#[test]
fn region_is_named_without_asking_port() {
    let directory = tempfile::tempdir().unwrap();
    for (variables, address) in [
        (&[][..], "https://api.port.io"),
        (&[("PORT_REGION", "us")], "https://api.us.port.io"),
        (&[("PORT_BASE_URL", "https://port.example:8443/api/v1")], "https://port.example:8443/api"),
    ] {
        let mut command = command(directory.path());
        command.arg("whoami").envs(variables.iter().copied());
        let err = Ran::of(command, "").failed(2);
        assert!(err.contains(&format!("PORT_CLIENT_ID is not set: set PORT_CLIENT_ID and PORT_CLIENT_SECRET, or PORT_ACCESS_TOKEN (Port at {address})")), "{err}");
    }
}
