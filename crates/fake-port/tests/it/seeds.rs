//! A plan's seed is printed when a test fails.

use std::process::{Command, Output};

use fake_port::{FakePort, FaultPlan};

const FAIL: &str = "FAKE_PORT_TEST_FAILS_ON_PURPOSE";

/// Fails where it is asked to, which is in the process that the other test starts.
#[tokio::test]
async fn under_a_plan() {
    let port = FakePort::start().await;
    port.follow(FaultPlan::random());
    assert!(std::env::var_os(FAIL).is_none(), "on purpose");
}

fn run(seed: Option<&str>, fail: bool) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "seeds::under_a_plan"]).env_remove("FAKE_PORT_SEED").env_remove(FAIL);
    if let Some(seed) = seed {
        command.env("FAKE_PORT_SEED", seed);
    }
    if fail {
        command.env(FAIL, "yes");
    }
    command.output().unwrap()
}

/// The seed that was printed.
fn printed_seed(output: &Output) -> Option<u64> {
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let (_, rest) = text.split_once("the fake Port followed a plan of faults with the seed ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    assert!(text.contains(&format!("FAKE_PORT_SEED={digits} ")), "{text}");
    Some(digits.parse().unwrap())
}

#[test]
fn a_failing_test_tells_its_seed_and_a_given_one_is_used() {
    assert_eq!(printed_seed(&run(Some("4711"), true)), Some(4711));
    let (one, other) = (printed_seed(&run(None, true)), printed_seed(&run(None, true)));
    assert!(one.is_some() && one != other, "a seed of its own each time: {one:?} {other:?}");
    assert_eq!(printed_seed(&run(None, false)), None);
    let wrong = run(Some("soon"), false);
    let text = String::from_utf8_lossy(&wrong.stdout).into_owned();
    assert!(
        !wrong.status.success() && text.contains(r#"FAKE_PORT_SEED is "soon", which is not a number"#),
        "{text}"
    );
}
