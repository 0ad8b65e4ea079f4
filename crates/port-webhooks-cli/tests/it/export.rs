//! `export`, and that `apply` reads what it writes.

use fake_port::{Fault, Route};
use serde_json::json;

use crate::support::receiver::answering;
use crate::support::{Ran, World};

#[test]
fn what_is_there_is_written_with_names_for_secrets() {
    let world = World::seeded();
    let ran = world.run(&["export"]);
    insta::assert_snapshot!(ran.told());
    assert!(!ran.told().contains("hidden"));
    insta::assert_snapshot!("export_json", world.run(&["export", "entity-created", "-o", "json"]).done());
}

#[test]
fn apply_reads_it_back() {
    let world = World::seeded();
    let exported = world.run(&["export"]).done();
    world.file("hooks.yaml", &exported);
    let mut command = world.command(&["apply", "-f", "hooks.yaml", "--prune-everything", "--yes"]);
    command
        .env("PORT_WEBHOOK_ENTITY_CREATED_HEADER_AUTHORIZATION", "Bearer hidden-token")
        .env("PORT_WEBHOOK_ENTITY_CREATED_HEADER_X_API_KEY", "hidden-key")
        .env("PORT_WEBHOOK_ENTITY_CREATED_SECRET", "hidden-secret");
    assert_eq!(
        Ran::of(command, "").done(),
        "plan: 0 to create, 0 to change, 0 to delete, 2 unchanged (Port at http://127.0.0.1:PORT)\n"
    );
    let err = world.run(&["apply", "-f", "hooks.yaml"]).failed(2);
    insta::assert_snapshot!(err);
}

/// `apply` takes no file in which one is twice.
#[test]
fn one_that_is_named_twice_is_written_once() {
    let world = World::seeded();
    assert_eq!(world.run(&["export", "audit", "audit"]).done().matches("identifier: audit").count(), 1);
}

#[test]
fn variables_of_similar_identifiers_have_different_names() {
    let world = World::new();
    for identifier in ["a-b", "a.b"] {
        let webhook = json!({ "identifier": identifier, "security": { "secret": "hidden" } });
        world.fake.seed(webhook).unwrap();
    }
    let ran = world.run(&["export"]);
    let names: Vec<_> = ran.err.lines().skip(1).map(str::trim).collect();
    assert_eq!(names, ["PORT_WEBHOOK_A_B_SECRET", "PORT_WEBHOOK_A_B_SECRET_2"]);
}

#[test]
fn names_in_a_dotenv_file_are_read() {
    let world = World::seeded();
    world.file("hooks.yaml", "identifier: audit\nsecurity: { secret: { fromEnv: AUDIT } }\n");
    world.file(".env", "AUDIT='hidden $ecret'\n");
    world.run(&["apply", "-f", "hooks.yaml"]).done();
    assert_eq!(world.stored("audit")["security"]["secret"], "hidden $ecret");
}

#[test]
fn secrets_are_written_to_a_file_of_their_owners_alone() {
    let world = World::seeded();
    let err = world.run(&["export", "--show-secrets"]).failed(2);
    insta::assert_snapshot!(err);
    assert_eq!(world.requests(), 0);

    // One that others could read is replaced, and not written into.
    let path = world.file("backup.yaml", "old");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
    }
    let ran = world.run(&["export", "--show-secrets", "--out", "backup.yaml"]);
    assert_eq!((ran.out.as_str(), ran.err.as_str(), ran.code), ("", "", Some(0)));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(std::fs::read_to_string(&path).unwrap().contains("secret: hidden-secret"));
    assert_eq!(std::fs::read_dir(world.directory.path()).unwrap().count(), 1, "nothing is left beside it");
    let told = world.run(&["apply", "-f", "backup.yaml", "--prune-everything", "--yes"]).done();
    assert!(told.starts_with("plan: 0 to create, 0 to change, 0 to delete"), "{told}");

    world.run(&["export", "--out", "missing/hooks.yaml"]).failed(1);
    world.run(&["export", "--out", "plain.yaml"]).done();
    #[cfg(unix)]
    {
        let mode = |name| std::fs::metadata(world.directory.path().join(name)).unwrap().permissions();
        world.file("usual", "");
        assert_eq!(mode("plain.yaml"), mode("usual"), "without secrets it is a file like others");
    }
    assert!(!std::fs::read_to_string(world.directory.path().join("plain.yaml")).unwrap().contains("hidden-"));
}

/// Secrets go to a regular file that has this name, and nowhere else.
#[cfg(unix)]
#[test]
fn out_takes_no_link_and_nothing_but_a_file() {
    use std::os::unix::fs::symlink;

    let world = World::seeded();
    let place = |name: &str| world.directory.path().join(name);
    world.file("kept.yaml", "old");
    symlink("kept.yaml", place("link.yaml")).unwrap();
    symlink("nowhere", place("dangling")).unwrap();
    symlink("folder", place("to-folder")).unwrap();
    std::fs::create_dir(place("folder")).unwrap();
    symlink("/dev/stdout", place("output")).unwrap();
    let socket = std::os::unix::net::UnixListener::bind(place("socket")).unwrap();
    for path in [
        "link.yaml",
        "dangling",
        "to-folder",
        "folder",
        "output",
        "socket",
        "/dev/stdout",
        "/dev/null",
        "/dev/fd/1",
    ] {
        for flags in [&["--show-secrets", "--out", path][..], &["--out", path]] {
            let ran = world.run(&[&["export"], flags].concat());
            assert_eq!(ran.out, "", "{path}");
            let err = ran.failed(2);
            assert!(
                err.starts_with(&format!("error: --out: {path} is ")) && err.contains("leave out --out"),
                "{err}"
            );
        }
    }
    drop(socket);
    assert_eq!(std::fs::read_to_string(place("kept.yaml")).unwrap(), "old");
    assert!(place("link.yaml").is_symlink() && place("dangling").is_symlink());
    assert_eq!(world.requests(), 0);
    // A redirected output is not replaced either.
    let target = std::fs::File::create(place("redirected")).unwrap();
    let mut command = world.command(&["export", "--show-secrets", "--out", "/dev/stdout"]);
    assert_eq!(command.stdout(target).stderr(std::process::Stdio::null()).status().unwrap().code(), Some(2));
    assert_eq!(std::fs::read_to_string(place("redirected")).unwrap(), "");
}

#[test]
fn a_password_in_a_url_is_a_secret() {
    let world = World::new();
    world
        .fake
        .seed(json!({ "identifier": "a", "url": "https://me:hidden@a.example/", "events": ["run.created"] }))
        .unwrap();
    let ran = world.run(&["export"]);
    assert!(!ran.told().contains("hidden"), "{ran:#?}");
    world.file("hooks.yaml", &ran.out);
    let mut command = world.command(&["apply", "-f", "hooks.yaml"]);
    command.env("PORT_WEBHOOK_A_URL", "https://me:hidden-too@a.example/");
    let told = Ran::of(command, "").done();
    assert!(told.contains("~ url: will change") && !told.contains("hidden"), "{told}");
    assert_eq!(world.stored("a")["url"], "https://me:hidden-too@a.example/");
}

#[test]
fn an_empty_header_is_written_as_it_is() {
    let world = World::new();
    world
        .run(&["create", "a", "--url", "https://a.example.com", "--event", "run.created", "--header", "X-E="])
        .done();
    world.run(&["export", "--out", "hooks.yaml"]).done();
    let told = world.run(&["apply", "-f", "hooks.yaml"]).done();
    assert!(told.starts_with("plan: 0 to create, 0 to change"), "{told}");
}

/// A field of tomorrow stays in the file, and what sounds like a secret in it does not.
#[test]
fn a_field_that_is_not_known_is_exported_without_its_secrets() {
    let world = World::seeded();
    let future = json!({ "webhook": {
        "category": "audit", "retries": 3, "apiKey": "hidden-key", "tokens": 7, "authRequired": true,
        "delivery": {
            "timeout": 5,
            "auth": { "user": "hidden-user", "next": ["hidden-a", "hidden-b"], "none": null },
            "proxy": "https://me:hidden@proxy.example", "headers": { "X-A": "hidden-x" }, "secret": "",
        },
    } });
    world.fake.inject(Fault::merged(future).on([Route::Get]).always());
    let ran = world.run(&["export", "audit"]);
    assert!(!ran.told().contains("hidden"), "{ran:#?}");
    insta::assert_snapshot!(ran.told());
    // `apply` puts the values back.
    world.file("hooks.yaml", &ran.out);
    let err = world.run(&["apply", "-f", "hooks.yaml", "--allow-unknown"]).failed(2);
    let names: Vec<_> = ran.err.lines().filter_map(|line| line.strip_prefix("  ")).collect();
    for name in &names {
        assert!(err.contains(&format!("{name} is not set")), "{err}");
    }
    let mut command = world.command(&["apply", "-f", "hooks.yaml", "--dry-run", "--allow-unknown"]);
    command.envs(names.iter().map(|name| (name, "hidden-value")));
    let told = Ran::of(command, "").done();
    assert!(told.contains("+ apiKey: set") && told.contains("+ delivery: set"), "{told}");
    assert!(!told.contains("hidden"), "{told}");
}

#[test]
fn long_numbers_are_written_with_all_their_digits() {
    let body = r#"{"ok":true,"webhook":{"identifier":"a","future":[{"n":123456789012345678901234567890}],"rate":1.10}}"#;
    for arguments in [["get", "a", "-o", "json"], ["get", "a", "-o", "yaml"], ["export", "a", "-o", "json"]] {
        let answer =
            format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
        let (address, _answered) = answering(answer);
        let world = World::new();
        let mut command = world.command(&arguments);
        command.env("PORT_BASE_URL", format!("http://{address}")).env("PORT_ACCESS_TOKEN", "token");
        let arguments: &[&str] = if arguments[0] == "get" { &["--show-secrets"] } else { &[] };
        command.env_remove("PORT_CLIENT_ID").env_remove("PORT_CLIENT_SECRET").args(arguments);
        let out = Ran::of(command, "").done();
        assert!(out.contains("123456789012345678901234567890") && out.contains("1.10"), "{out}");
    }
}
