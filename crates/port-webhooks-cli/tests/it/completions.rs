//! `completions`.

use std::process::{Command, Stdio};

use crate::support::{Ran, command};

#[test]
fn each_shell_gets_a_script() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let directory = tempfile::tempdir().unwrap();
        let mut command = command(directory.path());
        command.args(["completions", shell]);
        let script = Ran::of(command, "").done();
        for word in ["list", "apply", "prune", "secret-from-env"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

/// Where there is a bash, it understands its script, and completes a word.
#[cfg(unix)]
#[test]
fn bash_completes_a_word() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = command(directory.path());
    command.args(["completions", "bash"]);
    let script = Ran::of(command, "").done();
    std::fs::write(directory.path().join("script"), script).unwrap();
    let ask = "source ./script; COMP_WORDS=(port-webhooks app); COMP_CWORD=1; \
               _port__webhooks port-webhooks app port-webhooks; echo \"${COMPREPLY[@]}\"";
    let bash =
        Command::new("bash").args(["-c", ask]).current_dir(directory.path()).stdin(Stdio::null()).output();
    let Ok(output) = bash else { return };
    assert_eq!(String::from_utf8_lossy(&output.stdout), "apply\n", "{output:?}");
}
