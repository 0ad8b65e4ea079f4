//! `sign` and `verify`.

use proptest::prelude::*;

use crate::support::{Ran, command};

const BODY: &str = "{\"event\":\"entity.created\"}";

/// Runs the command in a directory with the body in a file.
fn run(arguments: &[&str], input: &str) -> Ran {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("body.json"), BODY).unwrap();
    std::fs::write(directory.path().join("secret"), "s3cret\n").unwrap();
    let mut command = command(directory.path());
    command.env("SECRET", "s3cret").args(arguments);
    Ran::of(command, input)
}

#[test]
fn known_signatures() {
    // By the module `hmac` of Python, over the same bytes.
    let body = "x-port-signature: sha256=e5e28b27462b38047f7326f10d5d0eed338756bf2ed47e24e4c51678ea08b9a1\n";
    let timestamped =
        "x-port-timestamp: 1700000000\nx-port-signature: v1,tx08JOF3tjOq1vmwsTn+qgzinPpDCraOMwnudD+OuWo=\n";
    for (arguments, signature) in [
        (&["sign", "body.json", "--secret", "s3cret"][..], body),
        (&["sign", "body.json", "--secret-file", "secret"], body),
        (&["sign", "body.json", "--secret-from-env", "SECRET"], body),
        (
            &["sign", "body.json", "--secret", "s3cret", "--scheme", "timestamped", "--at", "1700000000"],
            timestamped,
        ),
        (&["sign", "body.json", "--secret", "s3cret", "--scheme", "sha256"], body),
        (
            &[
                "sign",
                "body.json",
                "--secret",
                "s3cret",
                "--scheme",
                "sha1",
                "--prefix",
                "sha1=",
                "--signature-header",
                "X-Hub",
            ],
            "x-hub: sha1=2e660e400e828296f0b9079177aa35f3e70863fb\n",
        ),
        (&["sign", "body.json", "--secret", "s3cret", "--scheme", "plain"], "x-port-signature: s3cret\n"),
    ] {
        assert_eq!(run(arguments, "").done(), signature, "{arguments:?}");
    }
    assert_eq!(run(&["sign", "--secret", "s3cret"], BODY).done(), body, "standard input");
}

#[test]
fn the_status_says_whether_it_holds() {
    let signature = "sha256=e5e28b27462b38047f7326f10d5d0eed338756bf2ed47e24e4c51678ea08b9a1";
    let header = format!("X-Port-Signature:  {signature} ");
    let twice = ["verify", "body.json", "-H", &header, "--signature", signature, "--secret", "s3cret"];
    for (arguments, status, told) in [
        (
            &["verify", "body.json", "--signature", signature, "--secret", "s3cret"][..],
            0,
            "verified: entity.created\n",
        ),
        (
            &["verify", "body.json", "-H", &header, "--secret-from-env", "SECRET"],
            0,
            "verified: entity.created\n",
        ),
        (
            &["verify", "body.json", "--signature", signature, "--secret", "old", "--secret-file", "secret"],
            0,
            "verified: entity.created, by secret 2 of 2\n",
        ),
        (
            &["verify", "body.json", "--signature", signature, "--secret", "other"],
            1,
            "error: not verified: signature does not match (x-port-signature)\n",
        ),
        (&twice, 1, "error: not verified: header repeated (x-port-signature)\n"),
        (
            &["verify", "body.json", "--signature", signature, "--secret", "s3cret", "--max-body", "9"],
            1,
            "error: not verified: the body is too large\n",
        ),
        (
            &["verify", "body.json", "--signature", "v1,abc", "--secret", "s3cret"],
            1,
            "error: not verified: malformed signature (x-port-signature)\n",
        ),
        (
            &["verify", "missing", "--signature", signature, "--secret", "s3cret"],
            2,
            "error: cannot read missing: No such file or directory (os error 2)\n",
        ),
        (
            &["verify", "body.json", "--signature", signature],
            2,
            "error: no secret to verify with\n  give --secret-from-env, --secret-file or --secret\n",
        ),
        (
            &["verify", "body.json", "-H", "hidden", "--secret", "s3cret"],
            2,
            "error: --header and --headers: expected NAME: VALUE\n",
        ),
        (
            &["verify", "body.json", "--signature", signature, "--secret", " s3cret"],
            2,
            "error: the secret: begins or ends with white space\n  give the value alone, as Port or its receiver shows it\n",
        ),
        (
            &["sign", "body.json"],
            2,
            "error: no secret to sign with\n  give --secret-from-env, --secret-file or --secret\n",
        ),
    ] {
        let ran = run(arguments, "");
        assert_eq!(
            (ran.code, format!("{}{}", ran.out, ran.err).as_str()),
            (Some(status), told),
            "{arguments:?}"
        );
    }
}

#[test]
fn time_decides_in_the_timestamped_scheme() {
    let headers =
        run(&["sign", "--scheme", "timestamped", "--secret", "s3cret", "--at", "1700000000"], BODY).done();
    let lines: Vec<_> = headers.lines().collect();
    let verify = |more: &[&str]| {
        let flags =
            ["verify", "--scheme", "timestamped", "--secret", "s3cret", "-H", lines[0], "-H", lines[1]];
        run(&[&flags[..], more].concat(), BODY)
    };
    verify(&["--at", "1700000300"]).done();
    assert!(verify(&["--at", "1700000301"]).failed(1).contains("the timestamp is too old, off by 301 s"));
    assert!(verify(&["--at", "1699999699"]).failed(1).contains("the timestamp is in the future"));
    verify(&["--at", "1700000301", "--tolerance", "301"]).done();
    verify(&[]).failed(1);
    // One of now is good now.
    let now = run(&["sign", "--scheme", "timestamped", "--secret", "s3cret"], BODY).done();
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("headers"), format!("HTTP/1.1 200 OK\r\n{now}\r\n")).unwrap();
    let mut command = command(directory.path());
    command.args(["verify", "--scheme", "timestamped", "--secret", "s3cret", "--headers", "headers"]);
    Ran::of(command, BODY).done();
}

#[test]
fn milliseconds_are_signed_and_verified() {
    let sign = ["sign", "--scheme", "timestamped", "--secret", "s3cret", "--milliseconds"];
    for (at, written) in [("1700000000", "1700000000000"), ("1700000000123", "1700000000123")] {
        let headers = run(&[&sign[..], &["--at", at]].concat(), BODY).done();
        let lines: Vec<_> = headers.lines().collect();
        assert_eq!(lines[0], format!("x-port-timestamp: {written}"));
        let verify = |at: &str| {
            run(
                &[
                    "verify",
                    "--scheme",
                    "timestamped",
                    "--secret",
                    "s3cret",
                    "-H",
                    lines[0],
                    "-H",
                    lines[1],
                    "--at",
                    at,
                ],
                BODY,
            )
        };
        verify("1700000300").done();
        verify("1700000300000").done();
        assert!(verify("1700000300124").failed(1).contains("the timestamp is too old"));
    }
    let now = run(&sign, BODY).done();
    assert_eq!(now.lines().next().unwrap().len(), "x-port-timestamp: ".len() + 13, "{now}");
    for wrong in [
        &["sign", "--secret", "s3cret", "--milliseconds"][..],
        &["sign", "--secret", "s3cret", "--at", "17000000001234"],
        &["sign", "--secret", "s3cret", "--at", "-1"],
        &["verify", "--secret", "s3cret", "--signature", "a", "--agent"],
    ] {
        run(wrong, BODY).failed(2);
    }
}

/// The agent signs other bytes than it sends.
#[test]
fn body_of_the_agent_is_verified_when_asked() {
    let headers = run(
        &["sign", "--scheme", "timestamped", "--secret", "s3cret", "--at", "1700000000"],
        r#"{"a":["b, c",1]}"#,
    );
    let headers = headers.done();
    let lines: Vec<_> = headers.lines().flat_map(|line| ["-H", line]).collect();
    let flags = ["verify", "--scheme", "timestamped", "--secret", "s3cret", "--at", "1700000000"];
    let verify = |more: &[&str], body: &str| run(&[&flags[..], &lines, more].concat(), body);
    let sent = r#"{"a": ["b, c", 1]}"#;
    assert!(verify(&[], sent).failed(1).contains("signature does not match"));
    verify(&["--agent"], sent).done();
    assert!(verify(&["--agent"], r#"{"a": ["b,  c", 1]}"#).failed(1).contains("signature does not match"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// What `sign` says holds for `verify`, and for no other body or secret.
    #[test]
    fn what_is_signed_is_verified(body in ".{0,40}", secret in "[a-z -]{0,8}[a-z]", timestamped in any::<bool>()) {
        prop_assume!(!secret.starts_with(' '));
        let scheme = ["--scheme", if timestamped { "timestamped" } else { "body" }];
        let headers = run(&[&["sign", "--secret", &secret], &scheme[..]].concat(), &body).done();
        let lines: Vec<_> = headers.lines().flat_map(|line| ["-H", line]).collect();
        let verify = |secret: &str, body: &str| {
            run(&[&["verify", "--secret", secret][..], &scheme, &lines].concat(), body).code
        };
        prop_assert_eq!(verify(&secret, &body), Some(0));
        prop_assert_eq!(verify(&format!("{secret}x"), &body), Some(1));
        prop_assert_eq!(verify(&secret, &format!("{body} ")), Some(1));
    }
}

/// The second reader would find nothing, and verify that.
#[test]
fn standard_input_is_read_once() {
    let directory = tempfile::tempdir().unwrap();
    for arguments in [
        &["verify", "--headers", "-", "--secret", "s"][..],
        &["verify", "-", "--headers", "-", "--secret", "s"],
        &["apply", "-f", "-", "-f", "-"],
    ] {
        let mut command = command(directory.path());
        command.env("PORT_ACCESS_TOKEN", "a").args(arguments);
        let input = "- { identifier: a }\n";
        let err = Ran::of(command, input).failed(2);
        let expected = "error: standard input (`-`) is named twice, and can be read once";
        assert!(err.starts_with(expected), "{arguments:?} {err}");
    }
}

#[test]
fn prefix_that_would_steer_a_terminal_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    for prefix in ["\u{1b}[31m", "\u{9b}31m", "\u{202e}", "a\u{200b}"] {
        let mut command = command(directory.path());
        command.args(["sign", "--secret", "s3cret", "--prefix", prefix]);
        let ran = Ran::of(command, "{}");
        assert_eq!(ran.out, "");
        let err = ran.failed(2);
        assert!(err.contains("contains a control character or an invisible one"), "{err}");
        assert!(!err.contains(prefix), "{err}");
    }
}
