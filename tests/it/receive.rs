//! The example of the receiver, as a person runs it.

use std::process::Command;

#[test]
fn the_example_receives_what_the_fake_delivers_and_ends() {
    let output = Command::new(env!("CARGO_BIN_EXE_receive")).output().unwrap();
    let (shown, stderr) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{stderr}");
    let (first, rest) = shown.split_once('\n').unwrap();
    assert!(first.starts_with("receiving at http://127.0.0.1:"), "{first}");
    assert_eq!(rest, include_str!("../../crates/port-webhooks-receiver/tests/fixtures/receive.txt"));
}
