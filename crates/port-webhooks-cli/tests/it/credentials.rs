//! Where credentials come from, and what goes before what.

use std::fmt::Write as _;

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
    // Another file is read instead.
    world.file("other.env", &text.replace("fake-client-secret", "wrong"));
    run(&world, &["list", "--env-file", "other.env"], &[]).failed(3);
    run(&world, &["list", "--env-file", "missing.env"], &[]).failed(2);
    // A blank variable, which CI leaves where a value is missing, does not count.
    for blank in ["PORT_CLIENT_SECRET", "PORT_BASE_URL", "PORT_ACCESS_TOKEN", "PORT_REGION"] {
        run(&world, &["list"], &[(blank, "")]).done();
        run(&world, &["list"], &[(blank, " ")]).done();
    }
}

/// The environment and a file that happens to be there are not mixed: not in credentials, nor with an address.
#[test]
fn environment_and_found_file_are_not_mixed() {
    let world = World::seeded();
    let uri = world.fake.uri();
    let id = ("PORT_CLIENT_ID", "fake-client-id");
    let secret = ("PORT_CLIENT_SECRET", "fake-client-secret");
    let url = ("PORT_BASE_URL", uri.as_str());
    let token = ("PORT_ACCESS_TOKEN", "own");
    let eu = ("PORT_REGION", "eu");
    let mut told = String::new();
    for (file, environment) in [
        (&[url][..], &[id, secret][..]),
        (&[url], &[token]),
        (&[eu], &[id, secret]),
        (&[id, secret], &[url]),
        (&[id, secret], &[eu]),
        (&[token], &[url]),
        (&[id, secret, url], &[id, secret]),
        (&[token, url], &[id, secret]),
        (&[id, secret, url], &[url]),
        (&[id, url], &[secret]),
        (&[id, secret, url], &[token]),
    ] {
        let text = file.iter().map(|(name, value)| format!("{name}={value}\n")).collect::<Vec<_>>().concat();
        world.file(".env", &text);
        let err = run(&world, &["list"], environment).failed(2);
        let names = |variables: &[(&str, &str)]| {
            variables.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
        };
        let _ = write!(told, ".env: {}; environment: {}\n{err}\n", names(file), names(environment));
    }
    insta::assert_snapshot!(told);
    assert_eq!(world.requests(), 0);
    // One of them has everything, so the other does not count.
    world.file(".env", "PORT_CLIENT_SECRET=wrong\nPORT_REGION=mars\nPORT_ACCESS_TOKEN=stale\n");
    run(&world, &["list"], &[id, secret, url]).done();
    world.file(
        ".env",
        &format!(
            "PORT_BASE_URL={uri}\nPORT_CLIENT_ID=fake-client-id\nPORT_CLIENT_SECRET=fake-client-secret\n"
        ),
    );
    run(&world, &["list"], &[]).done();
}

/// A file that was named replaces the environment, and does not mix with it either.
#[test]
fn named_file_replaces_the_environment() {
    let world = World::seeded();
    let other = World::new();
    let wrong = [
        ("PORT_BASE_URL", other.fake.uri()),
        ("PORT_CLIENT_ID", other.fake.client_id().to_owned()),
        ("PORT_CLIENT_SECRET", other.fake.client_secret().to_owned()),
        ("PORT_ACCESS_TOKEN", other.fake.issue_token()),
        ("PORT_REGION", "us".to_owned()),
    ];
    let wrong: Vec<_> = wrong.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let before = other.requests();
    let login = "PORT_CLIENT_ID=fake-client-id\nPORT_CLIENT_SECRET=fake-client-secret\n";
    world.file("prod.env", &format!("PORT_BASE_URL={}\n{login}", world.fake.uri()));
    let told = run(&world, &["list", "--env-file", "prod.env", "-o", "json"], &wrong).done();
    assert!(told.contains("entity-created"), "{told}");
    // What it does not set is not set.
    world.file("part.env", &format!("PORT_BASE_URL={}\n", world.fake.uri()));
    let err = run(&world, &["list", "--env-file", "part.env"], &wrong).failed(2);
    assert!(err.contains("--env-file replaces the environment: set them in part.env"), "{err}");
    world.file("login.env", login);
    let told = run(&world, &["whoami", "--env-file", "login.env", "--deadline", "1"], &wrong);
    assert!(told.out.contains("https://api.port.io") || told.err.contains("https://api.port.io"), "{told:?}");
    // Flags go with everything.
    let uri = world.fake.uri();
    run(&world, &["list", "--env-file", "login.env", "--base-url", &uri], &wrong).done();
    assert_eq!(other.requests(), before);
    // Other variables come from the file first.
    world.file("secrets.env", "A=file\n");
    for (name, expected) in [("A", "file"), ("B", "environment")] {
        let sign = ["sign", "--scheme", "plain", "--env-file", "secrets.env", "--secret-from-env", name, "-"];
        let signed = run(&world, &sign, &[("A", "environment"), ("B", "environment")]).done();
        assert_eq!(signed.trim_end(), format!("x-port-signature: {expected}"));
    }
}

/// A file that happens to be there does not allow it for credentials of the environment.
#[test]
fn plain_http_is_allowed_by_the_source_of_credentials() {
    let world = World::new();
    let token = ("PORT_ACCESS_TOKEN", "t");
    let url = ("PORT_BASE_URL", "http://fake.invalid:4010");
    let err = run(&world, &["list"], &[token, url]).failed(2);
    assert!(
        err.contains("PORT_BASE_URL: must be https; ") && err.contains("PORT_ALLOW_PLAIN_HTTP=true"),
        "{err}"
    );
    let allowed = [token, url, ("PORT_ALLOW_PLAIN_HTTP", "1")];
    run(&world, &["list", "--deadline", "1"], &allowed).failed(10);
    run(&world, &["list", "--deadline", "1", "--base-url", url.1], &[token, allowed[2]]).failed(10);
    let err = run(&world, &["list"], &[token, url, ("PORT_ALLOW_PLAIN_HTTP", "yes")]).failed(2);
    assert!(err.starts_with("error: PORT_ALLOW_PLAIN_HTTP: must be true or 1, or false or 0"), "{err}");
    world.file(".env", "PORT_ALLOW_PLAIN_HTTP=true\n");
    let err = run(&world, &["list"], &[token, url]).failed(2);
    assert!(err.contains("but PORT_ALLOW_PLAIN_HTTP comes from the file .env"), "{err}");
    world.file(
        ".env",
        "PORT_ALLOW_PLAIN_HTTP=true\nPORT_ACCESS_TOKEN=t\nPORT_BASE_URL=http://fake.invalid:4010\n",
    );
    run(&world, &["list", "--deadline", "1"], &[]).failed(10);
}

/// Flags are explicit: they go with an address of any source.
#[test]
fn flags_go_with_anything() {
    let world = World::seeded();
    let uri = world.fake.uri();
    world.file(".env", &format!("PORT_BASE_URL={uri}\n"));
    world.file("secret", "fake-client-secret");
    let flags = ["--client-id", "fake-client-id", "--client-secret-file", "secret"];
    run(&world, &[&["list"], &flags[..]].concat(), &[]).done();
    let base = ["create", "a", "--url", "https://a.example", "--event", "run.created", "--secret", "own"];
    run(&world, &[&base[..], &["--header", "X-Key=own"], &flags].concat(), &[]).done();
    world.file(".env", "PORT_CLIENT_ID=fake-client-id\nPORT_CLIENT_SECRET=fake-client-secret\n");
    run(&world, &["list", "--base-url", &uri], &[("PORT_REGION", "us")]).done();
}

/// A secret of the environment does not go to where a file says that happens to be there.
#[test]
fn environment_secret_stays_when_found_file_sets_address() {
    let world = World::seeded();
    let text =
        format!("PORT_BASE_URL={}\nPORT_ACCESS_TOKEN={}\n", world.fake.uri(), world.fake.issue_token());
    world.file(".env", &text);
    let base = ["create", "a", "--url", "https://a.example.com", "--event", "run.created"];
    for flags in [&["--secret-from-env", "S"], &["--header-from-env", "X-Key=S"]] {
        let create = [&base[..], &flags[..]].concat();
        let err = run(&world, &create, &[("S", "topsecret")]).failed(2);
        assert!(
            err.contains("S comes from the environment, but PORT_BASE_URL comes from .env")
                && !err.contains("topsecret"),
            "{err}"
        );
    }
    assert_eq!(world.writes(), 0);
    run(&world, &["list"], &[]).done();
    let create = [&base[..], &["--secret-from-env", "S", "--env-file", ".env"]].concat();
    run(&world, &create, &[("S", "topsecret")]).done();
}

/// Only lines that somebody asks for are judged.
#[test]
fn lines_of_others_are_skipped() {
    let world = World::seeded();
    let mut text = format!("\u{feff}PORT_BASE_URL={}\r\n", world.fake.uri()).into_bytes();
    text.extend_from_slice(
        b"APP_NAME=My App\nmy-app.x=1\nLATIN=caf\xe9\nDIR=C:\\Users\\me\nOPEN='\n=x\n\0\n<<<<<<< HEAD\nhidden line\n\
          \"quoted\nexport\n  export PORT_CLIENT_ID = fake-client-id # who\nPORT_CLIENT_SECRETS='a\n\
          PORT_CLIENT_SECRET=\"fake-client-secret\"",
    );
    std::fs::write(world.directory.path().join(".env"), text).unwrap();
    run(&world, &["list"], &[]).done();
}

/// A mistake in a line of ours has its place, and not its text.
#[test]
fn mistakes_in_our_lines_have_line_numbers() {
    let world = World::new();
    let mut told = String::new();
    for line in [
        &b"PORT_CLIENT_SECRET"[..],
        b"PORT_CLIENT_SECRET: hidden",
        b"PORT_CLIENT_SECRET='hidden",
        b"PORT_CLIENT_SECRET=\"hidden\" hidden",
        b"PORT_CLIENT_SECRET=hidden\xe9",
        b"PORT_CLIENT_SECRET=hid\x07den",
        b"PORT_CLIENT_SECRET=hid\xef\xbb\xbfden",
    ] {
        std::fs::write(world.directory.path().join(".env"), [b"PORT_CLIENT_ID=a\n\n", line].concat())
            .unwrap();
        let err = run(&world, &["list", "-v"], &[]).failed(2);
        assert!(!err.contains("hidden"), "{err}");
        told.push_str(&err);
    }
    insta::assert_snapshot!(told);
}

/// Traces of copying give another error than a secret that Port rejects.
#[test]
fn settings_and_secrets_with_traces_of_copying_are_refused() {
    let world = World::seeded();
    let own = [("PORT_CLIENT_ID", "fake-client-id"), ("PORT_CLIENT_SECRET", "fake-client-secret")];
    let mut told = String::new();
    for value in ["fake\n", "fake\r\n", "fa\nke", "\u{feff}fake"] {
        for name in ["PORT_CLIENT_SECRET", "PORT_CLIENT_ID", "PORT_ACCESS_TOKEN", "PORT_BASE_URL"] {
            told.push_str(&run(&world, &["list"], &[own[0], own[1], (name, value)]).failed(2));
        }
        let create = ["create", "a", "--url", "https://a.example", "--event", "run.created"];
        for flags in [
            &["--secret-from-env", "S"][..],
            &["--header-from-env", "X=S"],
            &["--header", &format!("X={value}")],
        ] {
            let err = run(&world, &[&create[..], flags].concat(), &[own[0], own[1], ("S", value)]).failed(2);
            assert!(
                err.contains("a line break") || err.contains("a byte order mark"),
                "{value:?} {flags:?} {err}"
            );
        }
        // One line end after it is the editor's.
        let value = format!("{value}\n");
        world.file("secret", &value);
        for arguments in [
            &["list", "--client-secret-file", "secret"][..],
            &["list", "--access-token-file", "secret"],
            &["sign", "--secret-file", "secret", "-"],
            &["verify", "--secret-file", "secret", "--signature", "a", "-"],
            &[
                "create",
                "a",
                "--url",
                "https://a.example",
                "--event",
                "run.created",
                "--secret-file",
                "secret",
            ],
        ] {
            let err = run(&world, arguments, &own).failed(2);
            assert!(
                err.contains("a line break") || err.contains("a byte order mark"),
                "{value:?} {arguments:?} {err}"
            );
        }
    }
    world.file("headers", "\u{feff}x-port-signature: a\n");
    let err = run(&world, &["verify", "--headers", "headers", "--secret", "a", "-"], &own).failed(2);
    assert!(err.starts_with("error: headers: contains a byte order mark"), "{err}");
    insta::assert_snapshot!(told);
    assert_eq!(world.requests(), 0);
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
    let err = run(&world, &["list", "--region", "us", "--deadline", "1", "--query", "x"], &wrong).failed(2);
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

#[test]
fn a_value_in_a_file_is_what_it_says() {
    let world = World::new();
    let lines = [
        ("A", "pa$$word # it's $x", "pa$$word"),
        ("B", "\"pa$A word\"", "pa$A word"),
        ("C", "'pa$A'", "pa$A"),
        ("D", r"ab\$cd", r"ab\$cd"),
        ("E", "${A}", "${A}"),
        ("F", r"a\\b", r"a\\b"),
        ("G", r"a\nb", r"a\nb"),
        ("H", r"abc\", r"abc\"),
        ("I", r#""a\"b\n" # c"#, r#"a\"b\n"#),
        ("J", "'a # b'", "a # b"),
        ("K", "a#b", "a#b"),
        ("L", "it's", "it's"),
        ("M", "a=b==", "a=b=="),
        ("N", "  two words\t", "two words"),
    ];
    let text = lines.iter().map(|(name, line, _)| format!("{name}={line}\n")).collect::<Vec<_>>().concat();
    world.file(".env", &format!("# don't mind $this\n{text}"));
    for (name, _, value) in lines {
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
