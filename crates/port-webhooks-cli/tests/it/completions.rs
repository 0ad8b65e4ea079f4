//! `completions`.

use std::process::{Command, Stdio};

use crate::support::{Ran, command, commands, possible_values};

#[test]
fn each_shell_gets_a_script() {
    for shell in possible_values("completions", "Arguments: <SHELL>") {
        let directory = tempfile::tempdir().unwrap();
        let mut command = command(directory.path());
        command.args(["completions", &shell]);
        let script = Ran::of(command, "").done();
        for word in ["list", "apply", "prune", "secret-from-env"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

/// What bash offers for the last of some words.
#[cfg(unix)]
fn offered(words: &[&str]) -> Option<String> {
    let directory = tempfile::tempdir().unwrap();
    let mut command = command(directory.path());
    command.args(["completions", "bash"]);
    std::fs::write(directory.path().join("script"), Ran::of(command, "").done()).unwrap();
    let current = words.last().unwrap();
    let previous = words[words.len() - 2];
    // Asked for as bash itself does: by the function that the script registers.
    let ask = format!(
        "source ./script; COMP_WORDS=({}); COMP_CWORD={}; \
         name=$(complete -p port-webhooks | sed 's/.*-F \\([^ ]*\\).*/\\1/'); \
         \"$name\" port-webhooks '{current}' '{previous}'; echo \"${{COMPREPLY[@]}}\"",
        words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" "),
        words.len() - 1,
    );
    let bash =
        Command::new("bash").args(["-c", &ask]).current_dir(directory.path()).stdin(Stdio::null()).output();
    let Ok(output) = bash else {
        eprintln!("skipped: there is no bash");
        return None;
    };
    assert!(output.stderr.is_empty(), "{output:?}");
    Some(String::from_utf8(output.stdout).unwrap().trim_end().to_owned())
}

#[cfg(unix)]
#[test]
fn bash_completes_commands_flags_events_and_formats() {
    for (words, expected) in [
        (&["port-webhooks", "app"][..], "apply"),
        (&["port-webhooks", "-v", "who"], "whoami"),
        (&["port-webhooks", "apply", "--dry"], "--dry-run"),
        (&["port-webhooks", "create", "audit", "--secret-f"], "--secret-from-env --secret-file"),
        (&["port-webhooks", "list", "-o", ""], "table json yaml"),
        (&["port-webhooks", "list", "--output", "y"], "yaml"),
        (&["port-webhooks", "export", "-o", ""], "yaml json"),
        (&["port-webhooks", "trigger", "run.c"], "run.created run.completed"),
        (&["port-webhooks", "events", "entity.u"], "entity.updated"),
        (&["port-webhooks", "create", "a", "--event", "blueprint.d"], "blueprint.deleted"),
        (&["port-webhooks", "update", "a", "--event", "blueprint.d"], "blueprint.deleted"),
        (&["port-webhooks", "listen", "--event", "action.c"], "action.created"),
        (&["port-webhooks", "listen", "--scheme", "time"], "timestamped"),
        (&["port-webhooks", "list", "--region", ""], "eu us"),
        (&["port-webhooks", "completions", "ba"], "bash"),
        (&["port-webhooks", "map", "te"], "test"),
        (&["port-webhooks", "map", "test", "--up"], "--update"),
    ] {
        let Some(offered) = offered(words) else { return };
        assert_eq!(offered, expected, "{words:?}");
    }
}

#[test]
fn manual_pages_are_printed() {
    let directory = tempfile::tempdir().unwrap();
    let man = |arguments: &[&str]| {
        let mut command = command(directory.path());
        command.arg("man").args(arguments);
        Ran::of(command, "")
    };
    let whole = man(&[]).done();
    assert!(whole.contains(".TH port-webhooks 1"), "{whole}");
    for name in commands() {
        assert!(whole.contains(&format!("port\\-webhooks\\-{name}(1)")), "{name}: {whole}");
        let page = man(&[&name]).done();
        assert_names_version(&page);
        assert!(page.contains(&format!(".TH port-webhooks-{name} 1")), "{page}");
        assert!(page.contains("EXTRA") && page.contains("Examples:"), "{page}");
    }
    let page = man(&["map", "test"]).done();
    assert!(page.contains(".TH port-webhooks-map-test 1"), "{page}");
    assert_names_version(&page);
    let err = man(&["map", "tset"]).failed(2);
    assert!(err.contains("there is no command \"map tset\""), "{err}");
    let err = man(&["aply"]).failed(2);
    assert_eq!(err, "error: there is no command \"aply\"\n  `port-webhooks --help` lists them\n");
}

/// In the footer, and in a section.
#[track_caller]
fn assert_names_version(page: &str) {
    let version = env!("CARGO_PKG_VERSION");
    assert!(page.contains(&format!("\"port-webhooks {version}\"")), "{page}");
    assert!(page.contains(&format!(".SH VERSION\nv{version}\n")), "{page}");
}
