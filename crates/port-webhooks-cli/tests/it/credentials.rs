//! Where credentials come from, and what goes before what.

use crate::support::{Ran, World, command};

/// The command without the variables that find the fake.
fn run(world: &World, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command = command(world.directory.path());
    command.args(arguments).envs(variables.iter().copied());
    Ran::of(command, "")
}

#[test]
fn a_file_in_the_working_directory_is_read() {
    let world = World::seeded();
    let uri = world.fake.uri();
    let text = format!(
        "# where and who\nPORT_BASE_URL={uri}\nexport PORT_CLIENT_ID=fake-client-id\nPORT_CLIENT_SECRET='fake-client-secret'\n"
    );
    world.file(".env", &text);
    run(&world, &["list"], &[]).done();
    // The environment goes before the file, also where it says nothing.
    let here = ("PORT_BASE_URL", uri.as_str());
    run(&world, &["list"], &[here, ("PORT_CLIENT_SECRET", "wrong")]).failed(3);
    let err = run(&world, &["list"], &[here, ("PORT_CLIENT_SECRET", "")]).failed(2);
    assert!(err.starts_with("error: PORT_CLIENT_SECRET is not set"), "{err}");
    // Another file is read instead.
    world.file("other.env", &text.replace("fake-client-secret", "wrong"));
    run(&world, &["list", "--env-file", "other.env"], &[]).failed(3);
    run(&world, &["list", "--env-file", "missing.env"], &[]).failed(2);
}

/// Whoever is in a directory of somebody else's does not send credentials to where its `.env` says.
#[test]
fn a_file_that_was_found_does_not_decide_where_credentials_go() {
    let world = World::seeded();
    world.file(".env", &format!("PORT_BASE_URL={}\n", world.fake.uri()));
    let own = [("PORT_CLIENT_ID", "fake-client-id"), ("PORT_CLIENT_SECRET", "fake-client-secret")];
    let err = run(&world, &["list"], &own).failed(2);
    insta::assert_snapshot!(err);
    run(&world, &["list"], &[("PORT_ACCESS_TOKEN", "own")]).failed(2);
    world.file("secret", "fake-client-secret");
    run(&world, &["list", "--client-id", "fake-client-id", "--client-secret-file", "secret"], &[]).failed(2);
    assert_eq!(world.requests(), 0);
    // White space is no token, so that those of the environment would be used.
    let uri = world.fake.uri();
    world.file(
        ".env",
        &format!("PORT_BASE_URL={uri}\nPORT_ACCESS_TOKEN=' '\nPORT_CLIENT_ID=fake-client-id\n"),
    );
    run(&world, &["list"], &[own[1]]).failed(2);
    assert_eq!(world.requests(), 0);
    world.file(".env", &format!("PORT_BASE_URL={uri}\n"));
    run(&world, &["list", "--env-file", ".env"], &own).done();
    let uri = world.fake.uri();
    run(&world, &["list", "--base-url", &uri], &own).done();
}

#[test]
fn a_line_that_cannot_be_read_is_not_shown() {
    let world = World::new();
    world.file(".env", "PORT_CLIENT_ID=a\nhidden line without a sign\n");
    let err = run(&world, &["list", "-v"], &[]).failed(2);
    assert!(!err.contains("hidden") && !err.contains("without a sign"), "{err}");
    insta::assert_snapshot!(err);
}

#[test]
fn flags_go_before_the_environment() {
    let world = World::seeded();
    let uri = world.fake.uri();
    let wrong = [
        ("PORT_BASE_URL", "http://127.0.0.1:1"),
        ("PORT_CLIENT_ID", "wrong"),
        ("PORT_CLIENT_SECRET", "wrong"),
        ("PORT_ACCESS_TOKEN", "wrong"),
    ];
    world.file("secret", "fake-client-secret\n");
    let flags = ["--base-url", &uri, "--client-id", "fake-client-id", "--client-secret-file", "secret"];
    run(&world, &[&["list"], &flags[..]].concat(), &wrong).done();
    world.file("token", &format!("{}\r\n", world.fake.issue_token()));
    run(&world, &["list", "--base-url", &uri, "--access-token-file", "token"], &wrong).done();
    // A region goes before an address of the environment.
    let err = run(&world, &["list", "--region", "us", "--timeout", "1", "--query", "x"], &wrong).failed(2);
    assert!(err.contains("--query"), "{err}");
}

#[test]
fn what_is_missing_is_named() {
    let world = World::new();
    let mut told = String::new();
    for variables in [
        &[][..],
        &[("PORT_CLIENT_ID", "a")],
        &[("PORT_ACCESS_TOKEN", "********")],
        &[("PORT_ACCESS_TOKEN", "a"), ("PORT_REGION", "mars")],
        &[("PORT_ACCESS_TOKEN", "a"), ("PORT_BASE_URL", "http://port.example")],
    ] {
        told.push_str(&run(&world, &["list"], variables).failed(2));
    }
    told.push_str(&run(&world, &["list", "--client-secret-file", "missing"], &[]).failed(2));
    world.file("empty", "\n");
    told.push_str(&run(&world, &["list", "--access-token-file", "empty"], &[]).failed(2));
    insta::assert_snapshot!(told);
}

/// What the environment says of who and where is not filled in from a file that says it in another way.
#[test]
fn who_and_where_are_said_by_one_source_each() {
    let world = World::seeded();
    let uri = world.fake.uri();
    let own = [("PORT_CLIENT_ID", "fake-client-id"), ("PORT_CLIENT_SECRET", "fake-client-secret")];
    world.file(".env", "PORT_ACCESS_TOKEN=stale\nPORT_REGION=mars\n");
    run(&world, &["list"], &[own[0], own[1], ("PORT_BASE_URL", &uri)]).done();
    // Somebody else's directory, with a token and an address of theirs.
    world.file(".env", &format!("PORT_BASE_URL={uri}\nPORT_ACCESS_TOKEN={}\n", world.fake.issue_token()));
    let before = world.requests();
    run(&world, &["list"], &own).failed(2);
    let create =
        ["create", "a", "--url", "https://a.example.com", "--event", "run.created", "--secret-from-env", "S"];
    let err = run(&world, &create, &[("S", "topsecret")]).failed(2);
    assert!(err.contains("S comes from the environment, but PORT_BASE_URL comes from .env"), "{err}");
    let flag =
        ["create", "a", "--url", "https://a.example.com", "--event", "run.created", "--secret", "topsecret"];
    let err = run(&world, &flag, &[]).failed(2);
    assert!(
        err.contains("the secret comes from a flag, but PORT_BASE_URL comes from .env")
            && !err.contains("topsecret"),
        "{err}"
    );
    // A header is a credential as well.
    let base = ["create", "a", "--url", "https://a.example.com", "--event", "run.created"];
    let header = [&base[..], &["--header", "X-Key=topsecret"]].concat();
    let err = run(&world, &header, &[]).failed(2);
    assert!(
        err.contains("header values come from a flag, but PORT_BASE_URL comes from .env")
            && !err.contains("topsecret"),
        "{err}"
    );
    let header = [&base[..], &["--header-from-env", "X-Key=S"]].concat();
    let err = run(&world, &header, &[("S", "topsecret")]).failed(2);
    assert!(
        err.contains("S comes from the environment, but PORT_BASE_URL comes from .env")
            && !err.contains("topsecret"),
        "{err}"
    );
    assert_eq!(world.requests(), before);
    // Nothing of its own goes there, so it is used.
    run(&world, &["list"], &[]).done();
    run(&world, &[&create[..], &["--env-file", ".env"]].concat(), &[("S", "topsecret")]).done();
}

#[test]
fn a_value_in_a_file_is_what_it_says() {
    let world = World::new();
    world.file(
        ".env",
        "# don't mind $this\nA=pa$$word # it's $x\nB=\"pa$A word\"\nC='pa$A'\nD=a\\$b\nE=${A}\n",
    );
    for (name, value) in [("A", "pa$$word"), ("B", "pa$A word"), ("C", "pa$A"), ("D", "a$b"), ("E", "${A}")] {
        let signed = run(&world, &["sign", "--scheme", "plain", "--secret-from-env", name, "-"], &[]).done();
        assert_eq!(signed.trim_end(), format!("x-port-signature: {value}"));
    }
}

/// Python keeps its own things in directories that are called like this.
#[test]
fn a_directory_of_that_name_is_left_alone() {
    let world = World::seeded();
    std::fs::create_dir(world.directory.path().join(".env")).unwrap();
    world.run(&["list"]).done();
}
